/** The options of `npm run bench`. */

import { parseArgs } from 'node:util';

/** What `--help` prints. */
export const HELP = `npm run bench -- [options]
  --quick           two minutes at most: 20000 orders, bare, sqlite, go, 3000 requests/s and new connections
  --orders N        orders in each order database (default 200000)
  --accounts N      accounts that they belong to (default 500)
  --also-orders N   a further SQLite order database of so many orders, to compare sizes
  --rounds N        rounds, of which the medians are reported (default 5)
  --seconds N       the length of each server's part of a round (default 5)
  --warm-up N       how long each server is loaded before the first round, in seconds (default 10)
  --rates N,N…      requests a second on kept connections (default 500,3000,6000)
  --new-rate N      new connections a second (default 200)
  --poll-rate N     requests a second for 10000 polled orders, of which 1 % change (default 3000)
  --connections N   connections that are kept (default 32)
  --no-saturation   leave saturation out
  --servers A;B…    only servers whose names start so (bare;sqlite;postgres;nginx…)
  --compare PATH    the service of another checkout of the project, too; its dependencies must be installed
  --memory-cgroup FOLDER  start the services in this control group, which limits their memory
  --data FOLDER     keep the order databases there, and use them again
  --json FILE       write every round's figures as JSON, too`;

/** What a short run differs in. */
const QUICK = {
  orders: 20_000,
  rounds: 5,
  seconds: 1.5,
  warmUpSeconds: 3,
  rates: [3000],
  servers: ['bare', 'sqlite', 'go'],
};

/** The options of this run; undefined when its help is wanted. */
export function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      orders: { type: 'string' },
      accounts: { type: 'string' },
      'also-orders': { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      'warm-up': { type: 'string' },
      rates: { type: 'string' },
      'new-rate': { type: 'string' },
      'poll-rate': { type: 'string' },
      'memory-cgroup': { type: 'string' },
      connections: { type: 'string' },
      'no-saturation': { type: 'boolean' },
      servers: { type: 'string' },
      compare: { type: 'string' },
      data: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  const { quick } = values;
  const servers = values.servers?.split(';') ?? (quick ? QUICK.servers : undefined);
  return {
    size: {
      orders: numberOf(values.orders, quick ? QUICK.orders : 200_000),
      accounts: numberOf(values.accounts, 500),
    },
    alsoOrders: values['also-orders'] === undefined ? undefined : numberOf(values['also-orders'], 0),
    rounds: numberOf(values.rounds, quick ? QUICK.rounds : 5),
    seconds: numberOf(values.seconds, quick ? QUICK.seconds : 5),
    warmUpSeconds: numberOf(values['warm-up'], quick ? QUICK.warmUpSeconds : 10),
    rates:
      values.rates?.split(',').map((rate) => numberOf(rate, 0)) ?? (quick ? QUICK.rates : [500, 3000, 6000]),
    newRate: numberOf(values['new-rate'], 200),
    pollRate: quick && values['poll-rate'] === undefined ? undefined : numberOf(values['poll-rate'], 3000),
    memoryCgroup: values['memory-cgroup'],
    connections: numberOf(values.connections, 32),
    hasSaturation: !(values['no-saturation'] ?? quick),
    isChosen: (name: string) => servers === undefined || servers.some((start) => name.startsWith(start)),
    compare: values.compare,
    data: values.data,
    json: values.json,
  };
}

function numberOf(given: string | undefined, otherwise: number): number {
  const number = given === undefined ? otherwise : Number(given);
  if (!(number > 0)) throw new Error(`'${given}' is not a number above 0`);
  return number;
}
