import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { AccountTokenAdmin } from '../../src/accounts/account-token-admin.ts';
import { ACCOUNT_TOKENS_LIMIT } from '../../src/accounts/account-tokens.ts';
import { AdminError } from '../../src/accounts/admin-error.ts';
import { digestOfSecret } from '../../src/accounts/secret.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { emptyDatabase, execute } from '../store/databases.ts';

const NEVER = { expiresAtMs: undefined };

async function accountsOn(t: TestContext) {
  const database = await emptyDatabase(t);
  const store = await openStore(database, 'write');
  t.after(() => store.close());
  for (const loginName of ['acme', 'other']) await store.accounts.add(loginName, 'hash');
  const limits: string[] = [];
  const admin = new AccountTokenAdmin(store, (limit) => limits.push(limit));
  return { database, store, admin, limits };
}

function find({ accountTokens }: Store, token: string) {
  return accountTokens.find(digestOfSecret(token));
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.fail('it was not refused'),
    (refused: unknown) => refused,
  );
  assert.ok(error instanceof AdminError, String(error));
  return `${error.kind}: ${error.message}`;
}

test('a token of an account is found by its digest until it is revoked or the account is disabled', async (t) => {
  const { database, store, admin } = await accountsOn(t);
  const { token, expires } = await admin.create('acme', { name: 'watcher', ...NEVER });
  assert.match(token, /^cosa_[A-Za-z0-9_-]{43}$/);
  assert.equal(expires, undefined);
  assert.ok(!JSON.stringify(await execute(database, 'SELECT * FROM "accountToken"')).includes(token));
  const { tokenID, ...found } = (await find(store, token)) ?? assert.fail();
  assert.deepEqual(found, {
    name: 'watcher',
    scope: 'read',
    expires: undefined,
    accountID: (await store.accounts.find('acme'))?.accountID,
    loginName: 'acme',
    allowedAddresses: [],
  });
  assert.equal(await find(store, 'cosa_other'), undefined);

  // Other changes of the account do not end it.
  await store.accounts.setPasswordHash('acme', 'another hash');
  await store.accounts.setAllowedAddresses('acme', ['10.0.0.0/8']);
  assert.deepEqual((await find(store, token))?.allowedAddresses, ['10.0.0.0/8']);
  await store.accounts.setDisabled('acme', true);
  assert.equal(await find(store, token), undefined);
  await store.accounts.setDisabled('acme', false);
  assert.ok(await find(store, token));

  assert.equal((await admin.list('acme'))[0]?.lastUsed, undefined);
  await store.accountTokens.use(tokenID);
  assert.ok((await admin.list('acme'))[0]?.lastUsed);
  assert.equal(await admin.revoke('acme', 'watcher'), true);
  assert.equal(await admin.revoke('acme', 'watcher'), false);
  assert.equal(await find(store, token), undefined);
});

test('a name is taken until its token is revoked, in one account', async (t) => {
  const { admin } = await accountsOn(t);
  const soon = Math.ceil(Date.now() / 1000) * 1000 + 3_600_000;
  await admin.create('acme', { name: 'b', expiresAtMs: soon });
  await admin.create('other', { name: 'b', ...NEVER });
  assert.equal(
    await refusal(admin.create('acme', { name: 'b', ...NEVER })),
    "already-exists: account 'acme' has a token 'b' already; revoke it, or choose another name",
  );
  await admin.revoke('acme', 'b');
  await admin.create('acme', { name: 'b', ...NEVER });
  await admin.create('acme', { name: 'a', ...NEVER });
  const listed = await admin.list('acme');
  assert.deepEqual(
    listed.map(({ name, scope, expires, revoked }) => [
      name,
      scope,
      expires !== undefined,
      revoked !== undefined,
    ]),
    [
      ['a', 'read', false, false],
      ['b', 'read', false, false],
      ['b', 'read', true, true],
    ],
  );
  assert.equal((await admin.list('other')).length, 1);
});

test('what names no account, no token or no valid name is refused', async (t) => {
  const { admin } = await accountsOn(t);
  const missing = "not-found: there is no account 'missing' (login names are case-sensitive)";
  assert.equal(await refusal(admin.create('missing', { name: 'x', ...NEVER })), missing);
  assert.equal(await refusal(admin.list('missing')), missing);
  assert.equal(await refusal(admin.revoke('missing', 'x')), missing);
  assert.equal(await refusal(admin.revoke('acme', 'x')), "not-found: account 'acme' has no token 'x'");
  assert.equal(
    await refusal(admin.create('acme', { name: 'x'.repeat(65), ...NEVER })),
    'invalid: the name must be at most 64 characters long',
  );
  assert.equal(
    await refusal(admin.create('acme', { name: 'x', expiresAtMs: Date.now() - 1 })),
    'invalid: the expiry is in the past',
  );
});

test('an account has a limited number of valid tokens, however they are added, and keeps a hundred that have ended', async (t) => {
  const { database, store, admin, limits } = await accountsOn(t);
  const add = (name: number) => admin.create('acme', { name: String(name), ...NEVER });
  for (let name = 1; name < ACCOUNT_TOKENS_LIMIT; name++) await add(name);
  const both = await Promise.allSettled([add(ACCOUNT_TOKENS_LIMIT), add(ACCOUNT_TOKENS_LIMIT + 1)]);
  assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
  assert.match(
    await refusal(add(1000)),
    /^limit-reached: an account has at most 50 valid tokens; revoke one that is not in use$/,
  );
  assert.deepEqual(limits, ['accountTokens', 'accountTokens']);
  await admin.create('other', { name: 'x', ...NEVER });

  // One that is revoked makes room, and so does one that has expired.
  await admin.revoke('acme', '1');
  await add(2000);
  await execute(database, `UPDATE "accountToken" SET expires = created WHERE name = '2000'`);
  await add(2001);
  const { accountID } = (await store.accounts.find('acme')) ?? assert.fail();
  const rows = Array.from(
    { length: 150 },
    (_, index) => `(${accountID}, 'e${index}', 'read', 'd${index}', 0, 0)`,
  );
  await execute(
    database,
    `INSERT INTO "accountToken" ("accountID", name, scope, digest, created, expires) VALUES ${rows.join(', ')}`,
  );
  await admin.revoke('acme', '2');
  await add(2002);
  const listed = await admin.list('acme');
  assert.equal(listed.length, ACCOUNT_TOKENS_LIMIT + 100);
  assert.ok(listed.some(({ name }) => name === '2002'));
});
