import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statementsOf } from '../statements.ts';
import { execute, isPostgres } from '../store/databases.ts';
import { ACME_CA, upstreamDatabase } from './upstream-database.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const ANSWERED = {
  kind: 'answered',
  state: 'open',
  step: 0,
  nextRequestInMs: 3 * HOUR_MS,
  isObserved: true,
  notes: [],
} as const;

test('an order has its turn once an interval, and none is forgotten that nothing was recorded of', async (t) => {
  const { clock, followedOrders, follow, claim, lease } = await upstreamDatabase(t);
  assert.equal(await claim(), MINUTE_MS);
  await follow(['1']);
  const claimed = await followedOrders.claim('u1', lease);
  assert.ok(claimed.kind === 'ask');
  assert.equal(claimed.upstream.name, 'ca');
  assert.equal(claimed.upstream.lastRequest, '2026-01-01T00:00:00.000Z');
  const { nowMs } = clock;
  assert.deepEqual(claimed.order, {
    orderNumber: '1',
    account: 'acme-hosting',
    state: 'waiting',
    step: 0,
    failures: 0,
    nowMs,
  });
  // As if the process had ended here.
  clock.nowMs += 3 * HOUR_MS - 10 * SECOND_MS;
  assert.equal(await claim(), 10 * SECOND_MS);
  clock.nowMs += 10 * SECOND_MS;
  assert.equal(await claim(), '1');
  await followedOrders.record('u1', '1', { ...ANSWERED, step: 2, nextRequestInMs: 5 * HOUR_MS }, lease);
  clock.nowMs += 5 * HOUR_MS - 1;
  assert.equal(await claim(), 1);
  clock.nowMs += 1;
  const again = await followedOrders.claim('u1', lease);
  assert.ok(again.kind === 'ask');
  assert.deepEqual([again.order.state, again.order.step, again.order.failures], ['open', 2, 0]);
});

test('requests keep to the budget: after a pause, too', async (t) => {
  const { clock, followedOrders, follow, claim } = await upstreamDatabase(t, { requestsPerMinute: 7 });
  await follow(Array.from({ length: 300 }, (_, index) => index + 1));
  for (const pauseMs of [0, DAY_MS]) {
    clock.nowMs += pauseMs;
    const from = clock.nowMs;
    const times: number[] = [];
    while (times.length < 20) {
      const claimed = await claim();
      if (typeof claimed === 'string') times.push(clock.nowMs - from);
      else clock.nowMs += claimed;
    }
    assert.deepEqual(
      times,
      Array.from({ length: 20 }, (_, index) => Math.max(0, index - 1) * 8572),
    );
  }
  // Requests by people count, and take ten slots in advance at most.
  await Promise.all(Array.from({ length: 30 }, () => followedOrders.countRequest('u1')));
  const waits: number[] = [];
  for (let claimed = await claim(); typeof claimed === 'number'; claimed = await claim()) {
    waits.push(claimed);
    clock.nowMs += claimed;
  }
  assert.deepEqual(waits, [MINUTE_MS, 11 * 8572 - MINUTE_MS]);
});

test('refreshed orders come first; new ones and regular ones take turns', async (t) => {
  const { clock, followedOrders, follow, claim, lease } = await upstreamDatabase(t, {
    requestsPerMinute: 6000,
  });
  const numbers = (from: number) => Array.from({ length: 4 }, (_, index) => String(from + index));
  await follow(numbers(1));
  for (const number of numbers(1)) {
    const state = Number(number) % 2 === 0 ? 'settled' : 'open';
    const nextRequestInMs = HOUR_MS + Number(number) * SECOND_MS;
    await followedOrders.record('u1', number, { ...ANSWERED, state, nextRequestInMs }, lease);
  }
  clock.nowMs += 2 * HOUR_MS;
  await follow(numbers(11));
  assert.equal(await followedOrders.refresh('u1', ['4', '13', '99']), 2);
  clock.nowMs += 1;
  assert.equal(await followedOrders.refresh('u1', ['3', '4']), 2);
  const claimed: (string | number)[] = [];
  for (let count = 0; count < 8; count++) {
    claimed.push(await claim());
    clock.nowMs += SECOND_MS;
  }
  assert.deepEqual(claimed.slice(0, 3), ['4', '13', '3']);
  // The fourth claim prefers regular orders.
  assert.deepEqual(claimed.slice(3), ['1', '11', '2', '12', '14']);
  assert.equal(await claim(), MINUTE_MS);
});

