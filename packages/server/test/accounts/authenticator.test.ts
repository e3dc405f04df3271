import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Accounts } from '../../src/accounts/accounts.ts';
import { Authenticator } from '../../src/accounts/authenticator.ts';
import { HashQueue } from '../../src/accounts/hash-queue.ts';
import { hashPassword } from '../../src/accounts/password-hash.ts';
import { openStore } from '../../src/store/open-store.ts';
import { emptyDatabase } from '../store/databases.ts';

const QUERY = { orderNumber: '1', queryType: 0 } as const;
const passwordHash = await hashPassword('right');

class CountingQueue extends HashQueue {
  hashes = 0;
  /** What hashes wait for. */
  held: Promise<void> = Promise.resolve();
  override run<Result>(caller: string, hash: () => Promise<Result>): Promise<Result> {
    this.hashes++;
    return super.run(caller, () => this.held.then(hash));
  }
}

/** A login on a real database with the account `acme`, and counts of what each try costs. */
async function countingLogin(t: TestContext) {
  const store = await openStore(await emptyDatabase(t), 'write');
  t.after(() => store.close());
  await store.accounts.add('acme', passwordHash);
  const queue = new CountingQueue();
  let finds = 0;
  let reads = 0;
  let found = () => {};
  const accounts: Accounts = {
    ...store.accounts,
    async find(loginName) {
      finds++;
      const account = await store.accounts.find(loginName);
      found();
      return account;
    },
  };
  const login = new Authenticator(accounts, queue);
  return {
    store,
    login,
    /** No hash begins before so many accounts have been looked up. */
    holdHashes(lookUps: number) {
      let missing = lookUps;
      const { promise, resolve } = Promise.withResolvers<void>();
      queue.held = promise;
      found = () => {
        // The last one's hash is asked for before this comes to pass.
        if (--missing === 0) setImmediate(resolve);
      };
    },
    /** Whether it was let in, and how many hashes, look-ups and reads that took. */
    async attempt(loginName: string, loginPassword: string) {
      const before = { hashes: queue.hashes, finds, reads };
      const result = await login.authenticate({ loginName, loginPassword }, '192.0.2.1', (name) => {
        reads++;
        return store.statusReader.read(name, QUERY);
      });
      const cost = [queue.hashes - before.hashes, finds - before.finds, reads - before.reads];
      return { isIn: !('denied' in result), cost, result };
    },
  };
}

test('the first login costs a hash, a look-up and a read; the next ones the read alone', async (t) => {
  const { attempt } = await countingLogin(t);
  assert.deepEqual((await attempt('acme', 'right')).cost, [1, 1, 1]);
  const again = await attempt('acme', 'right');
  assert.ok(again.isIn);
  assert.deepEqual(again.cost, [0, 0, 1]);
});

test('a verified login is remembered for its address, until a read says that it is no longer good', async (t) => {
  const { attempt, login, store } = await countingLogin(t);
  const right = { loginName: 'acme', loginPassword: 'right' };
  const read = () => store.statusReader.read('acme', QUERY);
  assert.equal(login.remembered(right, '192.0.2.1'), undefined);
  await attempt('acme', 'right');
  for (const loginPassword of ['wrong', 'right ', '', 'RIGHT']) {
    await attempt('acme', loginPassword);
    assert.equal(login.remembered({ loginName: 'acme', loginPassword }, '192.0.2.1'), undefined);
  }
  assert.equal(login.remembered(right, '192.0.2.2'), undefined);
  const remembered = login.remembered(right, '192.0.2.1') ?? assert.fail('it is not remembered');
  assert.ok(login.isStillGood(remembered, await read()));
  await store.accounts.setDisabled('acme', true);
  assert.ok(!login.isStillGood(remembered, await read()));
  assert.equal(login.remembered(right, '192.0.2.1'), undefined);
});

test('a new address has to have its turn, and is remembered only if the account is allowed there', async (t) => {
  const store = await openStore(await emptyDatabase(t), 'write');
  t.after(() => store.close());
  await store.accounts.add('acme', passwordHash);
  await store.accounts.setAllowedAddresses('acme', ['192.0.2.0/24']);
  const turns: string[] = [];
  const throttle = {
    admit: async (_loginName: string, address: string) => {
      turns.push(address);
      const learn = () => {};
      return { failures: 0, failed: learn, failedUnrecorded: learn, succeeded: learn, release: learn };
    },
  };
  const queue = new CountingQueue();
  const login = new Authenticator(store.accounts, queue, throttle);
  const right = { loginName: 'acme', loginPassword: 'right' };
  const isIn = async (address: string) =>
    !('denied' in (await login.authenticate(right, address, (name) => store.statusReader.read(name, QUERY))));
  assert.ok(await isIn('192.0.2.1'));
  assert.ok(await isIn('192.0.2.2'));
  assert.ok(await isIn('192.0.2.2'));
  assert.equal(queue.hashes, 1);
  // Where it is not allowed its password is hashed each time, as a wrong one is.
  assert.ok(!(await isIn('198.51.100.1')));
  assert.ok(!(await isIn('198.51.100.1')));
  assert.equal(login.remembered(right, '198.51.100.1'), undefined);
  assert.equal(queue.hashes, 3);
  assert.deepEqual(turns, ['192.0.2.1', '192.0.2.2', '198.51.100.1', '198.51.100.1']);
});

test('unknown login, wrong password and disabled account each cost one hash and one look-up', async (t) => {
  const { attempt, store } = await countingLogin(t);
  await store.accounts.add('closed', passwordHash);
  await store.accounts.setDisabled('closed', true);
  for (const [loginName, password, isAccount] of [
    ['nobody', 'right', false],
    ['acme', 'wrong', true],
    ['closed', 'right', true],
    ['ACME', 'right', false],
  ] as const) {
    for (let i = 0; i < 2; i++) {
      const { result, cost } = await attempt(loginName, password);
      assert.deepEqual(result, { denied: true, isAccount });
      assert.deepEqual(cost, [1, 1, 0]);
    }
  }
});

test('a changed password and a disabled account count from the very next request on', async (t) => {
  const { attempt, store } = await countingLogin(t);
  assert.ok((await attempt('acme', 'right')).isIn);
  await store.accounts.setPasswordHash('acme', await hashPassword('new'));
  assert.ok(!(await attempt('acme', 'right')).isIn);
  assert.ok((await attempt('acme', 'new')).isIn);
  await store.accounts.setDisabled('acme', true);
  assert.ok(!(await attempt('acme', 'new')).isIn);
  await store.accounts.setDisabled('acme', false);
  assert.ok((await attempt('acme', 'new')).isIn);
});

test('equal logins in flight share one hash', async (t) => {
  const { attempt, holdHashes } = await countingLogin(t);
  holdHashes(5);
  const results = await Promise.all(Array.from({ length: 5 }, () => attempt('acme', 'right')));
  assert.ok(results.every(({ isIn }) => isIn));
  assert.equal(Math.max(...results.map(({ cost }) => cost[0] ?? 0)), 1);
});

test('where a login name ends and its password begins matters', async (t) => {
  const { attempt, store } = await countingLogin(t);
  await store.accounts.add('acm', passwordHash);
  assert.ok((await attempt('acme', 'right')).isIn);
  assert.ok(!(await attempt('acm', 'eright')).isIn);
  assert.ok(!(await attempt('acmer', 'ight')).isIn);
});
