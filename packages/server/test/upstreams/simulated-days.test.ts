/**
 * Days of an upstream in simulated time: the requests, and their times, are exactly those of the model. There are quiet
 * hours over a change to summer time, a budget that is too small, failures, a crash now and then, another node that
 * takes over, and a clock that is set. `FOLLOWED_ORDERS` says how many orders there are.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaseLost } from '../../src/lease.ts';
import { type PollParts, pollUpstream } from '../../src/upstreams/poll-upstream.ts';
import { RequestModel } from './request-model.ts';
import { findingOf, resultOf } from './simulated-upstream.ts';
import { ACME_CA, upstreamDatabase } from './upstream-database.ts';

const ORDERS = Number(process.env['FOLLOWED_ORDERS'] ?? 150);
const DAYS = 3.5;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse('2026-03-27T10:00:00Z');
/** When Berlin changes to summer time. */
const SUMMER = Date.parse('2026-03-29T01:00:00Z');
/** A day's requests of all orders need more than the hours that are not quiet have. */
const PER_MINUTE = Math.ceil(ORDERS / 150);
const POLICY = {
  ...ACME_CA,
  intervalSeconds: 3 * 3600,
  lastStepsIntervalSeconds: 3600,
  requestsPerMinute: PER_MINUTE,
  quietHours: { from: '22:00', to: '06:00', timeZone: 'Europe/Berlin' },
};

/** The end of the quiet hours from 22:00 to 06:00 in Berlin. */
function quietEnd(ms: number): number | undefined {
  const day = Math.floor(ms / (24 * HOUR)) * 24 * HOUR;
  for (const midnight of [day, day + 24 * HOUR]) {
    const [from, to] = [midnight - 2 * HOUR, midnight + 6 * HOUR].map(
      (local) => local - (local - 2 * HOUR >= SUMMER ? 2 : 1) * HOUR,
    ) as [number, number];
    if (ms >= from && ms < to) return to;
  }
  return undefined;
}

/** Some randomness of its own for each request. */
function randomOf(count: number): number {
  return ((count * 2_654_435_761) % 2 ** 32) / 2 ** 32;
}

/** A request takes from one to four seconds. */
function latencyOf(count: number): number {
  return 1000 + ((count * 7919) % 3000);
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

test('requests come when the policy says, and for which order', async (t) => {
  const { store, clock, upstreams, followedOrders, follow, lease } = await upstreamDatabase(t, POLICY);
  const model = new RequestModel({
    intervalMs: 3 * HOUR,
    lastStepsMs: HOUR,
    slotMs: Math.ceil(MINUTE / PER_MINUTE),
    quietEnd,
  });
  let held = lease;
  /** By a clock that is never set. */
  let elapsed = 0;
  const pass = (ms: number) => {
    elapsed += ms;
    clock.nowMs += ms;
  };
  const setClock = (ms: number) => {
    clock.nowMs += ms;
  };
  clock.nowMs = START;
  const added = ORDERS + Math.ceil(ORDERS / 10);
  const events: readonly (readonly [hours: number, event: () => unknown])[] = [
    [
      0,
      async () => {
        await follow(numbers(1, ORDERS + 1));
        model.follow(numbers(1, ORDERS + 1), clock.nowMs);
      },
    ],
    [
      15,
      async () => {
        const before = held;
        await store.jobLeases.release('test');
        held =
          (await store.jobLeases.hold(['upstreams'], 'another', 100 * 24 * HOUR)).get('upstreams') ?? held;
        assert.ok(held.generation > before.generation);
        await assert.rejects(followedOrders.claim('u1', before), LeaseLost);
      },
    ],
    [
      18,
      async () => {
        await follow(numbers(ORDERS + 1, added + 1));
        model.follow(numbers(ORDERS + 1, added + 1), clock.nowMs);
      },
    ],
    [
      22,
      async () => {
        await followedOrders.refresh('u1', ['2', '3', '8', '12', '13']);
        model.refresh([2, 3, 8, 12, 13], clock.nowMs);
      },
    ],
    // The clock is set forward, and back.
    [26, () => setClock(5 * HOUR)],
    [
      27,
      async () => {
        await upstreams.setState('u1', 'paused');
        model.isPaused = true;
      },
    ],
    [
      27.5,
      async () => {
        await upstreams.setState('u1', 'active');
        model.isPaused = false;
        model.forget();
      },
    ],
    // The password is changed here as well.
    [29.6, () => upstreams.change('u1', POLICY).then(() => model.forget())],
    [44, () => setClock(-2 * HOUR)],
    [51, () => setClock(-20 * HOUR)],
    [DAYS * 24, () => {}],
  ];

  let count = 0;
  let expected: { at: number; number: number } | undefined;
  const kinds = new Map<string, number>();
  const parts: PollParts = {
    store: { orders: store.orders, followedOrders },
    random: () => randomOf(count),
    onRequest: (_upstream, kind) => kinds.set(kind, (kinds.get(kind) ?? 0) + 1),
    async ask(_upstream, orderNumber) {
      const number = Number(orderNumber);
      const at = clock.nowMs;
      assert.deepEqual({ at, number }, expected, `request ${count}, after ${elapsed / HOUR} hours`);
      const finding = findingOf(number, elapsed / HOUR, START, count);
      pass(latencyOf(count));
      model.begin(number, at);
      model.end(number, finding, at, clock.nowMs, randomOf(count));
      return resultOf(finding);
    },
  };
  const [, ...later] = events;
  const signal = new AbortController().signal;
  for (const [index, [, event]] of events.entries()) {
    await event();
    const endMs = (later[index]?.[0] ?? 0) * HOUR;
    while (elapsed < endMs) {
      const until = clock.nowMs + endMs - elapsed;
      expected = model.next(clock.nowMs, until);
      const waitMs = await pollUpstream(parts, 'u1', held, signal).catch((error: Error) => {
        assert.equal(error.message, 'the process ends');
        return 0;
      });
      if (waitMs === 0) count++;
      else pass(Math.min(waitMs, endMs - elapsed));
      if (waitMs > 0 && expected !== undefined) assert.ok(clock.nowMs <= expected.at, 'a request is missing');
    }
  }

  // What the days had in them, so that nothing of it is lost from the test unseen.
  const wanted = ['unknown-order', 'unreachable', 'call-limit', 'login-refused', 'invalid-response'];
  for (const kind of wanted) assert.ok((kinds.get(kind) ?? 0) > 0, `no ${kind}`);
  assert.ok((kinds.get('observed') ?? 0) > 10 * ORDERS);
  t.diagnostic(`${count} requests: ${JSON.stringify(Object.fromEntries(kinds))}`);
});
