import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore } from '../../src/store/open-store.ts';
import { fillDatabase } from '../fill-database.ts';
import { ACME, runService } from '../running-service.ts';
import { acmeOrder } from '../sample-orders.ts';
import { pageClient } from './page-client.ts';

const ORDER = '/orders/7250060';
const ALLOWED = { 'X-Forwarded-For': '10.1.2.3', 'X-Forwarded-Proto': 'https' };
const ELSEWHERE = { ...ALLOWED, 'X-Forwarded-For': '192.0.2.1' };

test('an account that is bound to addresses is bound in its sessions: at every page, form and open stream', async (t) => {
  const service = await runService(t, { settings: { pages: true, trustProxy: ['127.0.0.1'] } });
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  await store.accounts.setAllowedAddresses(ACME.loginName, ['10.0.0.0/8', '2001:db8::/32']);
  const client = pageClient(service);
  await client.signIn(ACME, ALLOWED);
  const statusOf = async (path: string, headers: typeof ALLOWED) => (await client.get(path, headers)).status;

  assert.equal(await statusOf(ORDER, ALLOWED), 200);
  assert.equal(await statusOf(ORDER, { ...ALLOWED, 'X-Forwarded-For': '2001:db8::7' }), 200);
  for (const path of [ORDER, `${ORDER}/events`, '/passwords', '/look-up?number=7250060']) {
    assert.equal(await statusOf(path, ELSEWHERE), path.endsWith('/events') ? 404 : 303, path);
  }
  assert.match((await client.get('/', ALLOWED)).body, /7250060/);
  assert.doesNotMatch((await client.get('/', ELSEWHERE)).body, /7250060/);
  for (const path of [`${ORDER}/links`, `${ORDER}/links/1/revoke`, '/passwords']) {
    assert.equal((await client.post(path, { days: '7' }, ELSEWHERE)).status, 303, path);
  }
  assert.deepEqual(await store.shareLinks.ofOrder('7250060'), []);
  // The session is not used up by who tries it from elsewhere.
  assert.equal(await statusOf(ORDER, ALLOWED), 200);
});

test('binding an account ends its sessions, and its open pages without a further event', async (t) => {
  const service = await runService(t, { settings: { pages: true, trustProxy: ['127.0.0.1'] } });
  const client = pageClient(service);
  await client.signIn(ACME, ELSEWHERE);
  const events = await client.follow(`${ORDER}/events`, ELSEWHERE);
  const next = async () => (await events.next()).value ?? 'the end';
  let first = '';
  while (!first.includes('event: order')) first += await next();
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  await store.accounts.setAllowedAddresses(ACME.loginName, ['10.0.0.0/8']);
  await fillDatabase(store.orders, [acmeOrder({ orderStatus: 'Cancelled' })]);
  const over = 'The account may not be used from your network any more, so this page no longer changes.';
  assert.equal(await next(), `event: over\ndata: ${JSON.stringify(over)}\n\n`);
  assert.equal((await client.get(ORDER, ELSEWHERE)).status, 303);
});
