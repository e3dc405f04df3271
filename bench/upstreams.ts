/**
 * What followed orders cost, beyond the requests for them: `npm run bench:upstreams`. Time is simulated, and responses
 * come from memory; they are read, compared and stored as in the service, on SQLite.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { decodeResponse } from '../packages/protocol/src/index.ts';
import { openStore } from '../packages/server/src/store/open-store.ts';
import { followedOrdersOn } from '../packages/server/src/store/queries/followed-orders.ts';
import { openToWrite } from '../packages/server/src/store/sqlite/open-store.ts';
import { sqliteSql } from '../packages/server/src/store/sqlite/sql.ts';
import { type PollParts, pollUpstream } from '../packages/server/src/upstreams/poll-upstream.ts';

const HELP = `npm run bench:upstreams -- [options]
  --orders N   followed orders (default 100000)
  --polls N    requests of each kind (default 5000)`;

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '100000' },
    polls: { type: 'string', default: '5000' },
    help: { type: 'boolean', short: 'h' },
  },
});

const BATCH = 10_000;
const INTERVAL_SECONDS = 3 * 3600;
const LEASE_MS = 1e12;

if (values.help) console.log(HELP);
else await main(Number(values.orders), Number(values.polls));

async function main(orders: number, polls: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cert-order-status-bench-'));
  const path = join(folder, 'orders.db');
  const store = await openStore(`sqlite:${path}`, 'write');
  const connection = openToWrite(path, () => {});
  try {
    await store.accounts.add('acme', 'hash');
    const policy = { intervalSeconds: INTERVAL_SECONDS, requestsPerMinute: 6000 };
    const choice = { baseUrl: 'https://ca.example', loginName: 'reseller', ...policy };
    await store.upstreams.add({ ...choice, upstreamID: 'u1', name: 'ca' });
    let nowMs = Date.now();
    // biome-ignore lint/correctness/useYield: a clock of the database takes a step, this one does not.
    const followedOrders = followedOrdersOn(sqliteSql(connection), function* () {
      return nowMs;
    });
    for (let from = 1; from <= orders; from += BATCH) {
      const length = Math.min(BATCH, orders - from + 1);
      const numbers = Array.from({ length }, (_, index) => String(from + index));
      await followedOrders.follow(
        'u1',
        numbers.map((orderNumber) => ({ orderNumber, account: 'acme' })),
      );
    }
    const lease = (await store.jobLeases.hold(['upstreams'], 'bench', LEASE_MS)).get('upstreams');
    if (lease === undefined) throw new Error('there is no lease');
    let word = 'in-progress';
    let asked: string[] = [];
    const parts: PollParts = {
      store: { orders: store.orders, followedOrders },
      random: () => 0,
      onRequest: () => {},
      async ask(_upstream, orderNumber) {
        asked.push(orderNumber);
        const decoded = decodeResponse(Buffer.from(bodyOf(orderNumber, word)));
        if (decoded.kind !== 'status') throw new Error('no status');
        return { kind: 'status', status: decoded.status };
      },
    };
    const { signal } = new AbortController();
    const measure = async (what: string) => {
      asked = [];
      const cpu = process.cpuUsage();
      let turns = 0;
      while (asked.length < polls) {
        nowMs += await pollUpstream(parts, 'u1', lease, signal);
        turns++;
      }
      const { user, system } = process.cpuUsage(cpu);
      const milliseconds = ((user + system) / 1000 / polls).toFixed(3);
      console.log(
        `${what}: ${milliseconds} ms of CPU a poll, ${turns} turns, ${heapMb()} MB in use after them`,
      );
      return asked;
    };
    console.log(`${orders} followed orders`);
    const first = await measure('orders that are new');
    await followedOrders.refresh('u1', first);
    await measure('orders that are as they were');
    await followedOrders.refresh('u1', first);
    word = 'completed';
    await measure('orders that have changed');
    const begunMs = performance.now();
    await store.upstreams.figures('u1');
    console.log(`figures: ${(performance.now() - begunMs).toFixed(0)} ms`);
  } finally {
    connection.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What is in use of the heap, without what can be collected. */
function heapMb(): string {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return (process.memoryUsage().heapUsed / 2 ** 20).toFixed(1);
}

/** A response as the service gives it for one certificate. */
function bodyOf(orderNumber: string, dcvStatus: string): string {
  return new URLSearchParams({
    errorCode: '0',
    '1_orderNumber': orderNumber,
    '1_orderDateTime': '2025-06-11 11:57',
    '1_orderStatus': 'Pending',
    '1_1_objectType': 'SSL',
    '1_1_FQDN': `www${orderNumber}.example.com`,
    '1_1_certificateStatus': 'Awaiting Validation',
    '1_1_csrStatus': '1',
    '1_1_dcvStatus': dcvStatus === 'completed' ? '1' : '2',
    '1_1_ovCallBackStatus': '-1',
    '1_1_organizationValidationStatus': '-1',
    '1_1_freeDVUPStatus': '-1',
    '1_1_evClickThroughStatus': '-1',
    '1_1_caaStatus': '0',
  }).toString();
}