test('an order that is refreshed during its request is asked for again', async (t) => {
  const { clock, followedOrders, follow, claim, lease } = await upstreamDatabase(t);
  await follow(['1']);
  await followedOrders.refresh('u1', ['1']);
  assert.equal(await claim(), '1');
  clock.nowMs += 3 * SECOND_MS;
  await followedOrders.refresh('u1', ['1']);
  await followedOrders.record('u1', '1', { ...ANSWERED, nextRequestInMs: null, state: 'settled' }, lease);
  assert.equal((await followedOrders.get('1'))?.state, 'settled');
  assert.equal(await claim(), '1');
  await followedOrders.record('u1', '1', { ...ANSWERED, nextRequestInMs: null, state: 'settled' }, lease);
  clock.nowMs += 300 * DAY_MS;
  assert.equal(await claim(), MINUTE_MS);
});

test('without showValidityPeriod the same order is asked for again, before all others', async (t) => {
  const { clock, followedOrders, follow, lease } = await upstreamDatabase(t);
  await follow(['1', '2']);
  const asks: [string, boolean][] = [];
  for (let count = 0; count < 3; count++) {
    const claimed = await followedOrders.claim('u1', lease);
    assert.ok(claimed.kind === 'ask');
    const { orderNumber } = claimed.order;
    asks.push([orderNumber, claimed.upstream.asksValidityPeriod]);
    const refused = claimed.upstream.asksValidityPeriod;
    await followedOrders.record(
      'u1',
      orderNumber,
      refused ? { kind: 'no validity period' } : ANSWERED,
      lease,
    );
    clock.nowMs += 3 * SECOND_MS;
  }
  assert.deepEqual(asks, [
    ['1', true],
    ['1', false],
    ['2', false],
  ]);
});

test('a failed request puts the upstream and its order off; the next one is for another order', async (t) => {
  const { clock, followedOrders, upstreams, follow, claim, lease } = await upstreamDatabase(t);
  await follow(['1', '2']);
  assert.equal(await claim(), '1');
  await followedOrders.record(
    'u1',
    '1',
    {
      kind: 'failed',
      problem: 'invalid-response',
      message: 'HTML',
      nextRequestInMs: 5 * MINUTE_MS,
      backoffMs: 30 * SECOND_MS,
    },
    lease,
  );
  assert.equal(await claim(), 30 * SECOND_MS);
  clock.nowMs += 30 * SECOND_MS;
  assert.equal(await claim(), '2');
  await followedOrders.record('u1', '2', ANSWERED, lease);
  assert.equal((await upstreams.get('ca'))?.problem, undefined);
  clock.nowMs += 5 * MINUTE_MS;
  const again = await followedOrders.claim('u1', lease);
  assert.ok(again.kind === 'ask');
  assert.deepEqual([again.order.orderNumber, again.order.failures], ['1', 1]);
});

test('nothing is asked while the upstream is paused, gone, or in its quiet hours', async (t) => {
  const quietHours = { from: '22:00', to: '06:00', timeZone: 'Europe/Berlin' };
  const { clock, upstreams, followedOrders, follow, claim, lease } = await upstreamDatabase(t, {
    quietHours,
  });
  await follow(['1', '2']);
  clock.nowMs = Date.parse('2026-01-02T04:30:00Z');
  assert.equal(await claim(), MINUTE_MS);
  clock.nowMs = Date.parse('2026-01-02T04:59:58Z');
  assert.equal(await claim(), 2 * SECOND_MS);
  clock.nowMs = Date.parse('2026-01-02T05:00:00Z');
  assert.equal(await claim(), '1');
  await upstreams.setState('u1', 'paused');
  clock.nowMs += HOUR_MS;
  assert.equal(await claim(), MINUTE_MS);
  await upstreams.setState('u1', 'active');
  assert.equal(await claim(), '2');
  assert.deepEqual(await followedOrders.claim('u2', lease), { kind: 'wait', waitMs: MINUTE_MS });
});

