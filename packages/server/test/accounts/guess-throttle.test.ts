import assert from 'node:assert/strict';
import { mock, type TestContext, test } from 'node:test';
import { GuessCounters } from '../../src/accounts/guess-counters.ts';
import { GuessThrottle } from '../../src/accounts/guess-throttle.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { emptyDatabase } from '../store/databases.ts';

const MINUTE = 60_000;

interface Counting {
  readonly throttle: GuessThrottle;
  readonly counters: GuessCounters;
  fail(loginName: string, address: string, times: number): void;
}

/** A book, and as many processes as are wanted that count on it; their exchanges must all have worked. */
async function countingOn(t: TestContext) {
  const all: GuessCounters[] = [];
  const errors: unknown[] = [];
  let store: Store;
  // Hooks run in their order, and this one must come before the one that takes the database away.
  t.after(async () => {
    for (const counters of all) await counters.stop();
    await store.close();
    assert.deepEqual(errors, []);
  });
  store = await openStore(await emptyDatabase(t), 'write');
  const start = async (): Promise<Counting> => {
    const counters = await GuessCounters.start(store.guessCounters, (error) => errors.push(error));
    all.push(counters);
    const throttle = new GuessThrottle(counters);
    return {
      throttle,
      counters,
      fail(loginName, address, times) {
        for (let count = 0; count < times; count++) throttle.failed(loginName, address, true);
      },
    };
  };
  return { store, start, ...(await start()) };
}

/** How long a try waits, in milliseconds, or that it is refused. */
async function waitOf(
  throttle: GuessThrottle,
  loginName: string,
  address: string,
): Promise<number | 'refused'> {
  const began = performance.now();
  const isAdmitted = await throttle.admits(loginName, address);
  return isAdmitted ? performance.now() - began : 'refused';
}

test('one caller with one login waits after five failures, longer each time, and is refused after ten', async (t) => {
  const { throttle, fail } = await countingOn(t);
  fail('acme', '192.0.2.1', 4);
  assert.ok(Number(await waitOf(throttle, 'acme', '192.0.2.1')) < 100);
  fail('acme', '192.0.2.1', 1);
  const first = Number(await waitOf(throttle, 'acme', '192.0.2.1'));
  assert.ok(first > 200 && first < 1000, `${first}`);
  fail('acme', '192.0.2.1', 1);
  const second = Number(await waitOf(throttle, 'acme', '192.0.2.1'));
  assert.ok(second > 400, `${second}`);
  fail('acme', '192.0.2.1', 5);
  assert.equal(await waitOf(throttle, 'acme', '192.0.2.1'), 'refused');
  // Neither somebody else's tries nor another login's.
  assert.ok(Number(await waitOf(throttle, 'acme', '192.0.2.2')) < 100);
  assert.ok(Number(await waitOf(throttle, 'other', '192.0.2.1')) < 100);
});

test('one caller with many logins, and one login from many callers, are stopped too', async (t) => {
  const { throttle } = await countingOn(t);
  for (let guess = 0; guess < 101; guess++) throttle.failed(`login-${guess}`, '2001:db8::1', false);
  assert.equal(await waitOf(throttle, 'fresh', '2001:db8:0:0:ffff::9'), 'refused');
  assert.ok(Number(await waitOf(throttle, 'fresh', '2001:db8:0:1::1')) < 100);
  for (let guess = 0; guess < 51; guess++) throttle.failed('acme', `198.51.100.${guess}`, true);
  assert.equal(await waitOf(throttle, 'acme', '203.0.113.1'), 'refused');
});

test('where a login has lately succeeded, the failures of others do not count', async (t) => {
  const { throttle, fail } = await countingOn(t);
  throttle.succeeded('acme', '192.0.2.1');
  for (let guess = 0; guess < 60; guess++) throttle.failed('acme', `198.51.100.${guess}`, true);
  for (let guess = 0; guess < 110; guess++) throttle.failed(`login-${guess}`, '192.0.2.1', false);
  assert.ok(Number(await waitOf(throttle, 'acme', '192.0.2.1')) < 100);
  assert.equal(await waitOf(throttle, 'acme', '192.0.2.9'), 'refused');
  // Its own failures do, until it succeeds again.
  fail('acme', '192.0.2.1', 11);
  assert.equal(await waitOf(throttle, 'acme', '192.0.2.1'), 'refused');
  throttle.succeeded('acme', '192.0.2.1');
  assert.ok(Number(await waitOf(throttle, 'acme', '192.0.2.1')) < 100);
});

test('failures are forgotten with time', async (t) => {
  const { throttle, fail } = await countingOn(t);
  fail('acme', '192.0.2.1', 16);
  assert.equal(await waitOf(throttle, 'acme', '192.0.2.1'), 'refused');
  await new Promise((resolve) => setTimeout(resolve, 1300));
  mock.timers.enable({ apis: ['Date'], now: Date.now() + 21 * MINUTE });
  t.after(() => mock.timers.reset());
  assert.ok(Number(await waitOf(throttle, 'acme', '192.0.2.1')) < 100);
});

test('what one process counts the others know within two seconds, and one that starts later at once', async (t) => {
  const { store, start, ...one } = await countingOn(t);
  const other = await start();
  one.fail('acme', '192.0.2.1', 11);
  const deadline = performance.now() + 2500;
  while ((await waitOf(other.throttle, 'acme', '192.0.2.1')) !== 'refused') {
    assert.ok(performance.now() < deadline);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const later = await start();
  assert.equal(await waitOf(later.throttle, 'acme', '192.0.2.1'), 'refused');
  assert.equal((await store.guessCounters.failures(10))[0]?.failures, 11);
});

test('a name that is no account never comes into the record; and nothing that is tried makes it long', async (t) => {
  const { store, throttle, counters } = await countingOn(t);
  for (let guess = 0; guess < 3000; guess++) {
    throttle.failed(`password-in-the-wrong-place-${guess}`, `10.${guess >> 8}.${guess & 255}.1`, false);
  }
  await counters.stop();
  const recorded = await store.guessCounters.failures(10_000);
  assert.ok(recorded.length <= 1001);
  assert.ok(recorded.every(({ loginName }) => loginName === ''));
  assert.equal(
    recorded.reduce((sum, { failures }) => sum + failures, 0),
    3000,
  );
});

test('when the database is away, failures are counted all the same, and written when it is back', async (t) => {
  const { store } = await countingOn(t);
  let isAway = false;
  const errors: unknown[] = [];
  const counters = await GuessCounters.start(
    {
      ...store.guessCounters,
      exchange: (...given) =>
        isAway ? Promise.reject(new Error('away')) : store.guessCounters.exchange(...given),
    },
    (error) => errors.push(error),
  );
  isAway = true;
  for (let guess = 0; guess < 12; guess++) counters.countFailure('acme', '192.0.2.1', true);
  await new Promise((resolve) => setTimeout(resolve, 1300));
  assert.ok(errors.length > 0);
  assert.ok(counters.failures('pair', 'acme', '192.0.2.1') > 11.9);
  isAway = false;
  await counters.stop();
  assert.equal((await store.guessCounters.failures(10))[0]?.failures, 12);
});
