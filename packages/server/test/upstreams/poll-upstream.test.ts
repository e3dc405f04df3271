/** One turn after the other: requests, and what they leave in the database. */

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LeaseLost } from '../../src/lease.ts';
import { putOrder } from '../../src/orders/change-request.ts';
import { UpstreamChanged } from '../../src/upstreams/ask-upstream.ts';
import { pollUpstream } from '../../src/upstreams/poll-upstream.ts';
import { fillDatabase, TESTER } from '../fill-database.ts';
import { acmeOrder } from '../sample-orders.ts';
import { errorBody, type FakeOrder, reply } from './fake-upstream.ts';
import { polledUpstream } from './polled-upstream.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function pending(orderNumber: string, more: FakeOrder = {}): FakeOrder {
  return { orderNumber, orderStatus: 'Pending', '1_certificateStatus': 'Awaiting Validation', ...more };
}

function completed(orderNumber: string): FakeOrder {
  return { orderNumber, orderStatus: 'Completed', '1_certificateStatus': 'Issued', '1_serialNumber': 'AB01' };
}

suite('an order', () => {
  test('is recorded when it is first seen, and changed when it has changed', async (t) => {
    const { fake, store, follow, ask, followed, clock } = await polledUpstream(t);
    fake.orders.set('1', [pending('1')]);
    await follow(['1']);
    assert.equal(await ask(), 'observed');
    const stored = await store.orders.get('1');
    assert.deepEqual(stored?.record, {
      account: 'acme-hosting',
      orderNumber: '1',
      orderStatus: 'Pending',
      certificates: [{ certificateStatus: 'Awaiting Validation' }],
    });
    const first = await followed('1');
    assert.equal(first.state, 'open');
    assert.equal(first.observed, new Date(clock.nowMs).toISOString());
    assert.equal(Date.parse(first.nextRequest ?? ''), clock.nowMs + 3 * HOUR_MS);

    assert.equal(await ask(), 'observed');
    assert.equal((await store.orders.get('1'))?.version, 1);
    assert.notEqual((await followed('1')).observed, first.observed);

    fake.orders.set('1', [completed('1')]);
    assert.equal(await ask(), 'observed');
    assert.equal((await store.orders.get('1'))?.version, 2);
    const settled = await followed('1');
    assert.equal(settled.state, 'settled');
    assert.equal(Date.parse(settled.nextRequest ?? ''), clock.nowMs + DAY_MS);
    const { changes } = await store.history.ofOrder('1', { limit: 10 });
    for (const { by } of changes) assert.deepEqual(by, { kind: 'upstream', name: 'ca' });
    assert.equal(fake.requests.length, 3);
  });

  test('that the upstream does not know stays as it was known', async (t) => {
    const { fake, store, follow, ask, followed, clock } = await polledUpstream(t);
    fake.orders.set('1', [pending('1')]);
    await follow(['1', '2']);
    await ask();
    assert.equal(await ask(), 'unknown-order');
    assert.equal((await followed('2')).state, 'unknown');
    assert.equal((await followed('2')).observed, undefined);
    const { following, ...known } = (await store.orders.get('1')) ?? {};
    const { observed } = await followed('1');
    fake.orders.clear();
    assert.equal(await ask(), 'unknown-order');
    const forgotten = await followed('1');
    assert.equal(forgotten.state, 'unknown');
    assert.equal(forgotten.observed, observed);
    assert.equal(Date.parse(forgotten.nextRequest ?? ''), clock.nowMs + DAY_MS);
    // It is asked for at no interval any more.
    const stays = { ...following, intervalSeconds: undefined };
    assert.deepEqual(await store.orders.get('1'), { ...known, following: stays });
  });

  test('that is no longer followed when the response comes is not touched', async (t) => {
    const { fake, store, follow, followedOrders, ask } = await polledUpstream(t);
    const usual = fake.behaviour;
    fake.behaviour = (_request, response) => {
      void followedOrders.unfollow('u1', '1').then(() => response.end('errorCode=0&1_orderStatus=Pending'));
    };
    await follow(['1']);
    assert.equal(await ask(), 'observed');
    fake.behaviour = usual;
    assert.equal(await store.orders.get('1'), undefined);
    assert.equal(await followedOrders.get('1'), undefined);
  });

  test('has notes of what was not taken over', async (t) => {
    const { fake, follow, ask, followed } = await polledUpstream(t);
    fake.orders.set('1', [pending('1', { orderDateTime: 'today', later: 'x' })]);
    await follow(['1']);
    await ask();
    const { notes, problem } = await followed('1');
    assert.match(notes[0] ?? '', /^orderDateTime left out: it must be an RFC 3339 time/);
    assert.equal(notes[1], 'no known parameter, or no known value of one: later');
    assert.equal(problem, undefined);
    fake.orders.set('1', [pending('1')]);
    await ask();
    assert.deepEqual((await followed('1')).notes, []);
  });
});

