/**
 * What docs/security.md promises about brute force from many addresses. The clock of the counters is moved by the
 * tests.
 */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Authenticator } from '../../src/accounts/authenticator.ts';
import { FailedLoginCounters } from '../../src/accounts/failed-login-counters.ts';
import { HashQueue, HashQueueFull } from '../../src/accounts/hash-queue.ts';
import { LoginThrottle, type Turn } from '../../src/accounts/login-throttle.ts';
import { openStore } from '../../src/store/open-store.ts';
import { ACME, ACME_HASH } from '../running-service.ts';
import { execute } from '../store/databases.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const LOGIN = ACME.loginName;

/** With which no address of these tests shares a counter with another, 32 bytes in hex. */
const KEY = '01'.repeat(32);

/** Address number N: each in a network of its own. */
const addressOf = (index: number) => `10.${index >> 8}.${index & 255}.7`;

/** A database, and as many processes as are wanted on it. */
async function throttlesOn(t: TestContext) {
  t.mock.timers.enable({ apis: ['Date'], now: 1_780_000_000_000 });
  const database = `sqlite:${temporaryFolder(t)}/orders.db`;
  const store = await openStore(database, 'write');
  // Drawn by chance, the key would let some of these addresses share counters in one run of ten.
  await execute(database, `UPDATE guessKey SET value = '${KEY}'`);
  await store.accounts.add(LOGIN, ACME_HASH);
  const all: FailedLoginCounters[] = [];
  t.after(async () => {
    for (const counters of all) await counters.stop();
    await store.close();
  });
  return {
    store,
    async process(longestTurnWaitMs = 0) {
      const counters = await FailedLoginCounters.start(store.failedLogins, (error) =>
        assert.fail(String(error)),
      );
      all.push(counters);
      return { counters, throttle: new LoginThrottle(counters, undefined, longestTurnWaitMs) };
    },
    pass: (milliseconds: number) => t.mock.timers.tick(milliseconds),
  };
}

/** A turn, if there is one now. */
async function turnNow(
  throttle: LoginThrottle,
  address: string,
  loginName = LOGIN,
): Promise<Turn | undefined> {
  try {
    return await throttle.admit(loginName, address);
  } catch (error) {
    assert.ok(error instanceof HashQueueFull);
    return undefined;
  }
}

/** A good login, which must have a turn at once. */
async function succeed(throttle: LoginThrottle, address: string, loginName?: string): Promise<void> {
  const turn = await turnNow(throttle, address, loginName);
  assert.ok(turn !== undefined, `${address} has no turn`);
  turn.succeeded();
}

/** Each address tries at once; those that have a turn fail. How many had one. */
async function guesses(throttle: LoginThrottle, addresses: readonly string[]): Promise<number> {
  const turns = await Promise.all(addresses.map((address) => turnNow(throttle, address)));
  let made = 0;
  for (const turn of turns) {
    if (turn === undefined) continue;
    made++;
    turn.failed(true);
  }
  return made;
}

const range = (from: number, until: number) =>
  Array.from({ length: until - from }, (_, index) => addressOf(from + index));

test('500 addresses guess a login at once: 40 guesses are looked at, and then 55 a minute at most', async (t) => {
  const { process, pass } = await throttlesOn(t);
  const { throttle } = await process();
  assert.equal(await guesses(throttle, range(0, 500)), 40);
  assert.equal(await guesses(throttle, range(500, 1000)), 0);
  let made = 0;
  for (let passed = 0; passed < 2 * MINUTE; passed += SECOND / 5) {
    pass(SECOND / 5);
    made += await guesses(throttle, range(1000 + made, 1000 + made + 2));
  }
  assert.ok(made <= 2 * 55.5 && made > 40, `${made}`);
});

test('500 addresses that have all failed before have ten guesses a minute together', async (t) => {
  const { process, pass } = await throttlesOn(t);
  const { throttle, counters } = await process();
  const addresses = range(0, 500);
  for (const address of addresses) counters.countFailure(counters.attempt('another', address), true);
  let made = 0;
  for (let minute = 0; minute < 40; minute++) {
    for (const part of [0, 100, 200, 300, 400]) {
      pass(MINUTE / 5);
      made += await guesses(throttle, addresses.slice(part, part + 100));
    }
  }
  assert.ok(made <= 150 + 40 * 10.4, `${made}`);
});

test('in flight or not, ten guesses of one login from one address are looked at, and 40 of a login', async (t) => {
  const { store, process } = await throttlesOn(t);
  const { throttle } = await process(200);
  let hashed = 0;
  const login = new Authenticator(store.accounts, new HashQueue({ concurrency: 2 }), throttle, (outcome) => {
    if (outcome === 'denied') hashed++;
  });
  const attempt = async (address: string, loginPassword: string) => {
    try {
      const read = async () => ({ account: await store.accounts.find(LOGIN) });
      const result = await login.authenticate({ loginName: LOGIN, loginPassword }, address, read as never);
      return 'throttled' in result ? 'refused' : 'looked at';
    } catch (error) {
      assert.ok(error instanceof HashQueueFull);
      return 'no turn';
    }
  };
  for (let round = 0; round < 5; round++) {
    await Promise.all(Array.from({ length: 4 }, (_, guess) => attempt(addressOf(0), `${round} ${guess}`)));
  }
  assert.ok(hashed <= 10, `${hashed}`);
  await Promise.all(range(1, 500).map((address, guess) => attempt(address, `guess ${guess}`)));
  assert.ok(hashed <= 40, `${hashed}`);
  // The hash queue itself has no turn for some of so many.
  assert.ok(hashed > 10, `${hashed}`);
});

