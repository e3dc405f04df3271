/** What a browser keeps of the share links that are opened in it. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { digestOfSecret, newSecret } from '../../src/accounts/secret.ts';
import { openStore } from '../../src/store/open-store.ts';
import { runService } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { type PageClient, pageClient } from './page-client.ts';

const HOUR = 3_600_000;
/** What nginx takes of a header line by default, and browsers of a cookie. */
const COOKIE_HEADER_LIMIT = 4096;

const ORDERS = Array.from({ length: 40 }, (_, index) => String(index + 1));

async function runWithLinks(t: TestContext) {
  const orders = ORDERS.map((orderNumber) =>
    acmeOrder({ orderNumber, certificates: [acmeCertificate({ certificateID: orderNumber })] }),
  );
  const service = await runService(t, { orders, settings: { pages: true } });
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  /** Makes a link; what stands in its address after `/s/`. */
  const makeLink = async (orderNumber: string, lifetime = 7 * 24 * HOUR) => {
    const secret = newSecret();
    await store.shareLinks.add(digestOfSecret(secret), orderNumber, Date.now() + lifetime);
    return secret;
  };
  return { service, store, makeLink, client: pageClient(service) };
}

/** Opens a link; the address that it leads to, and the cookies that come with it. */
async function open(client: PageClient, secret: string) {
  const { status, headers } = await client.get(`/s/${secret}`);
  assert.equal(status, 303);
  return { path: String(headers['location']), set: [headers['set-cookie'] ?? []].flat() };
}

test('with 200 links opened in one browser every page works, and one cookie holds the latest of them', async (t) => {
  const { client, makeLink } = await runWithLinks(t);
  const opened: { secret: string; path: string }[] = [];
  for (let count = 0; count < 200; count++) {
    const secret = await makeLink(ORDERS[count % ORDERS.length] as string);
    const { path } = await open(client, secret);
    opened.push({ secret, path });
    assert.equal(client.cookies.size, 1);
    assert.ok(client.cookieHeader().length < COOKIE_HEADER_LIMIT, `${client.cookieHeader().length} bytes`);
  }
  const statusOf = async (path: string) => (await client.get(path)).status;
  for (const { path } of opened.slice(-20)) assert.equal(await statusOf(path), 200);
  assert.equal(await statusOf('/'), 200);
  await client.signIn();
  for (const path of ['/', '/orders/1', '/passwords']) assert.equal(await statusOf(path), 200);

  // The oldest is opened again, from its address; however often, it is there once.
  const [oldest, second] = opened;
  assert.ok(oldest && second);
  assert.equal(await statusOf(oldest.path), 404);
  const before = client.cookieHeader().length;
  for (let count = 0; count < 3; count++) assert.equal((await open(client, oldest.secret)).path, oldest.path);
  assert.equal(await statusOf(oldest.path), 200);
  assert.ok(client.cookieHeader().length <= before);
  for (const { path } of opened.slice(-19)) assert.equal(await statusOf(path), 200);
  assert.equal(await statusOf(second.path), 404);
});

test('the cookie lasts as long as the longest link in it, and no longer', async (t) => {
  const { client, makeLink } = await runWithLinks(t);
  const secondsOf = async (lifetime: number) => {
    const { set } = await open(client, await makeLink('1', lifetime));
    assert.equal(set.length, 1);
    const pattern =
      /^__Host-links-[0-9a-f]{8}=[^;]+; Max-Age=([0-9]+); Path=\/; HttpOnly; Secure; SameSite=Lax$/;
    return Number(pattern.exec(set[0] as string)?.[1]);
  };
  const isAbout = (seconds: number, lifetime: number) => {
    assert.ok(seconds <= lifetime / 1000 && seconds > lifetime / 1000 - 30, `${seconds} s`);
  };
  isAbout(await secondsOf(HOUR), HOUR);
  isAbout(await secondsOf(3 * HOUR), 3 * HOUR);
  isAbout(await secondsOf(2 * HOUR), 3 * HOUR);
});

test('what the cookie says is not believed: a link ends when the database says so, and shows its own order', async (t) => {
  const { client, store, makeLink } = await runWithLinks(t);
  const first = await open(client, await makeLink('1'));
  const second = await open(client, await makeLink('2'));
  const [name = '', cookie = ''] = [...client.cookies].at(-1) ?? [];
  assert.match(name, /^__Host-links-[0-9a-f]{8}$/);
  const [firstID, secondID] = [first, second].map(({ path }) => path.slice('/shared/'.length)) as [
    string,
    string,
  ];
  const [latest = '', earlier = ''] = cookie.split('~');
  assert.match(latest, new RegExp(`^${secondID}\\.`));
  assert.match(earlier, new RegExp(`^${firstID}\\.`));

  client.cookies.set(name, latest.replace(secondID, firstID));
  assert.equal((await client.get(first.path)).status, 404);
  for (const nonsense of ['', '~', '1.2.3', `${firstID}..9`, 'x'.repeat(3000), '~'.repeat(3000), '%']) {
    client.cookies.set(name, nonsense);
    assert.equal((await client.get(first.path)).status, 404);
  }
  client.cookies.set(name, cookie);
  assert.equal((await client.get(first.path)).status, 200);
  await store.shareLinks.revoke('1', Number(firstID));
  assert.equal((await client.get(first.path)).status, 404);

  // One that has ended makes room when the next is opened.
  client.cookies.set(name, [latest, earlier.replace(/[0-9]+$/, '1')].join('~'));
  await open(client, await makeLink('3'));
  assert.equal((client.cookies.get(name) ?? '').split('~').length, 2);
});

test('cookies of the version that had one for each link are taken away, a few with each page', async (t) => {
  const { client, makeLink } = await runWithLinks(t);
  for (let linkID = 1; linkID <= 100; linkID++) client.cookies.set(`__Host-link-${linkID}`, newSecret());
  const { path } = await open(client, await makeLink('1'));
  for (let visits = 0; visits < 4; visits++) {
    const { status, headers } = await client.get(path);
    assert.equal(status, 200);
    // Proxies limit the headers of answers, too.
    assert.ok([headers['set-cookie'] ?? []].flat().join('').length < COOKIE_HEADER_LIMIT);
  }
  assert.equal(client.cookies.size, 1);
  assert.match(client.cookieHeader(), /^__Host-links-[0-9a-f]{8}=/);
  assert.equal((await client.get(path)).headers['set-cookie'], undefined);
});

test('an order with a hundred links that work gets no other, and the page says what to do', async (t) => {
  const { client, makeLink } = await runWithLinks(t);
  await client.signIn();
  for (let count = 0; count < 99; count++) await makeLink('1');
  assert.equal((await client.post('/orders/1/links', { days: '7' })).status, 201);
  const { status, body } = await client.post('/orders/1/links', { days: '7' });
  assert.equal(status, 409);
  assert.match(body, /this order has 100 links that work, the most that an order may have\. Revoke one/);
  assert.doesNotMatch(body, /New link/);
  assert.equal((await client.post('/orders/2/links', { days: '7' })).status, 201);
});