suite('replacements', () => {
  test('are followed, and linked as closely as is known', async (t) => {
    const { fake, store, follow, ask, followed } = await polledUpstream(t);
    fake.orders.set('1', [completed('1'), completed('2'), pending('3')]);
    fake.orders.set('2', [completed('2'), pending('3')]);
    fake.orders.set('3', [pending('3')]);
    const links = async () => {
      const placed = await store.orders.placed(['1', '2', '3']);
      return ['1', '2', '3'].map((number) => placed.get(number)?.replacesOrderNumber);
    };
    await follow(['1']);
    await ask();
    assert.deepEqual(await links(), [undefined, '1', '1']);
    assert.equal((await followed('3')).account, 'acme-hosting');
    assert.equal((await followed('3')).state, 'waiting');
    assert.equal((await followed('3')).observed, (await followed('1')).observed);
    await ask();
    assert.deepEqual(await links(), [undefined, '1', '2']);
    await ask();
    assert.equal((await followed('3')).state, 'open');
    const versions = async () =>
      Promise.all(['1', '2', '3'].map(async (n) => (await store.orders.get(n))?.version));
    assert.deepEqual(await versions(), [1, 1, 2]);
    fake.requests.length = 0;
    while (fake.requests.length < 5) await ask();
    assert.deepEqual(await versions(), [1, 1, 2]);
    assert.deepEqual(await links(), [undefined, '1', '2']);
  });

  test('that belong to others, or to what is fed here, are left out and noted', async (t) => {
    const { fake, store, follow, followedOrders, ask, followed } = await polledUpstream(t);
    await fillDatabase(store.orders, [acmeOrder({ orderNumber: '7' })]);
    await followedOrders.follow('u1', [{ orderNumber: '8', account: 'other' }]);
    await follow(['1']);
    for (const orderNumber of ['1', '8']) {
      fake.orders.set(orderNumber, [
        pending(orderNumber),
        ...['7', '8', '9'].map((number) => completed(number)),
      ]);
    }
    const before = await store.orders.get('7');
    await ask();
    await ask();
    const { notes } = await followed('1');
    assert.match(notes[0] ?? '', /^order 7 left out: order 7 is in the order database/);
    assert.match(
      notes[1] ?? '',
      /^order 8 left out: order 8 is followed at upstream 'ca' for account 'other'$/,
    );
    assert.deepEqual(await store.orders.get('7'), before);
    assert.equal((await store.orders.get('8'))?.record.account, 'other');
    assert.equal((await store.orders.get('8'))?.record.orderStatus, 'Pending');
  });

  test('that go round in a circle keep what was known first', async (t) => {
    const { fake, store, follow, ask, followed } = await polledUpstream(t);
    fake.orders.set('1', [pending('1'), pending('2')]);
    fake.orders.set('2', [pending('2'), pending('1')]);
    await follow(['1']);
    await ask();
    await ask();
    const placed = await store.orders.placed(['1', '2']);
    assert.equal(placed.get('1')?.replacesOrderNumber, undefined);
    assert.equal(placed.get('2')?.replacesOrderNumber, '1');
    assert.deepEqual((await followed('2')).notes, [
      'order 1: order 1 is replaced by order 2, and cannot replace it',
    ]);
  });
});