test('a clock that is set back delays nothing for longer than an interval, one set forward makes no burst', async (t) => {
  const { clock, followedOrders, follow, claim, lease } = await upstreamDatabase(t);
  const now = clock.nowMs;
  clock.nowMs += 365 * DAY_MS;
  await follow(['1', '2', '3']);
  assert.equal(await claim(), '1');
  await followedOrders.record('u1', '1', ANSWERED, lease);
  assert.equal(await claim(), '2');
  const failed = { kind: 'failed', problem: 'call-limit', message: '', nextRequestInMs: DAY_MS } as const;
  await followedOrders.record('u1', '2', { ...failed, backoffMs: DAY_MS }, lease);
  // New orders do not wait for the moment of before either.
  clock.nowMs = now;
  assert.equal(await claim(), '3');
  clock.nowMs += 3 * SECOND_MS;
  // Others that wait for longer than an interval come as they are, one after the other.
  assert.equal(await claim(), '2');
  clock.nowMs += 3 * SECOND_MS;
  assert.equal(await claim(), '1');
  clock.nowMs += 3 * SECOND_MS;
  assert.equal(await claim(), MINUTE_MS);
});

test('of 100,000 followed orders a claim reads one from each queue, by an index', async (t) => {
  const { database, clock, followedOrders, upstreams, claim, lease } = await upstreamDatabase(t);
  await upstreams.add({ ...ACME_CA, upstreamID: 'u2', name: 'second' });
  const numbers = isPostgres
    ? 'SELECT n::bigint FROM generate_series(1, 100000) AS listed (n)'
    : 'WITH RECURSIVE listed (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM listed WHERE n < 100000) SELECT n FROM listed';
  await execute(
    database,
    `INSERT INTO "followedOrder" ("orderNumber", "upstreamID", "accountID", added, state, queue, "nextRequest")
     SELECT n, CASE n % 2 WHEN 0 THEN 'u1' ELSE 'u2' END, 1, 0,
       CASE n % 8 WHEN 0 THEN 'waiting' WHEN 2 THEN 'settled' ELSE 'open' END,
       CASE n % 8 WHEN 0 THEN 1 WHEN 2 THEN 3 ELSE 2 END, ${clock.nowMs} + (n * 7919) % 100000
     FROM (${numbers}) listed`,
  );
  await execute(database, 'ANALYZE');
  clock.nowMs += 200_000;
  const statements = statementsOf(t);
  const claimed = await claim();
  assert.equal(typeof claimed, 'string');
  await followedOrders.record('u1', String(claimed), ANSWERED, lease);
  await followedOrders.get(String(claimed));
  await followedOrders.list('u1', { limit: 10, after: '5000' });
  await followedOrders.list('u1', { limit: 10, after: '5000', state: 'settled' });
  await followedOrders.refresh('u1', ['2', '4']);
  await followedOrders.followedAt(['2', '4']);
  const seen = new Set(statements);
  assert.ok([...seen].some((statement) => statement.includes('"followedOrder"')));
  for (const statement of seen) {
    if (!statement.includes('"followedOrder"')) continue;
    const plan = await planOf(database, statement);
    assert.doesNotMatch(
      plan,
      /SCAN (f|followedOrder)\b|Seq Scan on [\\"]*followedOrder|Sort Key.*nextRequest/,
      plan,
    );
    if (statement.includes('"isLast"')) assert.match(plan, /followedOrderDue/);
  }
});

/** How the database goes about a statement; for any values. */
async function planOf(database: string, statement: string): Promise<string> {
  const explain = isPostgres ? 'EXPLAIN (GENERIC_PLAN)' : 'EXPLAIN QUERY PLAN';
  const given = isPostgres ? statement : statement.replace(/\?\d?/g, "'1'");
  return JSON.stringify(await execute(database, `${explain} ${given}`));
}
