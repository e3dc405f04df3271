/** Cookies of several services on one host, which a browser sends to all of them. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { digestOfSecret, newSecret } from '../../src/accounts/secret.ts';
import { openStore } from '../../src/store/open-store.ts';
import { runManagedService } from '../management-api/managed-service.ts';
import type { RunOptions } from '../running-service.ts';
import { acmeOrder } from '../sample-orders.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { pageClient } from './page-client.ts';

async function run(t: TestContext, options: RunOptions = {}) {
  const settings = { pages: true };
  const service = await runManagedService(t, { orders: [acmeOrder()], ...options, settings });
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  const makeLink = async () => {
    const secret = newSecret();
    await store.shareLinks.add(digestOfSecret(secret), '7250060', Date.now() + 60_000);
    return secret;
  };
  return { service, store, makeLink, console: { port: service.managementPort ?? 0 } };
}

test('one browser is signed in to two services on one host, and to the consoles of both, and keeps links of both', async (t) => {
  const cookies = new Map<string, string>();
  const visits: [ReturnType<typeof pageClient>, string][] = [];
  // Two databases that were made apart, not copies of one.
  const apart = { database: `sqlite:${join(temporaryFolder(t), 'orders.db')}` };
  const services = [await run(t), await run(t, apart)];
  for (const { service, console, makeLink } of services) {
    const checker = pageClient(service, cookies);
    await checker.signIn();
    const operator = pageClient(console, cookies);
    assert.equal((await operator.post('/console/sign-in', { token: service.tokens.admin })).status, 303);
    // Both have the number 1.
    const opened = await checker.get(`/s/${await makeLink()}`);
    assert.equal(opened.headers['location'], '/shared/1');
    visits.push([checker, '/orders/7250060'], [operator, '/console/orders'], [checker, '/shared/1']);
  }
  assert.equal(cookies.size, 6);
  const statuses = () => Promise.all(visits.map(async ([client, path]) => (await client.get(path)).status));
  assert.deepEqual(await statuses(), [200, 200, 200, 200, 200, 200]);

  const [[first] = []] = visits;
  await first?.post('/sign-out', {});
  assert.equal(cookies.size, 5);
  assert.deepEqual(await statuses(), [404, 200, 200, 200, 200, 200]);
});

test('nodes of one database share cookies, over a restart and a new epoch', async (t) => {
  const { service, store, makeLink } = await run(t);
  const client = pageClient(service);
  await client.signIn();
  await client.get(`/s/${await makeLink()}`);
  const names = [...client.cookies.keys()];
  const { database } = service;
  const other = pageClient((await run(t, { orders: [], database })).service, client.cookies);
  assert.deepEqual(
    [(await other.get('/orders/7250060')).status, (await other.get('/shared/1')).status],
    [200, 200],
  );
  await other.signIn();
  await other.get(`/s/${await makeLink()}`);
  assert.deepEqual([...client.cookies.keys()].toSorted(), names.toSorted());

  await store.history.renewEpoch();
  const later = pageClient((await run(t, { orders: [], database })).service, client.cookies);
  for (const path of ['/orders/7250060', '/shared/1', '/shared/2'])
    assert.equal((await later.get(path)).status, 200);
  await later.post('/sign-out', {});
  for (const each of [client, later]) assert.equal((await each.get('/orders/7250060')).status, 404);
  assert.equal(client.cookies.size, 1);
});

test('a cookie with the name that an earlier version used works, and signing out ends and clears it', async (t) => {
  const { service, makeLink } = await run(t);
  const client = pageClient(service);
  await client.signIn();
  await client.get(`/s/${await makeLink()}`);
  const values = [...client.cookies.values()];
  client.cookies.clear();
  for (const [index, name] of ['__Host-orders', '__Host-links'].entries())
    client.cookies.set(name, values[index] ?? '');
  assert.deepEqual(
    [(await client.get('/orders/7250060')).status, (await client.get('/shared/1')).status],
    [200, 200],
  );
  // What an earlier cookie of links holds goes into the new one.
  await client.get(`/s/${await makeLink()}`);
  client.cookies.delete('__Host-links');
  assert.equal((await client.get('/shared/1')).status, 200);
  await client.post('/sign-out', {});
  assert.deepEqual(
    [...client.cookies.keys()].map((name) => name.slice(0, 13)),
    ['__Host-links-'],
  );
  client.cookies.set('__Host-orders', values[0] ?? '');
  assert.equal((await client.get('/orders/7250060')).status, 303);
});

test('of more cookies than are read, the service still finds its own', async (t) => {
  const { service } = await run(t);
  const client = pageClient(service);
  await client.signIn();
  const own = [...client.cookies];
  client.cookies.clear();
  const others = Array.from({ length: 60 }, (_, index) => `__Host-orders-${String(index).padStart(8, '0')}`);
  for (const name of others) client.cookies.set(name, newSecret());
  for (const [name, value] of own) client.cookies.set(name, value);
  assert.equal((await client.get('/orders/7250060')).status, 200);
  // Under a name that is not its own, it is one of many, and not looked for in all.
  for (const [name, value] of own) {
    client.cookies.delete(name);
    client.cookies.set('__Host-orders-ffffffff', value);
  }
  assert.equal((await client.get('/orders/7250060')).status, 404);
});
