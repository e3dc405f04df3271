import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { FailedLoginCounters } from '../../src/accounts/failed-login-counters.ts';
import { HashQueueFull } from '../../src/accounts/hash-queue.ts';
import { LoginThrottle } from '../../src/accounts/login-throttle.ts';
import { OperatorLoginLog } from '../../src/accounts/operator-login-log.ts';
import type { OperatorLogin } from '../../src/accounts/operator-logins.ts';
import { digestOfSecret } from '../../src/accounts/secret.ts';
import { newToken } from '../../src/accounts/token-admin.ts';
import { TokenLogin } from '../../src/accounts/token-login.ts';
import { openStore } from '../../src/store/open-store.ts';
import { emptyDatabase } from '../store/databases.ts';

/** A database with an admin's token, and logins with tokens that have their turn at once or not at all. */
async function tokenLoginOn(t: TestContext) {
  // Hooks run in their order, and this one must come before the one that takes the database away.
  let stop = async () => {};
  t.after(() => stop());
  const store = await openStore(await emptyDatabase(t), 'write');
  const fail = (error: unknown) => assert.fail(String(error));
  const guesses = await FailedLoginCounters.start(store.failedLogins, fail);
  const log = new OperatorLoginLog(store.operatorLogins, fail);
  stop = async () => {
    await guesses.stop();
    await log.stop();
    await store.close();
  };
  const admin = newToken();
  await store.tokens.add({ name: 'admin', scope: 'admin', digest: digestOfSecret(admin) });
  let lookUps = 0;
  const find = store.tokens.find.bind(store.tokens);
  t.mock.method(store.tokens, 'find', (digest: string) => {
    lookUps++;
    return find(digest);
  });
  const start = () => new TokenLogin(store.tokens, new LoginThrottle(guesses, undefined, 0), log);
  return {
    store,
    log,
    admin,
    lookUps: () => lookUps,
    start,
    async outcomeOf(login: TokenLogin, token: string, surface: OperatorLogin['surface'], address: string) {
      try {
        return (await login.check(token, surface, address, () => true)).outcome;
      } catch (error) {
        assert.ok(error instanceof HashQueueFull);
        return 'no turn';
      }
    },
  };
}

test('500 failed sign-ins to the console from 500 addresses: 40 are looked up, and the record has an entry for each', async (t) => {
  const { store, log, start, outcomeOf, lookUps } = await tokenLoginOn(t);
  const login = start();
  await Promise.all(
    Array.from({ length: 500 }, (_, index) =>
      outcomeOf(login, newToken(), 'console', `10.${index >> 8}.${index & 255}.1`),
    ),
  );
  assert.ok(lookUps() <= 45, `${lookUps()}`);
  await log.stop();
  assert.ok((await store.operatorLogins.list(10_000)).length <= 45);
});

test('failed sign-ins of one address are one entry an hour, and those that are good one each', async (t) => {
  const { store, log, start, outcomeOf, admin } = await tokenLoginOn(t);
  const login = start();
  for (let count = 0; count < 10; count++) await outcomeOf(login, newToken(), 'console', '192.0.2.1');
  for (let count = 0; count < 2; count++) {
    assert.equal(await outcomeOf(login, admin, 'console', '192.0.2.2'), 'good');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await log.stop();
  const listed = await store.operatorLogins.list(10_000);
  const failed = listed.filter(({ succeeded }) => !succeeded);
  assert.ok(failed.length <= 2 && failed.every(({ at }) => at.endsWith(':00:00.000Z')));
  assert.equal(listed.filter(({ succeeded }) => succeeded).length, 2);
});

test('a token that was good at an address is looked at there whatever else comes from it, after a restart as well', async (t) => {
  const { store, start, outcomeOf, admin } = await tokenLoginOn(t);
  const login = start();
  assert.equal(await outcomeOf(login, admin, 'api', '192.0.2.1'), 'good');
  for (let count = 0; count < 40; count++) await outcomeOf(login, newToken(), 'api', '192.0.2.1');
  assert.equal(await outcomeOf(login, newToken(), 'api', '192.0.2.1'), 'no turn');
  assert.equal(await outcomeOf(login, admin, 'api', '192.0.2.1'), 'good');
  // What is remembered is with the counters, not with one process.
  assert.equal(await outcomeOf(start(), admin, 'api', '192.0.2.1'), 'good');
  await store.tokens.revoke('admin');
  assert.equal(await outcomeOf(login, admin, 'api', '192.0.2.1'), 'bad');
});
