import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaseLost } from '../../src/lease.ts';
import { putOrder } from '../../src/orders/change-request.ts';
import { openStore } from '../../src/store/open-store.ts';
import { fillDatabase, TESTER } from '../fill-database.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { ACME_CA, ANSWERED, upstreamDatabase } from './upstream-database.ts';

test('an order is followed once, for one account; what is in the way is named', async (t) => {
  const { store, upstreams, followedOrders, follow } = await upstreamDatabase(t);
  await upstreams.add({ ...ACME_CA, upstreamID: 'u2', name: 'second' });
  await fillDatabase(store.orders, [acmeOrder()]);
  assert.deepEqual(await follow(['1', '9223372036854775807']), { followed: 2, refused: [] });
  assert.deepEqual(await follow(['1', '2', '2']), { followed: 1, refused: [] });
  assert.deepEqual(await followedOrders.get('9223372036854775807'), {
    orderNumber: '9223372036854775807',
    account: 'acme-hosting',
    upstream: 'ca',
    state: 'waiting',
    added: '2026-01-01T00:00:00.000Z',
    lastRequest: undefined,
    observed: undefined,
    nextRequest: '2026-01-01T00:00:00.000Z',
    problem: undefined,
    notes: [],
  });
  assert.equal(await followedOrders.get('3'), undefined);

  const other = await followedOrders.follow('u2', [
    { orderNumber: '1', account: 'acme-hosting' },
    { orderNumber: '7250060', account: 'acme-hosting' },
    { orderNumber: '7250060', account: 'other' },
    { orderNumber: '3', account: 'missing' },
    { orderNumber: '4', account: 'other' },
    { orderNumber: '4', account: 'acme-hosting' },
  ]);
  assert.equal(other.followed, 1);
  assert.deepEqual(
    other.refused.map(({ orderNumber, reason, message }) => `${orderNumber} ${reason}: ${message}`),
    [
      "1 order-number-taken: order 1 is followed at upstream 'ca' for account 'acme-hosting'",
      '7250060 order-number-taken: order 7250060 is in the order database, which is where it is changed: only an order that is not there can be followed',
      '7250060 order-number-taken: order 7250060 is in the order database, of another account',
      "3 no such account: account 'missing' does not exist; add it first",
      "4 order-number-taken: order 4 is followed at upstream 'second' for account 'other'",
    ],
  );
  assert.deepEqual(
    await followedOrders.followedAt(['1', '4', '7250060']),
    new Map([
      ['1', { upstreamID: 'u1', account: 'acme-hosting' }],
      ['4', { upstreamID: 'u2', account: 'other' }],
    ]),
  );

  assert.equal(await followedOrders.unfollow('u2', '1'), false);
  assert.equal(await followedOrders.unfollow('u1', '1'), true);
  assert.equal(await followedOrders.unfollow('u1', '1'), false);
  assert.equal(await followedOrders.get('1'), undefined);
  assert.equal((await follow(['1'], 'u2')).followed, 1);
});

test('of an order that is put and followed at once, one of both is made', async (t) => {
  const { database, store } = await upstreamDatabase(t);
  const node = await openStore(database, 'write');
  t.after(() => node.close());
  const numbers = Array.from({ length: 20 }, (_, index) => String(index + 1));
  await Promise.all(
    numbers.map(async (orderNumber) => {
      const certificates = [acmeCertificate({ certificateID: orderNumber })];
      const [put, followed] = await Promise.all([
        store.orders.change([putOrder(acmeOrder({ orderNumber, certificates }))], TESTER),
        node.followedOrders.follow('u1', [{ orderNumber, account: 'acme-hosting' }]),
      ]);
      assert.notEqual(followed.followed === 1, put[0]?.kind === 'created', `order ${orderNumber}`);
    }),
  );
});

