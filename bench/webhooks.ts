/**
 * How long webhook events take, from the change's commit to the arrival at the receiver: `npm run bench:webhooks`. Each
 * order has an account of its own with an endpoint; with `--import`, an import of another account with an endpoint runs
 * meanwhile.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { patchOrder, putOrder } from '../packages/server/src/orders/change-request.ts';
import { KeyRing } from '../packages/server/src/secrets/key-ring.ts';
import { Secrets } from '../packages/server/src/secrets/secrets.ts';
import { openStore } from '../packages/server/src/store/open-store.ts';
import type { Store } from '../packages/server/src/store/store.ts';
import { WebhookAdmin } from '../packages/server/src/webhooks/webhook-admin.ts';
import { makeCluster, startServer as startPostgres } from '../packages/server/test/store/postgres-server.ts';
import { orderAt } from './order-database.ts';
import { CHECKOUT, commandOf, makeCertificate, startService } from './servers.ts';

const HELP = `npm run bench:webhooks -- [options]
  --engine NAME     sqlite or postgres (default sqlite)
  --endpoints N     endpoints, each of an account with one order (default 1000)
  --rate N          changes a second (default 50)
  --seconds N       how long (default 20)
  --import N        orders that are imported meanwhile (default 0)`;

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'sqlite' },
    endpoints: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '20' },
    import: { type: 'string', default: '0' },
    help: { type: 'boolean', short: 'h' },
  },
});

const INTAKE = { kind: 'token', name: 'intake' } as const;
const AS_IS = { exemption: { kind: 'as-is' } } as const;
const IMPORTER = 'importer';
/** How long after the last change its event may arrive, in milliseconds. */
const ARRIVAL_LIMIT_MS = 30_000;

if (values.help) console.log(HELP);
else await main();

async function main(): Promise<void> {
  const [endpoints, rate, seconds, imported] = [
    values.endpoints,
    values.rate,
    values.seconds,
    values.import,
  ].map(Number) as [number, number, number, number];
  const folder = mkdtempSync(join(tmpdir(), 'cert-order-status-bench-'));
  // PostgreSQL may run as another user.
  chmodSync(folder, 0o755);
  const cleanUp: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  try {
    const database =
      values.engine === 'postgres' ? await onPostgres(folder, cleanUp) : `sqlite:${folder}/orders.db`;
    const files = await makeCertificate(folder);
    const { origin, arrivals } = await startReceiver(files, cleanUp);
    const keyFile = join(folder, 'secret.key');
    const store = await openStore(database, 'write');
    cleanUp.push(() => store.close());
    await fill(store, keyFile, origin, endpoints);

    const outbound = ['--outbound-ca', files.cert, '--outbound-allow', '127.0.0.0/8'];
    const options = ['--workers', '1', '--no-pages', '--secret-key-file', keyFile, ...outbound];
    const service = await startService(values.engine, database, files, options);
    cleanUp.push(() => service.stop());
    // The job begins within a second or two.
    await pause(4000);

    const importing = imported > 0 ? importOrders(folder, database, endpoints, imported) : undefined;
    const changes = rate * seconds;
    const changedMs = new Map<string, number>();
    const versions = new Map<number, number>();
    const beginMs = performance.now();
    for (let change = 0; change < changes; change++) {
      await pause(Math.max(0, beginMs + (change * 1000) / rate - performance.now()));
      const index = change % endpoints;
      const { orderNumber, certificates } = orderAt(index, { orders: endpoints, accounts: endpoints });
      const version = (versions.get(index) ?? 1) + 1;
      versions.set(index, version);
      const patch = { FQDN: `v${version}.example.com` };
      const patches = new Map([[certificates[0]?.certificateID ?? '', patch]]);
      const [outcome] = await store.orders.change(
        [patchOrder(orderNumber, { certificates: patches })],
        INTAKE,
        AS_IS,
      );
      if (outcome?.kind !== 'changed')
        throw new Error(`order ${orderNumber} was not changed: ${JSON.stringify(outcome)}`);
      changedMs.set(`${orderNumber} ${version}`, performance.now());
    }
    const endMs = performance.now() + ARRIVAL_LIMIT_MS;
    const keys = [...changedMs.keys()];
    while (!keys.every((key) => arrivals.has(key)) && performance.now() < endMs) await pause(50);
    const importSeconds = await importing;
    const waits = [...changedMs].flatMap(([key, atMs]) => {
      const arrivedMs = arrivals.get(key);
      return arrivedMs === undefined ? [] : Math.max(0, arrivedMs - atMs);
    });
    waits.sort((a, b) => a - b);
    const at = (part: number) =>
      `${Math.round(waits[Math.floor((waits.length - 1) * part)] ?? Number.NaN)} ms`;
    console.log(`${values.engine}, ${endpoints} endpoints, ${rate} changes a second, ${seconds} s:`);
    console.log(
      `${waits.length} of ${changes} events arrived; p50 ${at(0.5)}, p99 ${at(0.99)}, latest ${at(1)}`,
    );
    if (importSeconds !== undefined)
      console.log(`meanwhile ${imported} orders were imported in ${importSeconds} s`);
  } finally {
    for (const clean of cleanUp.toReversed()) await clean();
  }
}