suite('a problem', () => {
  test('has the upstream left alone, then another order is asked for, and a success ends it', async (t) => {
    const { fake, follow, ask, followed, upstreams, clock } = await polledUpstream(t);
    fake.orders.set('1', [pending('1')]);
    fake.orders.set('2', [pending('2')]);
    await follow(['1', '2']);
    fake.behaviour = reply('<html>', 503);
    assert.equal(await ask(), 'unreachable');
    const { problem, notBefore } = (await upstreams.get('ca')) ?? {};
    assert.equal(problem?.kind, 'unreachable');
    assert.equal(problem?.failures, 1);
    assert.equal(Date.parse(notBefore ?? ''), clock.nowMs + 60_000);
    fake.behaviour = reply(errorBody(-42, 'Call limit reached'), 200, { 'Retry-After': '1800' });
    assert.equal(await ask(), 'call-limit');
    assert.equal((await upstreams.get('ca'))?.problem?.failures, 2);
    assert.equal(Date.parse((await upstreams.get('ca'))?.notBefore ?? ''), clock.nowMs + 1_800_000);
    fake.behaviour = undefined;
    assert.equal(await ask(), 'observed');
    assert.equal((await upstreams.get('ca'))?.problem, undefined);
    assert.deepEqual(
      fake.requests.map(({ form }) => form.get('orderNumber')),
      ['1', '2', '1'],
    );
    assert.equal((await followed('1')).problem, undefined);
  });

  test('of the argument showValidityPeriod has it left out from then on', async (t) => {
    const { fake, follow, ask, upstreams, store } = await polledUpstream(t);
    fake.knowsValidityPeriod = false;
    fake.orders.set('1', [completed('1')]);
    fake.orders.set('2', [completed('2')]);
    await follow(['1', '2']);
    assert.equal(await ask(), 'no-validity-period');
    assert.equal(await ask(), 'observed');
    assert.equal(await ask(), 'observed');
    assert.equal((await upstreams.get('ca'))?.asksValidityPeriod, false);
    assert.deepEqual(
      fake.requests.map(({ form }) => [form.get('orderNumber'), form.get('showValidityPeriod')]),
      [
        ['1', 'Y'],
        ['1', null],
        ['2', null],
      ],
    );
    assert.ok(await store.orders.get('2'));
  });

  test('of storing what was observed is a problem of the order', async (t) => {
    const { fake, store, follow, ask, followed, clock, parts } = await polledUpstream(t);
    fake.orders.set('1', [pending('1')]);
    await follow(['1']);
    const { orders } = store;
    const change: typeof orders.change = (requests, by) => orders.change(requests, by);
    assert.equal(await ask({ store: { ...parts.store, orders: { ...orders, change } } }), 'observed');
    const { problem, state, nextRequest } = await followed('1');
    assert.match(problem ?? '', /is followed at upstream 'ca': only what is observed/);
    assert.equal(state, 'waiting');
    assert.equal(Date.parse(nextRequest ?? ''), clock.nowMs + 3 * HOUR_MS);
  });

  test('of the database, or a lost lease, leaves the order for the next interval', async (t) => {
    const { fake, follow, poll, ask, lease, parts, kinds, store } = await polledUpstream(t);
    fake.orders.set('1', [pending('1')]);
    await follow(['1']);
    await assert.rejects(poll({ ask: () => Promise.reject(new Error('gone')) }), /gone/);
    const stale = { ...lease, generation: lease.generation + 1 };
    await assert.rejects(pollUpstream(parts, 'u1', stale, new AbortController().signal), LeaseLost);
    assert.equal(await store.orders.get('1'), undefined);
    assert.deepEqual(kinds, []);
    assert.equal(await ask(), 'observed');
    assert.equal(fake.requests.length, 1);
  });
});

test('an order whose upstream changes just then is asked for as soon as it may be', async (t) => {
  const { fake, follow, poll, ask, parts, kinds } = await polledUpstream(t);
  fake.orders.set('1', [pending('1')]);
  await follow(['1']);
  assert.equal(await poll({ ask: () => Promise.reject(new UpstreamChanged()) }), 0);
  assert.deepEqual(kinds, []);
  assert.equal(await ask({ ask: parts.ask }), 'observed');
  assert.equal(fake.requests.length, 1);
});

test('an order that is followed is not fed by hand, and one that is fed is not followed', async (t) => {
  const { fake, store, follow, ask } = await polledUpstream(t);
  fake.orders.set('1', [pending('1')]);
  await follow(['1']);
  await ask();
  const [outcome] = await store.orders.change([putOrder(acmeOrder({ orderNumber: '1' }))], TESTER);
  assert.equal(outcome?.kind, 'refused');
  await fillDatabase(store.orders, [acmeOrder({ orderNumber: '2' })]);
  const { refused } = await follow(['2']);
  assert.equal(refused[0]?.reason, 'order-number-taken');
});
