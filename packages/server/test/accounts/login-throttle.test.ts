import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as immediate, setTimeout as pause } from 'node:timers/promises';
import { FailedLoginCounters, type LoginAttempt } from '../../src/accounts/failed-login-counters.ts';
import { LoginThrottle } from '../../src/accounts/login-throttle.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { emptyDatabase } from '../store/databases.ts';

/** A database, and as many processes as are wanted that count on it; their exchanges must all have worked. */
async function countingOn(t: TestContext) {
  const all: FailedLoginCounters[] = [];
  const errors: unknown[] = [];
  let store: Store;
  // Hooks run in their order, and this one must come before the one that takes the database away.
  t.after(async () => {
    for (const counters of all) await counters.stop();
    await store.close();
    assert.deepEqual(errors, []);
  });
  store = await openStore(await emptyDatabase(t), 'write');
  const start = async () => {
    const counters = await FailedLoginCounters.start(store.failedLogins, (error) => errors.push(error));
    all.push(counters);
    return {
      throttle: new LoginThrottle(counters),
      counters,
      /** What other processes have counted. */
      fail(loginName: string, address: string, times = 1, isAccount = true) {
        const guess: LoginAttempt = counters.attempt(loginName, address);
        for (let count = 0; count < times; count++) counters.countFailure(guess, isAccount);
      },
    };
  };
  return { store, start, ...(await start()) };
}

/** How long a try waits, in milliseconds, or that it is refused. */
async function waitOf(
  throttle: LoginThrottle,
  loginName: string,
  address: string,
): Promise<number | 'refused'> {
  const began = performance.now();
  const turn = await throttle.admit(loginName, address);
  turn?.release();
  return turn === undefined ? 'refused' : performance.now() - began;
}

/** Whether a try has its turn before anything else can happen. */
async function isAtOnce(throttle: LoginThrottle, loginName: string, address: string): Promise<boolean> {
  const turn = throttle.admit(loginName, address);
  const first = await Promise.race([turn, immediate('later')]);
  (await turn)?.release();
  return first !== 'later';
}

test('one caller with one login waits after five failures, longer each time, and is refused after ten', async (t) => {
  const { throttle, fail } = await countingOn(t);
  fail('acme', '192.0.2.1', 4);
  assert.ok(await isAtOnce(throttle, 'acme', '192.0.2.1'));
  fail('acme', '192.0.2.1', 1);
  const first = Number(await waitOf(throttle, 'acme', '192.0.2.1'));
  assert.ok(first > 200, `${first}`);
  fail('acme', '192.0.2.1', 1);
  const second = Number(await waitOf(throttle, 'acme', '192.0.2.1'));
  assert.ok(second > 400, `${second}`);
  fail('acme', '192.0.2.1', 4);
  assert.equal(await waitOf(throttle, 'acme', '192.0.2.1'), 'refused');
  // Neither somebody else's tries nor another login's.
  assert.notEqual(await waitOf(throttle, 'acme', '192.0.2.2'), 'refused');
  assert.notEqual(await waitOf(throttle, 'other', '192.0.2.1'), 'refused');
});

test('one caller with many logins is stopped too, and hardly anyone beside it', async (t) => {
  const { throttle, fail } = await countingOn(t);
  for (let guess = 0; guess < 100; guess++) fail(`login-${guess}`, '2001:db8::1', 1, false);
  assert.equal(await waitOf(throttle, 'fresh', '2001:db8:0:0:ffff::9'), 'refused');
  assert.notEqual(await waitOf(throttle, 'fresh', '2001:db8:0:1::1'), 'refused');
});

test('where a login has lately succeeded, the failures of others do not count', async (t) => {
  const { throttle, fail } = await countingOn(t);
  const known = ['acme', '192.0.2.1'] as const;
  (await throttle.admit(...known))?.succeeded();
  // More than are ever let through.
  for (let guess = 0; guess < 60; guess++) fail('acme', `198.51.${guess}.1`);
  for (let guess = 0; guess < 110; guess++) fail(`login-${guess}`, known[1], 1, false);
  assert.notEqual(await waitOf(throttle, ...known), 'refused');
  // Its own failures do, until it succeeds again.
  fail(...known, 8);
  const turn = await throttle.admit(...known);
  fail(...known, 2);
  assert.equal(await waitOf(throttle, ...known), 'refused');
  turn?.succeeded();
  assert.notEqual(await waitOf(throttle, ...known), 'refused');
});

test('what one process counts the others know within two seconds, and one that starts later at once', async (t) => {
  const { store, start, ...one } = await countingOn(t);
  const other = await start();
  one.fail('acme', '192.0.2.1', 11);
  (await one.throttle.admit('acme', '192.0.2.9'))?.succeeded();
  const guess = other.counters.attempt('acme', '192.0.2.1');
  const deadline = performance.now() + 60_000;
  while (other.counters.failures('pair', guess) < 10) {
    assert.ok(performance.now() < deadline);
    await pause(20);
  }
  assert.equal(await waitOf(other.throttle, 'acme', '192.0.2.1'), 'refused');
  const later = await start();
  assert.equal(await waitOf(later.throttle, 'acme', '192.0.2.1'), 'refused');
  assert.ok(later.counters.hasSucceeded(later.counters.attempt('acme', '192.0.2.9')));
  assert.equal((await store.failedLogins.failures(10))[0]?.failures, 11);
});

test('a name that is no account never comes into the record; and nothing that is tried makes it long', async (t) => {
  const { store, fail, counters } = await countingOn(t);
  for (let guess = 0; guess < 3000; guess++) {
    fail(`password-in-the-wrong-place-${guess}`, `10.${guess >> 8}.${guess & 255}.1`, 1, false);
  }
  await counters.exchange();
  const recorded = await store.failedLogins.failures(10_000);
  assert.ok(recorded.length <= 1001);
  assert.ok(recorded.every(({ loginName }) => loginName === ''));
  assert.equal(
    recorded.reduce((sum, { failures }) => sum + failures, 0),
    3000,
  );
});
