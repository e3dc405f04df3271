/** How many rows people can make the database keep. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openStore } from '../../src/store/open-store.ts';
import { fillDatabase } from '../fill-database.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { emptyDatabase, execute } from './databases.ts';

const HOUR = 3_600_000;

async function open(t: TestContext, database: string) {
  const store = await openStore(database, 'write');
  t.after(() => store.close());
  return store;
}

test('one account, or token, has fifty sessions: a new one ends the oldest', async (t) => {
  const { accounts, tokens, sessions } = await open(t, await emptyDatabase(t));
  await accounts.add('acme', 'a hash');
  const { accountID, credentialVersion } = (await accounts.find('acme')) ?? assert.fail();
  const acme = { kind: 'account', loginName: 'acme', accountID, credentialVersion } as const;
  await tokens.add({ name: 'ops', scope: 'admin', digest: 'd' });
  const ops = { kind: 'token', name: 'ops', scope: 'admin' } as const;
  await sessions.add('ops', ops, Date.now() + HOUR);
  for (let count = 0; count < 50; count++) {
    assert.equal(await sessions.add(`acme ${count}`, acme, Date.now() + HOUR), 0);
    // So that one is the oldest.
    if (count === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal(await sessions.add('one more', acme, Date.now() + HOUR), 1);
  assert.equal(await sessions.find('acme 0'), undefined);
  for (const digest of ['acme 1', 'acme 49', 'one more', 'ops'])
    assert.ok(await sessions.find(digest), digest);
  for (let count = 0; count < 50; count++) await sessions.add(`ops ${count}`, ops, Date.now() + HOUR);
  assert.equal(await sessions.find('ops'), undefined);
  assert.ok(await sessions.find('one more'));
});

test('an order has a hundred share links that work, and an account ten thousand; of those that ended a hundred stay', async (t) => {
  const database = await emptyDatabase(t);
  const { accounts, orders: orderStore, shareLinks } = await open(t, database);
  await accounts.add('acme', 'a hash');
  await accounts.add('other', 'a hash');
  const orders = Array.from({ length: 101 }, (_, index) =>
    acmeOrder({
      account: index === 100 ? 'other' : 'acme',
      orderNumber: String(index + 1),
      certificates: [acmeCertificate({ certificateID: String(index + 1) })],
    }),
  );
  await fillDatabase(orderStore, orders);
  const add = (digest: string, orderNumber: string) => shareLinks.add(digest, orderNumber, Date.now() + HOUR);
  for (let count = 0; count < 100; count++) assert.equal(await add(`1 ${count}`, '1'), 'added');
  assert.equal(await add('1 more', '1'), 'order is full');
  assert.equal(await add('of another order', '2'), 'added');
  // One that works no more makes room, and goes itself when a hundred others have ended since.
  for (let count = 0; count < 102; count++) {
    const [latest] = await shareLinks.ofOrder('1');
    assert.ok(await shareLinks.revoke('1', latest?.linkID ?? 0));
    assert.equal(await add(`1 again ${count}`, '1'), 'added');
  }
  assert.equal((await shareLinks.ofOrder('1')).length, 200);

  // The rest as a customer would make them, but for the time that it takes.
  const expires = Date.now() + HOUR;
  const links = Array.from(
    { length: 9900 },
    (_, index) => `('bulk ${index}', ${(index % 99) + 2}, 0, ${expires})`,
  );
  await execute(
    database,
    `INSERT INTO "shareLink" (digest, "orderNumber", created, expires) VALUES ${links.join(', ')}`,
  );
  assert.equal(await add('one more', '1'), 'order is full');
  const [latest] = await shareLinks.ofOrder('1');
  await shareLinks.revoke('1', latest?.linkID ?? 0);
  assert.equal(await add('one more', '1'), 'account is full');
  assert.equal(await add('of another account', '101'), 'added');
});
