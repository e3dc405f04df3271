/** What an open page says when it can no longer be kept up to date, and that it asks no more. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { digestOfSecret, newSecret } from '../../src/accounts/secret.ts';
import { openStore } from '../../src/store/open-store.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { execute } from '../store/databases.ts';
import { checkAccessibility, newBrowser, type PagedService, runPages, signIn } from './browsing.ts';
import { pageClient } from './page-client.ts';

const SESSION_LIFETIME_MS = 12 * 3_600_000;
const LOST = 'The connection is lost; trying again.';

function order(orderNumber: string, account = 'acme-hosting', isOver = false) {
  return acmeOrder({
    account,
    orderNumber,
    ...(isOver && { orderStatus: 'Cancelled' as const }),
    certificates: [
      acmeCertificate({
        certificateID: orderNumber,
        ...(isOver && { certificateStatus: 'Rejected' as const, certificateStatusReason: 'Order cancelled' }),
      }),
    ],
  });
}

/** Opens a page that is kept up to date; what it requests from then on. */
async function openLive(page: Page, address: string) {
  const requests: string[] = [];
  page.on('request', (request) => requests.push(new URL(request.url()).pathname));
  await page.goto(address);
  await page.getByText('Live.').waitFor();
  return requests;
}

/** Waits for the notice, and makes sure that the page stays with it: nothing makes it connect again. */
async function assertStopped(page: Page, requests: string[], notice: string, link?: string) {
  const status = page.locator('.live');
  await status.getByText(notice).waitFor();
  assert.deepEqual(await status.getByRole('link').allInnerTexts(), link === undefined ? [] : [link]);
  requests.length = 0;
  await page.clock.runFor(120_000);
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
  await page.evaluate('fetch(location.href).then((response) => response.text())');
  // Of these, the last is where the page leads that needs a session.
  const [asked, ...leadsTo] = requests;
  assert.equal(asked, new URL(page.url()).pathname);
  assert.ok(leadsTo.every((path) => path === '/'));
  await status.getByText(notice).waitFor();
  assert.equal(await page.getByText(LOST).count(), 0);
}

/** Ends the lifetime of an account's one session, which it makes sure to have been the documented one. */
async function expireSession(database: string, loginName: string): Promise<void> {
  const ofAccount = `"accountID" = (SELECT "accountID" FROM account WHERE "loginName" = '${loginName}')`;
  const found = await execute(database, `SELECT expires FROM session WHERE ${ofAccount}`);
  const leftMs = Number(found[0]?.['expires']) - Date.now();
  assert.ok(leftMs <= SESSION_LIFETIME_MS && leftMs > SESSION_LIFETIME_MS / 2, `${leftMs}`);
  await execute(database, `UPDATE session SET expires = 1 WHERE ${ofAccount}`);
}

async function personOn(t: Parameters<typeof newBrowser>[0], service: PagedService, account?: string) {
  const page = await (await newBrowser(t)).newPage();
  await page.clock.install();
  if (account !== undefined)
    await signIn(page, service, { loginName: account, loginPassword: 'correct horse' });
  return page;
}