async function onPostgres(folder: string, cleanUp: (() => unknown)[]): Promise<string> {
  const cluster = join(folder, 'cluster');
  await makeCluster(cluster);
  const postgres = await startPostgres(cluster);
  cleanUp.push(() => postgres.stop());
  return postgres.url();
}

/** A receiver that takes every event, and when each came first. */
async function startReceiver(
  files: { readonly cert: string; readonly key: string },
  cleanUp: (() => unknown)[],
) {
  const arrivals = new Map<string, number>();
  const pair = { cert: readFileSync(files.cert), key: readFileSync(files.key) };
  const server = createServer(pair, async (request, response) => {
    const atMs = performance.now();
    const { data } = (await json(request)) as { data: { orderNumber: string; version: number } };
    const key = `${data.orderNumber} ${data.version}`;
    if (!arrivals.has(key)) arrivals.set(key, atMs);
    response.writeHead(204).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  cleanUp.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, arrivals };
}

/** Accounts, each with an order, and then an endpoint. */
async function fill(store: Store, keyFile: string, origin: string, endpoints: number): Promise<void> {
  const orders = Array.from({ length: endpoints }, (_, index) =>
    orderAt(index, { orders: endpoints, accounts: endpoints }),
  );
  const accounts = [...orders.map(({ account }) => account), IMPORTER];
  for (const account of accounts) await store.accounts.add(account, 'no password');
  const outcomes = await store.orders.change(
    orders.map((order) => putOrder(order)),
    INTAKE,
    AS_IS,
  );
  const refused = outcomes.find(({ kind }) => kind !== 'created');
  if (refused !== undefined) throw new Error(`an order was not created: ${JSON.stringify(refused)}`);
  const secrets = new Secrets(store.secretRows, new KeyRing({ kind: 'file', path: keyFile, isMade: true }));
  const admin = new WebhookAdmin({ store, secrets });
  for (const account of accounts) await admin.add(account, { url: `${origin}/${account}` }, 'operator');
}

/** Returns how long that took, in seconds. */
async function importOrders(folder: string, database: string, first: number, count: number): Promise<number> {
  const file = join(folder, 'orders.ndjson');
  const lines = Array.from({ length: count }, (_, index) =>
    JSON.stringify({ ...orderAt(first + index, { orders: first + count, accounts: 1 }), account: IMPORTER }),
  );
  writeFileSync(file, `${lines.join('\n')}\n`);
  const beginMs = performance.now();
  const args = [commandOf(CHECKOUT), 'import', file, '--database', database];
  const [code] = await once(
    spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] }),
    'exit',
  );
  if (code !== 0) throw new Error(`the import ended with ${code}`);
  return Math.round((performance.now() - beginMs) / 1000);
}
