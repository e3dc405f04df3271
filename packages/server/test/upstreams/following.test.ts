/** What orders, views, pruning and verify say of orders that are followed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOrderRecord } from '@cert-order-status/protocol';
import { putOrder } from '../../src/orders/change-request.ts';
import { fillDatabase, TESTER } from '../fill-database.ts';
import { verified } from '../maintenance/verified.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { execute } from '../store/databases.ts';
import { ANSWERED, upstreamDatabase } from './upstream-database.ts';

/** The upstream database with the order 7250060, which is fed, and order 1, which was observed. */
async function observedDatabase(t: Parameters<typeof upstreamDatabase>[0]) {
  const opened = await upstreamDatabase(t);
  const { store, follow } = opened;
  await fillDatabase(store.orders, [acmeOrder()]);
  await follow(['1']);
  const { certificateID: _, ...certificate } = acmeCertificate({
    certificateStatus: 'Issued',
    serialNumber: '0A',
    dcvStatus: 'completed',
    caaStatus: 'completed',
  });
  const order = acmeOrder({ orderNumber: '1', orderStatus: 'Completed', certificates: [certificate] });
  const read = readOrderRecord(order, 'observed');
  assert.ok(read.ok);
  const by = { kind: 'upstream', name: 'ca' } as const;
  const [outcome] = await store.orders.change([putOrder(read.record)], by, {
    exemption: { kind: 'observed' },
  });
  assert.equal(outcome?.kind, 'created');
  return { ...opened, record: read.record };
}

test('a followed order says where it is followed, when it was observed, and how often it is asked for', async (t) => {
  const { store, followedOrders, upstreams, clock, lease } = await observedDatabase(t);
  const { orders, orderViews } = store;
  const followings = async () => {
    const found = await orders.search({}, { limit: 10 });
    const stored = await orders.get('1');
    const part = await orderViews.part('1', { from: 0, limit: 1 });
    assert.deepEqual(found.orders[0]?.following, stored?.following);
    assert.deepEqual(part?.following, stored?.following);
    return stored?.following;
  };
  for (const order of [
    await orders.get('7250060'),
    await orderViews.part('7250060', { from: 0, limit: 1 }),
  ]) {
    assert.ok(order);
    assert.equal('following' in order, false);
  }
  // It was changed by what was observed, which is written down a moment later.
  const changed = (await orders.get('1'))?.changed;
  assert.deepEqual(await followings(), { upstream: 'ca', observed: changed, intervalSeconds: 10_800 });

  await followedOrders.record('u1', '1', ANSWERED, lease);
  const observed = '2026-01-01T00:00:00.000Z';
  assert.deepEqual(await followings(), { upstream: 'ca', observed, intervalSeconds: 10_800 });
  await upstreams.setState('u1', 'paused');
  assert.deepEqual(await followings(), { upstream: 'ca', observed, intervalSeconds: undefined });
  await upstreams.setState('u1', 'active');
  clock.nowMs += 1000;
  for (const state of ['settled', 'unknown'] as const) {
    await followedOrders.record('u1', '1', { ...ANSWERED, state, isObserved: state === 'settled' }, lease);
    assert.deepEqual(await followings(), {
      upstream: 'ca',
      observed: '2026-01-01T00:00:01.000Z',
      intervalSeconds: undefined,
    });
  }
  await followedOrders.unfollow('u1', '1');
  assert.equal(await followings(), undefined);
});

test('a mark is another after each observation, so that open pages say when it was', async (t) => {
  const { store, followedOrders, clock, lease } = await observedDatabase(t);
  const marks = async () => {
    const found = await store.orderViews.marks(['1', '7250060']);
    return [found.get('1'), found.get('7250060')];
  };
  const first = await marks();
  await followedOrders.record('u1', '1', ANSWERED, lease);
  const second = await marks();
  clock.nowMs += 1;
  await followedOrders.record('u1', '1', { ...ANSWERED, isObserved: false }, lease);
  assert.deepEqual(await marks(), second);
  await followedOrders.record('u1', '1', ANSWERED, lease);
  const third = await marks();
  assert.equal(new Set([first[0], second[0], third[0]]).size, 3);
  assert.deepEqual([first[1], second[1]], [third[1], third[1]]);
});

test('an order that is pruned is followed no longer, the others stay so', async (t) => {
  const { store, followedOrders, follow } = await observedDatabase(t);
  await follow(['2']);
  await fillDatabase(store.orders, [
    acmeOrder({ orderNumber: '5', certificates: [acmeCertificate({ certificateID: '5' })] }),
  ]);
  const pruned = await store.pruning.prune(Date.now() + 1000, new Set(['settledOrders']));
  assert.equal(pruned.settledOrders, 1);
  assert.equal(await store.orders.get('1'), undefined);
  assert.equal(await followedOrders.get('1'), undefined);
  assert.equal((await followedOrders.get('2'))?.state, 'waiting');
});

test('verify finds followed orders whole, and names those that are not', async (t) => {
  const { store, database, follow } = await observedDatabase(t);
  await follow(['2']);
  assert.deepEqual((await verified(store)).problems, []);
  for (const [statement, problem] of [
    ['UPDATE "followedOrder" SET "accountID" = 2', 'it is followed for another account than its own'],
    [
      'UPDATE "order" SET "isObserved" = (version = 0)',
      'it is followed at an upstream, and something else than what was observed changed it',
    ],
  ] as const) {
    await execute(database, statement);
    assert.deepEqual((await verified(store)).problems, [`order 1: ${problem}`]);
    await execute(database, 'UPDATE "followedOrder" SET "accountID" = 1');
    await execute(database, 'UPDATE "order" SET "isObserved" = (version = 1)');
  }
  assert.deepEqual((await verified(store)).problems, []);
});

test('what is exported of a followed order is refused by an import where it is followed, and lacks what is fed', async (t) => {
  const { store, record } = await observedDatabase(t);
  const exported = await Array.fromAsync(store.orders.all());
  assert.deepEqual(exported[0], record);
  const [outcome] = await store.orders.change([putOrder(record)], TESTER, { exemption: { kind: 'as-is' } });
  assert.equal(outcome?.kind, 'refused');
});
