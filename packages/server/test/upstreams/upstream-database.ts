/** A database with an upstream, whose followed orders go by a clock of the test's own. */

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Lease } from '../../src/lease.ts';
import { openStore } from '../../src/store/open-store.ts';
import { ConnectionPool } from '../../src/store/postgres/connection-pool.ts';
import { databaseOptions } from '../../src/store/postgres/database-url.ts';
import { postgresSql } from '../../src/store/postgres/sql.ts';
import { followedOrdersOn } from '../../src/store/queries/followed-orders.ts';
import type { Sql } from '../../src/store/queries/sql.ts';
import { upstreamsOn } from '../../src/store/queries/upstreams.ts';
import { openToWrite } from '../../src/store/sqlite/open-store.ts';
import { sqliteSql } from '../../src/store/sqlite/sql.ts';
import type { UpstreamChoice } from '../../src/upstreams/upstream.ts';
import { emptyDatabase } from '../store/databases.ts';

const DAY_MS = 86_400_000;
/** Nothing of a test takes as long. */
const LEASE_MS = 10 * DAY_MS;
/** The job that asks upstreams. */
const JOB = 'upstreams';

/** What the example of an upstream is made of. */
export const ACME_CA: UpstreamChoice = {
  baseUrl: 'https://ca.example',
  loginName: 'reseller',
  intervalSeconds: 3 * 60 * 60,
  requestsPerMinute: 20,
};

/** What became of a request for an order that is open: it is asked for again after the interval. */
export const ANSWERED = {
  kind: 'answered',
  state: 'open',
  step: 0,
  nextRequestInMs: 10_800_000,
  isObserved: true,
  notes: [],
} as const;

/** A clock that only the test moves. */
interface TestClock {
  nowMs: number;
}

/**
 * Opens a database with the accounts `acme-hosting` and `other` and the upstream `ca`. `upstreams` and `followedOrders`
 * go by the test's clock, which starts at midnight; the rest of the store by the database's.
 */
export async function upstreamDatabase(t: TestContext, choice: Partial<UpstreamChoice> = {}) {
  const database = await emptyDatabase(t);
  const store = await openStore(database, 'write');
  t.after(() => store.close());
  await store.accounts.add('acme-hosting', 'hash');
  await store.accounts.add('other', 'hash');
  const clock: TestClock = { nowMs: Date.UTC(2026, 0, 1) };
  const sql = openSql(t, database);
  // biome-ignore lint/correctness/useYield: a clock of the database takes a step, this one does not.
  const clockMs = function* () {
    return clock.nowMs;
  };
  const upstreams = upstreamsOn(sql, clockMs);
  const followedOrders = followedOrdersOn(sql, clockMs);
  assert.equal(await upstreams.add({ ...ACME_CA, ...choice, upstreamID: 'u1', name: 'ca' }), 'added');
  const lease = (await store.jobLeases.hold([JOB], 'test', LEASE_MS)).get(JOB);
  assert.ok(lease);

  /** Follows orders for acme-hosting. */
  async function follow(numbers: readonly (number | string)[], upstreamID = 'u1') {
    const orders = numbers.map((number) => ({ orderNumber: String(number), account: 'acme-hosting' }));
    return followedOrders.follow(upstreamID, orders);
  }

  /** The number of the order whose turn it is, or for how many milliseconds to wait. */
  async function claim(by: Lease = lease as Lease): Promise<string | number> {
    const claimed = await followedOrders.claim('u1', by);
    return claimed.kind === 'ask' ? claimed.order.orderNumber : claimed.waitMs;
  }

  return { database, store, sql, clock, upstreams, followedOrders, lease, follow, claim };
}

function openSql(t: TestContext, database: string): Sql {
  if (database.startsWith('sqlite:')) {
    const opened = openToWrite(database.slice('sqlite:'.length), () => {});
    t.after(() => opened.close());
    return sqliteSql(opened);
  }
  const connections = new ConnectionPool(databaseOptions(database), 'write');
  t.after(() => connections.close());
  return postgresSql(connections.within(10_000));
}
