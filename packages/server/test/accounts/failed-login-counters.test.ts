import assert from 'node:assert/strict';
import { mock, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { runs } from '../../../protocol/test/runs.ts';
import { FailedLoginCounters } from '../../src/accounts/failed-login-counters.ts';
import type { FailedLogins as StoredCounters } from '../../src/accounts/failed-logins.ts';
import { openStore } from '../../src/store/open-store.ts';
import { emptyDatabase, execute } from '../store/databases.ts';

const MINUTE = 60_000;

/** What becomes of an exchange. */
type Fate = 'works' | 'fails' | 'works, but the answer is lost';

/** Counters on a real database, whose exchanges fail as they are told to; time stands still unless it is moved. */
async function failingOn(t: TestContext) {
  const database = await emptyDatabase(t);
  const store = await openStore(database, 'write');
  mock.timers.enable({ apis: ['Date'], now: 1_780_000_000_000 });
  let fate: Fate = 'works';
  let during = () => {};
  const stored: StoredCounters = {
    ...store.failedLogins,
    async exchange(...given) {
      const done = fate === 'fails' ? undefined : await store.failedLogins.exchange(...given);
      during();
      if (done === undefined || fate !== 'works') throw new Error('the database is away');
      return done;
    },
  };
  const started: FailedLoginCounters[] = [];
  t.after(async () => {
    for (const counters of started) await counters.stop();
    mock.timers.reset();
    await store.close();
  });
  return {
    store,
    async start() {
      await execute(database, 'DELETE FROM "loginFailure"');
      await execute(database, 'DELETE FROM "guessCounter"');
      const counters = await FailedLoginCounters.start(stored, () => {});
      started.push(counters);
      return counters;
    },
    /** Exchanges, with the fate that is given, and what happens while it lasts. */
    async exchange(counters: FailedLoginCounters, its: Fate, meanwhile: () => void = () => {}) {
      [fate, during] = [its, meanwhile];
      await counters.exchange();
      [fate, during] = ['works', () => {}];
    },
  };
}

test('whatever exchanges fail, and whatever fails to log in meanwhile, nothing that was counted is lost or counted twice', async (t) => {
  const { store, start, exchange } = await failingOn(t);
  const tries = fc.array(
    fc.record({ login: fc.integer({ min: 0, max: 3 }), address: fc.integer({ min: 0, max: 3 }) }),
    { maxLength: 4 },
  );
  const step = fc.record({
    before: tries,
    fate: fc.constantFrom<Fate>('works', 'fails', 'fails'),
    meanwhile: tries,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
      const counters = await start();
      const expected = new Map<string, number>();
      const fail = (given: (typeof steps)[number]['before']) => {
        for (const { login, address } of given) {
          const [loginName, from] = [`login-${login}`, `192.0.${address}.1`];
          counters.countFailure(counters.attempt(loginName, from), true);
          for (const key of [`${loginName} ${from}`, loginName, from]) {
            expected.set(key, (expected.get(key) ?? 0) + 1);
          }
        }
      };
      const check = () => {
        for (const [key, count] of expected) {
          const [loginName = '', from = ''] = key.split(' ');
          const kind = from !== '' ? 'pair' : loginName.startsWith('login') ? 'login' : 'address';
          const guess = counters.attempt(loginName, from || loginName);
          assert.ok(Math.abs(counters.failures(kind, guess) - count) < 1e-6, key);
        }
      };
      for (const { before, fate, meanwhile } of steps) {
        fail(before);
        await exchange(counters, fate, () => {
          fail(meanwhile);
          check();
        });
        check();
      }
      await counters.stop();
      check();
      const recorded = await store.failedLogins.failures(10_000);
      assert.deepEqual(
        new Map(recorded.map((each) => [`${each.loginName} ${each.address}`, each.failures])),
        new Map([...expected].filter(([key]) => key.includes(' '))),
      );
    }),
    { numRuns: runs(40) },
  );
});

test('when the database has counted and could not say so, failures count twice, at most', async (t) => {
  const { start, exchange } = await failingOn(t);
  const counters = await start();
  const guess = counters.attempt('acme', '192.0.2.1');
  for (let count = 0; count < 3; count++) counters.countFailure(guess, true);
  await exchange(counters, 'works, but the answer is lost');
  assert.equal(Math.round(counters.failures('pair', guess)), 3);
  await exchange(counters, 'works');
  assert.equal(Math.round(counters.failures('pair', guess)), 6);
});

test('a success that comes while an exchange fails sets the counter to zero all the same, and failures after it count', async (t) => {
  const { start, exchange } = await failingOn(t);
  const counters = await start();
  const guess = counters.attempt('acme', '192.0.2.1');
  for (let count = 0; count < 4; count++) counters.countFailure(guess, true);
  await exchange(counters, 'fails', () => {
    counters.countSuccess(guess);
    counters.countFailure(guess, true);
  });
  assert.equal(counters.failures('pair', guess), 1);
  await exchange(counters, 'fails', () => counters.countFailure(guess, true));
  await exchange(counters, 'works');
  assert.equal(counters.failures('pair', guess), 2);
  assert.equal(counters.failures('login', guess), 6);
  assert.ok(counters.hasSucceeded(guess));
});

test('however long the database is away, what waits for it does not grow, and failures are forgotten with time', async (t) => {
  const { store, start, exchange } = await failingOn(t);
  const counters = await start();
  let address = 0;
  const fail = () => {
    for (let count = 0; count < 1500; count++, address++) {
      counters.countFailure(counters.attempt('acme', `10.${address >> 16}.${(address >> 8) & 255}.1`), true);
    }
  };
  for (let second = 0; second < 5; second++) await exchange(counters, 'fails', fail);
  const guess = counters.attempt('acme', '192.0.2.1');
  counters.countFailure(guess, true);
  mock.timers.tick(10 * MINUTE);
  assert.equal(Math.round(counters.failures('pair', guess) * 100), 50);
  let sent: readonly unknown[] = [];
  const { exchange: really } = store.failedLogins;
  t.mock.method(store.failedLogins, 'exchange', (...given: Parameters<typeof really>) => {
    sent = given[1];
    return really(...given);
  });
  await exchange(counters, 'works');
  assert.ok(sent.length <= 1001, `${sent.length}`);
  mock.timers.tick(21 * MINUTE);
  assert.ok(counters.failures('pair', guess) < 0.12);
  assert.equal(
    (await store.failedLogins.failures(10_000)).reduce((sum, { failures }) => sum + failures, 0),
    7501,
  );
});

test('a guess does not pass for known because thousands of others are', async (t) => {
  const { start } = await failingOn(t);
  const counters = await start();
  const pairs = 20_000;
  for (let pair = 0; pair < pairs; pair++) {
    counters.countSuccess(counters.attempt(`customer-${pair}`, `10.${pair >> 8}.${pair & 255}.1`));
  }
  let passing = 0;
  for (let guess = 0; guess < 2000; guess++) {
    const address = `198.51.${guess >> 8}.${guess & 255}`;
    if (counters.hasSucceeded(counters.attempt('customer-1', address))) passing++;
  }
  // One in two hundred is what chance gives, 10; with as many counters as failures have it would be one in four.
  assert.ok(passing < 50, `${passing}`);
  assert.ok(counters.hasSucceeded(counters.attempt('customer-7', '10.0.7.1')));
});