test('followed orders are listed by number, page after page, of any state or of one', async (t) => {
  const { followedOrders, upstreams, follow, lease } = await upstreamDatabase(t);
  await upstreams.add({ ...ACME_CA, upstreamID: 'u2', name: 'second' });
  await follow(['7', '100', '20', '3', '9223372036854775807']);
  await follow(['50'], 'u2');
  await followedOrders.record('u1', '20', { ...ANSWERED, state: 'settled' }, lease);
  await followedOrders.record('u1', '3', ANSWERED, lease);
  const list = async (page: Parameters<typeof followedOrders.list>[1]) =>
    (await followedOrders.list('u1', page)).map(({ orderNumber }) => orderNumber);
  assert.deepEqual(await list({ limit: 10 }), ['3', '7', '20', '100', '9223372036854775807']);
  assert.deepEqual(await list({ limit: 2 }), ['3', '7']);
  assert.deepEqual(await list({ limit: 2, after: '7' }), ['20', '100']);
  assert.deepEqual(await list({ limit: 5, state: 'waiting', after: '7' }), ['100', '9223372036854775807']);
  assert.deepEqual(await list({ limit: 5, state: 'settled' }), ['20']);
  assert.deepEqual(await list({ limit: 5, state: 'unknown' }), []);
});

test('what became of a request is written down, and cleared by the next one', async (t) => {
  const { followedOrders, upstreams, clock, follow, lease } = await upstreamDatabase(t);
  await follow(['1']);
  const notes = ['certificate 3 has a serial number of 200 characters'];
  await followedOrders.record('u1', '1', { ...ANSWERED, step: 1, problem: 'odd', notes }, lease);
  const first = await followedOrders.get('1');
  assert.deepEqual(
    [first?.state, first?.observed, first?.nextRequest, first?.problem, first?.notes],
    ['open', '2026-01-01T00:00:00.000Z', '2026-01-01T03:00:00.000Z', 'odd', notes],
  );
  assert.equal((await upstreams.get('ca'))?.lastSuccess, '2026-01-01T00:00:00.000Z');

  // Of what went wrong with the upstream as a whole, nothing is the order's own problem.
  const failed = { kind: 'failed', message: 'no', nextRequestInMs: 60_000, backoffMs: 60_000 } as const;
  await followedOrders.record('u1', '1', { ...failed, problem: 'unreachable' }, lease);
  assert.equal((await followedOrders.get('1'))?.problem, 'odd');
  await followedOrders.record('u1', '1', { ...failed, problem: 'invalid-response' }, lease);
  assert.equal((await followedOrders.get('1'))?.problem, 'no');
  assert.equal((await upstreams.get('ca'))?.problem?.failures, 2);

  clock.nowMs += 1000;
  const unknown = { ...ANSWERED, state: 'unknown', isObserved: false, nextRequestInMs: null } as const;
  await followedOrders.record('u1', '1', unknown, lease);
  const last = await followedOrders.get('1');
  assert.deepEqual(
    [last?.state, last?.observed, last?.nextRequest, last?.problem, last?.notes],
    ['unknown', '2026-01-01T00:00:00.000Z', undefined, undefined, []],
  );
  assert.equal((await upstreams.get('ca'))?.problem, undefined);
  // One that is followed no longer is not followed again by that.
  await followedOrders.unfollow('u1', '1');
  await followedOrders.record('u1', '1', ANSWERED, lease);
  assert.equal(await followedOrders.get('1'), undefined);
});

test('without its lease the job neither claims, nor records, nor follows', async (t) => {
  const { followedOrders, follow, lease, upstreams, claim } = await upstreamDatabase(t);
  await follow(['1']);
  const lost = { ...lease, generation: lease.generation - 1 };
  const orders = [{ orderNumber: '2', account: 'acme-hosting' }];
  await assert.rejects(followedOrders.claim('u1', lost), LeaseLost);
  await assert.rejects(followedOrders.record('u1', '1', ANSWERED, lost), LeaseLost);
  await assert.rejects(followedOrders.follow('u1', orders, lost), LeaseLost);
  assert.equal((await followedOrders.get('1'))?.state, 'waiting');
  assert.equal((await upstreams.get('ca'))?.lastRequest, undefined);
  assert.equal(await followedOrders.get('2'), undefined);
  assert.equal((await followedOrders.follow('u1', orders, lease)).followed, 1);
  assert.equal(await claim(), '1');
});