test('five addresses that guess for a quarter of an hour keep nobody at a new address waiting, nor do fifteen', async (t) => {
  for (const attackers of [5, 15]) {
    await t.test(`${attackers}`, async (t) => {
      const { process, pass } = await throttlesOn(t);
      const { throttle, counters } = await process();
      const addresses = range(0, attackers);
      let newcomers = 0;
      for (let second = 0; second < 15 * 60; second += 5) {
        await guesses(throttle, addresses);
        // The worst that they can do, whatever they had to wait for.
        for (const address of addresses) {
          const guess = counters.attempt(LOGIN, address);
          if (counters.failures('pair', guess) <= 9 && counters.failures('pace', guess) <= 19) {
            counters.countFailure(guess, true);
          }
        }
        await succeed(throttle, addressOf(1000 + newcomers));
        newcomers++;
        pass(5 * SECOND);
      }
    });
  }
});

test('whoever has mistaped once has a turn all the same', async (t) => {
  const { process, pass } = await throttlesOn(t);
  const { throttle } = await process();
  for (let second = 0; second < 60; second += 5) {
    await guesses(throttle, range(0, 5));
    pass(5 * SECOND);
  }
  assert.equal(await guesses(throttle, [addressOf(1000)]), 1);
  await succeed(throttle, addressOf(1000));
});

test('each guessing address holds up a new one by one guess at most, however long it goes on', async (t) => {
  const { process, pass } = await throttlesOn(t);
  const { throttle } = await process();
  // Those that have not failed yet come first, each second.
  const fresh = range(0, 120);
  const failed: string[] = [];
  let isIn = false;
  for (let seconds = 0; fresh.length > 0 || !isIn; seconds++) {
    assert.ok(seconds < 120 / 0.9, 'it never had a turn');
    failed.push(...fresh.splice(0, await guesses(throttle, fresh)));
    const turn: Turn | undefined = isIn ? undefined : await turnNow(throttle, addressOf(1000));
    turn?.succeeded();
    isIn ||= turn !== undefined;
    await guesses(throttle, failed);
    pass(SECOND);
  }
  // They go on, and no new address waits any more.
  for (let more = 0; more < 60; more++) {
    pass(SECOND);
    await guesses(throttle, failed);
    await succeed(throttle, addressOf(2000 + more));
  }
});

test('the /64 blocks of one /48 have a few turns as new addresses, and then those of one that has failed', async (t) => {
  const { process } = await throttlesOn(t);
  const { throttle } = await process();
  const blocks = Array.from({ length: 200 }, (_, index) => `2001:db8:1:${index.toString(16)}::1`);
  let made = 0;
  for (const block of blocks) made += await guesses(throttle, [block]);
  assert.ok(made <= 20, `${made}`);
  await succeed(throttle, '2001:db8:2::1');
});

test('two processes look at 40 guesses each before they have told one another, and then at no more than one', async (t) => {
  const { process, pass } = await throttlesOn(t);
  const [one, other] = [await process(), await process()];
  const both = async (from: number) =>
    (await guesses(one.throttle, range(from, from + 60))) +
    (await guesses(other.throttle, range(from + 60, from + 120)));
  const exchange = async () => {
    for (const { counters } of [one, other, one]) await counters.exchange();
  };
  assert.equal(await both(0), 80);
  await exchange();
  assert.equal(await both(200), 0);
  // The pace that they share: at most 40 + 2 for each process, halved every 30 seconds.
  let made = 0;
  for (let second = 0; second < 120; second++) {
    pass(SECOND);
    made += await both(1000 + second * 130);
    if (second % 2 === 1) await exchange();
  }
  assert.ok(made <= 2 * 1.39 * (40 + 2 * 2), `${made}`);
  assert.ok(made > 0);
});

test('good logins in flight are no failures: a hundred from one address at once are all let through in their turn', async (t) => {
  const { process } = await throttlesOn(t);
  const { throttle } = await process(5000);
  const turns: Turn[] = [];
  for (let count = 0; count < 15; count++) {
    // Other logins, as those of a hoster's customers.
    const turn = await turnNow(throttle, addressOf(0), `login-${count}`);
    turns.push(turn ?? assert.fail());
  }
  for (const turn of turns) turn.succeeded();
  for (let count = 15; count < 100; count++) {
    await succeed(throttle, addressOf(0), `login-${count}`);
  }
});