test('an open page says why it has ended, and stops: signed out, expired, disabled, other network, removed, link revoked', async (t) => {
  const accounts = ['expiring', 'disabled', 'moved'];
  const orders = [
    order('1'),
    order('2', 'acme-hosting', true),
    ...accounts.map((name, index) => order(`${3 + index}`, name)),
  ];
  const service = await runPages(t, { orders, accounts });
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  const leaving = await personOn(t, service, 'acme-hosting');
  const leavingRequests = await openLive(leaving, service.at('/orders/1'));
  const staying = await personOn(t, service, 'acme-hosting');
  const stayingRequests = await openLive(staying, service.at('/orders/2'));
  const expiring = await personOn(t, service, 'expiring');
  const expiringRequests = await openLive(expiring, service.at('/orders/3'));
  const disabled = await personOn(t, service, 'disabled');
  const disabledRequests = await openLive(disabled, service.at('/orders/4'));
  const moved = await personOn(t, service, 'moved');
  const movedRequests = await openLive(moved, service.at('/orders/5'));
  const secret = newSecret();
  await store.shareLinks.add(digestOfSecret(secret), '1', Date.now() + 60_000);
  const guest = await personOn(t, service);
  const guestRequests = await openLive(guest, service.at(`/s/${secret}`));

  const elsewhere = await leaving.context().newPage();
  await elsewhere.goto(service.at('/'));
  await elsewhere.getByRole('button', { name: 'Sign out' }).click();
  await store.accounts.setDisabled('disabled', true);
  await store.accounts.setAllowedAddresses('moved', ['192.0.2.0/24']);
  await store.shareLinks.revoke('1', Number(guest.url().split('/').at(-1)));
  await store.pruning.prune(Date.now() + 1000, new Set(['settledOrders']));
  await expireSession(service.database, 'expiring');

  const signedOut = 'You are signed out, so this page no longer changes.';
  await assertStopped(leaving, leavingRequests, signedOut, 'Sign in');
  await assertStopped(expiring, expiringRequests, signedOut, 'Sign in');
  await assertStopped(disabled, disabledRequests, 'The account is disabled, so this page no longer changes.');
  await assertStopped(moved, movedRequests, 'The account may not be used from your network any more');
  await assertStopped(staying, stayingRequests, 'This order is no longer here', 'Your orders');
  await assertStopped(guest, guestRequests, 'This link no longer works: it has expired or was revoked.');
  await checkAccessibility(leaving);
  await leaving.getByRole('link', { name: 'Sign in' }).click();
  await leaving.getByLabel('Password').waitFor();
});

test('a page that connects again after it has lost its session, its order or its link is told so as well', async (t) => {
  const service = await runPages(t, { orders: [order('1'), order('2', 'other')], accounts: ['other'] });
  const client = pageClient(service);
  const events = { Accept: 'text/event-stream' };
  const responseOf = async (path: string) => {
    const { status, headers, body } = await client.get(path, events);
    assert.equal(status, 200);
    assert.match(String(headers['content-type']), /^text\/event-stream/);
    return body;
  };
  assert.match(await responseOf('/orders/1/events'), /^event: over\ndata: "You are signed out/);
  assert.match(await responseOf('/shared/1/events'), /^event: over\ndata: "This link no longer works/);
  await client.signIn();
  // Another account's order and none look alike.
  const others = await responseOf('/orders/2/events');
  assert.match(others, /^event: over\ndata: "This order is no longer here/);
  assert.equal(await responseOf('/orders/3/events'), others);
  assert.equal((await client.get('/orders/3/events')).status, 404);
});

test('only a lost connection is tried again: with pauses that grow, and differ from page to page', async (t) => {
  const service = await runPages(t, { orders: [order('1')] });
  const page = await (await newBrowser(t)).newPage();
  // What the page waits is noted, and shortened.
  await page.addInitScript(
    'globalThis.pausesMs = []; const wait = setTimeout; globalThis.setTimeout = (act, ms) => { pausesMs.push(ms); return wait(act, ms / 500); };',
  );
  await signIn(page, service);
  await page.goto(service.at('/orders/1'));
  await page.getByText('Live.').waitFor();
  await service.stop();
  await page.getByText(LOST).waitFor();
  let pausesMs: number[] = [];
  while (pausesMs.length < 8) pausesMs = await page.evaluate<number[]>('pausesMs.slice(0, 8)');
  for (const [index, pauseMs] of pausesMs.entries()) {
    const most = Math.min(1000 * 2 ** index, 30_000);
    assert.ok(pauseMs > most / 2 && pauseMs <= most, pausesMs.join(', '));
  }
  const parts = pausesMs.map((pauseMs, index) => pauseMs / Math.min(1000 * 2 ** index, 30_000));
  assert.equal(new Set(parts).size, parts.length);
});
