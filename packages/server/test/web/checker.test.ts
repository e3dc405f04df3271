import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { checkAccessibility, newBrowser, type PagedService, runPages, signIn } from './browsing.ts';
import { largeOrder } from './large-order.ts';

const WAITING = acmeOrder({
  orderNumber: '999999999999999999',
  certificates: [acmeCertificate({ certificateID: '9999999999999999' })],
});
const NOT_YOURS = 'Not found, or not yours';

async function heading(page: Page): Promise<string> {
  return (await page.locator('h1').innerText()).split('\n')[0]?.trim() ?? '';
}

function setCheck(service: PagedService, check: string, state: string) {
  return service.manage('PATCH /v1/orders/999999999999999999/certificates/9999999999999999', {
    body: { [check]: state },
  });
}

test('signing in, its failures, and out again', async (t) => {
  const service = await runPages(t, { orders: [WAITING], accounts: ['disabled'] });
  await service.manage('POST /v1/accounts/disabled/disable', { token: service.tokens.admin });
  const page = await (await newBrowser(t)).newPage();
  await page.goto(service.at('/'));
  await checkAccessibility(page);
  const texts = new Set<string>();
  for (const [loginName, loginPassword] of [
    ['acme-hosting', 'wrong'],
    ['nobody', 'correct horse'],
    ['disabled', 'correct horse'],
    ['x'.repeat(200), 'correct horse'],
    ['acme-hosting', 'x'.repeat(2000)],
  ] as const) {
    await signIn(page, service, { loginName, loginPassword });
    texts.add(await page.getByRole('alert').innerText());
    assert.equal(await page.getByLabel('Login').inputValue(), loginName);
    assert.equal(await page.getByLabel('Password').inputValue(), '');
  }
  assert.equal(texts.size, 1);
  await checkAccessibility(page);

  await signIn(page, service);
  assert.equal(await heading(page), 'Your orders');
  const [cookie] = await page.context().cookies();
  assert.match(cookie?.name ?? '', /^__Host-orders-[0-9a-f]{8}$/);
  assert.ok(cookie);
  assert.deepEqual(
    [cookie.httpOnly, cookie.secure, cookie.sameSite, cookie.path],
    [true, true, 'Strict', '/'],
  );
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await page.goto(service.at('/orders/999999999999999999'));
  assert.equal(await heading(page), NOT_YOURS);
  await page.context().addCookies([cookie]);
  await page.goto(service.at('/orders/999999999999999999'));
  await page.getByText('You are signed out: ').waitFor();
});

test('an order is looked up by its number, and by a certificate ID', async (t) => {
  const second = acmeOrder({
    orderNumber: '7',
    certificates: [acmeCertificate({ certificateID: '8', FQDN: 'mail.example.com' })],
  });
  const service = await runPages(t, { orders: [WAITING, second] });
  const page = await (await newBrowser(t)).newPage();
  await signIn(page, service);
  await checkAccessibility(page);
  await page.getByLabel('Number', { exact: true }).fill(' 999999999999999999 ');
  await page.getByRole('button', { name: 'Look up' }).click();
  assert.equal(await heading(page), 'Order 999999999999999999 ◐ Pending');
  assert.match(await page.getByRole('article').innerText(), /Certificate ID 9999999999999999/);
  assert.match(await page.getByRole('article').innerText(), /You: Domain control validation has begun/);
  assert.deepEqual(
    (await page.locator('.steps li').allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ')),
    [
      '✓ Signing request (CSR) done',
      '◐ Domain control in progress',
      '○ CAA records not done',
      '– Organisation not required',
      '– Call-back not required',
      '– EV agreement not required',
      '– Free DV upgrade not required',
    ],
  );
  await checkAccessibility(page);

  await page.getByRole('link', { name: 'Orders' }).click();
  await page.getByLabel('certificate ID').check();
  await page.getByLabel('Number', { exact: true }).fill('8');
  await page.getByRole('button', { name: 'Look up' }).click();
  assert.equal(await heading(page), 'Order 7 ◐ Pending');
  assert.equal(new URL(page.url()).hash, '#certificate-8');

  await page.goto(service.at('/?name=www'));
  assert.deepEqual(await page.locator('tbody th').allInnerTexts(), ['999999999999999999']);
  await page.goto(service.at('/?status=Cancelled'));
  assert.equal(await page.getByText('No orders here.').count(), 1);
});

test('my orders go on page by page', async (t) => {
  const orders = Array.from({ length: 30 }, (_, index) =>
    acmeOrder({
      orderNumber: String(100 + index),
      certificates: [acmeCertificate({ certificateID: String(100 + index) })],
    }),
  );
  const service = await runPages(t, { orders });
  const page = await (await newBrowser(t)).newPage();
  await signIn(page, service);
  const first = await page.locator('tbody th').allInnerTexts();
  await page.getByRole('link', { name: 'Next page' }).click();
  await page.getByRole('link', { name: 'First page' }).waitFor();
  const second = await page.locator('tbody th').allInnerTexts();
  assert.deepEqual(
    [...first, ...second],
    orders.map(({ orderNumber }) => orderNumber),
  );
});

test('a large order is gone through page by page, and each page stays up to date', async (t) => {
  const service = await runPages(t, { orders: [largeOrder(153)] });
  const page = await (await newBrowser(t)).newPage();
  await signIn(page, service);
  await page.getByLabel('certificate ID').check();
  await page.getByLabel('Number', { exact: true }).fill('152');
  await page.getByRole('button', { name: 'Look up' }).click();
  await page.getByText('Those numbered 151 to 153 are shown.').waitFor();
  assert.equal(new URL(page.url()).hash, '#certificate-152');
  await checkAccessibility(page);
  await page.getByText('Live.').waitFor();
  const patch = { body: { dcvStatus: 'completed' } };
  await service.manage('PATCH /v1/orders/7250060/certificates/152', patch);
  await page.locator('#certificate-152 .steps .completed', { hasText: 'Domain control' }).waitFor();
  assert.equal(await page.getByRole('article').count(), 3);
  const shown = async (link: string) => {
    await page.getByRole('link', { name: link }).click();
    await page.waitForLoadState();
    return page.getByText(/^Those numbered/).innerText();
  };
  assert.equal(await shown('Previous page'), 'Those numbered 101 to 150 are shown.');
  assert.equal(await shown('First page'), 'Those numbered 1 to 50 are shown.');
  assert.equal(await shown('Next page'), 'Those numbered 51 to 100 are shown.');
  assert.equal(await shown('Last page'), 'Those numbered 151 to 153 are shown.');
});

test("another account's order, a revoked link, an ended session and what never was look alike", async (t) => {
  const others = acmeOrder({
    account: 'other',
    orderNumber: '5',
    certificates: [acmeCertificate({ certificateID: '55' })],
  });
  const service = await runPages(t, { orders: [WAITING, others], accounts: ['other'] });
  const context = await newBrowser(t);
  const page = await context.newPage();
  await signIn(page, service);
  const contents = new Set<string>();
  const look = async (path: string) => {
    const response = await page.goto(service.at(path));
    assert.equal(response?.status(), 404, path);
    contents.add(await page.content());
  };
  for (const path of [
    '/orders/5',
    '/orders/6',
    '/orders/x',
    '/orders/5/events',
    '/look-up?kind=certificate&number=55',
    '/look-up?kind=certificate&number=56',
    '/look-up?number=x',
    '/s/nothing',
    '/shared/1',
    '/nowhere',
  ]) {
    await look(path);
  }
  await context.clearCookies();
  await look('/orders/999999999999999999');
  await look('/passwords');
  assert.equal(contents.size, 1);
  assert.equal(await heading(page), NOT_YOURS);
  await checkAccessibility(page);
});

test('an open page is told of a change, and shows it and who has to act next', async (t) => {
  const service = await runPages(t, { orders: [WAITING] });
  const page = await (await newBrowser(t)).newPage();
  await signIn(page, service);
  await page.goto(service.at('/orders/999999999999999999'));
  await page.getByText('Live.').waitFor();
  await page.getByText('Last heard from the server just now.').waitFor();
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await setCheck(service, 'dcvStatus', 'completed');
  await page.locator('.steps .completed', { hasText: 'Domain control' }).waitFor();
  assert.deepEqual(requests, []);
  assert.equal(await page.locator('.actor').innerText(), 'The certificate authority:');
  const [event] = await page.locator('.event').allInnerTexts();
  assert.match(event ?? '', /Domain control \(certificate 9999999999999999\): done/);
});

test('a page finds the service again after a restart, and shows what happened meanwhile', async (t) => {
  const first = await runPages(t, { orders: [WAITING] });
  const page = await (await newBrowser(t)).newPage();
  await signIn(page, first);
  await page.goto(first.at('/orders/999999999999999999'));
  await page.getByText('Live.').waitFor();
  await setCheck(first, 'dcvStatus', 'completed');
  await page.locator('.steps .completed', { hasText: 'Domain control' }).waitFor();
  const { port } = first;
  await first.stop();
  await page.getByText('The connection is lost; trying again.').waitFor();
  const second = await runPages(t, { orders: [], database: first.database, settings: { port } });
  await setCheck(
    {
      ...second,
      manage: (route, request) => second.manage(route, { token: first.tokens.write, ...request }),
    },
    'caaStatus',
    'completed',
  );
  await page.getByText('Live.').waitFor();
  await page.locator('.steps .completed', { hasText: 'CAA records' }).waitFor();
});

test('a link is made, opened elsewhere, stays up to date, and is revoked', async (t) => {
  const service = await runPages(t, { orders: [WAITING] });
  const page = await (await newBrowser(t)).newPage();
  await signIn(page, service);
  await page.goto(service.at('/orders/999999999999999999'));
  await page.getByRole('button', { name: 'Make a link' }).click();
  const link = await page.getByLabel('New link').inputValue();
  assert.match(link, /^https:\/\/127\.0\.0\.1:[0-9]+\/s\/[A-Za-z0-9_-]{43}$/);
  await checkAccessibility(page);

  const elsewhere = await (await newBrowser(t)).newPage();
  const visits: string[] = [];
  elsewhere.on('response', (response) =>
    visits.push(`${response.status()} ${new URL(response.url()).pathname}`),
  );
  await elsewhere.goto(link);
  assert.match(elsewhere.url(), /\/shared\/[0-9]+$/);
  assert.match(visits[0] ?? '', /^303 \/s\//);
  assert.equal(await heading(elsewhere), 'Order 999999999999999999 ◐ Pending');
  assert.equal(await elsewhere.getByText('acme-hosting').count(), 0);
  assert.equal(await elsewhere.getByRole('button').count(), 0);
  const [answer] = await Promise.all([elsewhere.waitForResponse(/\/shared\/[0-9]+$/), elsewhere.reload()]);
  const headers = answer.headers();
  assert.equal(headers['referrer-policy'], 'no-referrer');
  assert.equal(headers['cache-control'], 'no-store');
  assert.equal(headers['x-robots-tag'], 'noindex');
  await elsewhere.getByText('Live.').waitFor();
  await setCheck(service, 'dcvStatus', 'completed');
  await elsewhere.locator('.steps .completed', { hasText: 'Domain control' }).waitFor();
  await checkAccessibility(elsewhere);

  await page.goto(service.at('/orders/999999999999999999'));
  assert.match(await page.locator('#sharing tbody').innerText(), /November|20[0-9]{2}, /);
  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.getByText(/revoked/).waitFor();
  await elsewhere.reload();
  assert.equal(await heading(elsewhere), NOT_YOURS);
  await elsewhere.goto(link);
  assert.equal(await heading(elsewhere), NOT_YOURS);
  assert.ok(!service.logText().includes(link.split('/s/')[1] as string));
  assert.ok(service.logText().includes('"route":"/s/…"'));
});

test('two passwords work until the old one is retired, which ends every other session', async (t) => {
  const service = await runPages(t, { orders: [WAITING] });
  const page = await (await newBrowser(t)).newPage();
  const other = await (await newBrowser(t)).newPage();
  await signIn(page, service);
  await signIn(other, service);
  const ask = async (loginPassword: string) => {
    const form = {
      loginName: 'acme-hosting',
      loginPassword,
      orderNumber: '999999999999999999',
      queryType: '0',
    };
    return new URLSearchParams((await service.ask(form)).body).get('errorCode');
  };
  await page.getByRole('link', { name: 'Passwords' }).click();
  await checkAccessibility(page);
  const add = async (password: string, again = password, current = 'correct horse') => {
    await page.getByLabel('Current password').fill(current);
    await page.getByLabel('New password').fill(password);
    await page.getByLabel('The same again').fill(again);
    await page.getByRole('button', { name: 'Add it' }).click();
  };
  await add('one for all', 'one for all');
  // The browser does not send one that is too short.
  assert.equal(await page.locator('input:invalid').count(), 2);
  await add('one for all of us', 'other for all of us');
  await page.getByText('The two new passwords are not the same.').waitFor();
  await add('battery staple', 'battery staple', 'wrong');
  await page.getByText('The current password is wrong.').waitFor();
  await add('correct horse');
  await page.getByText('That is the password that you have already').waitFor();
  await add('battery staple');
  await page.getByText('Both passwords work now.').waitFor();
  await checkAccessibility(page);
  assert.deepEqual(
    [await ask('correct horse'), await ask('battery staple'), await ask('wrong')],
    ['0', '0', '-16'],
  );
  await other.reload();
  assert.equal(await heading(other), 'Your orders');

  await page.getByLabel('Current password').fill('battery staple');
  await page.getByRole('button', { name: 'Retire the old password' }).click();
  await page.getByText('Only the new password works now.').waitFor();
  assert.deepEqual([await ask('correct horse'), await ask('battery staple')], ['-16', '0']);
  await other.goto(service.at('/orders/999999999999999999'));
  await other.getByText('the account has another password').waitFor();
  await other.getByRole('button', { name: 'Sign in' }).waitFor();
  await page.getByRole('link', { name: 'Orders' }).click();
  assert.equal(await heading(page), 'Your orders');
});

test('everything works without JavaScript', async (t) => {
  const service = await runPages(t, { orders: [WAITING] });
  const page = await (await newBrowser(t, { javaScriptEnabled: false })).newPage();
  await signIn(page, service);
  await page.getByLabel('Number', { exact: true }).fill('999999999999999999');
  await page.getByRole('button', { name: 'Look up' }).click();
  await page.getByText('Load this page again to see what has changed.').waitFor();
  assert.equal(await page.getByText('Live.').isVisible(), false);
  await page.getByRole('button', { name: 'Make a link' }).click();
  const link = await page.getByLabel('New link').inputValue();
  const elsewhere = await (await newBrowser(t, { javaScriptEnabled: false })).newPage();
  await elsewhere.goto(link);
  assert.equal(await heading(elsewhere), 'Order 999999999999999999 ◐ Pending');
  await setCheck(service, 'dcvStatus', 'completed');
  await elsewhere.reload();
  assert.equal(await elsewhere.locator('.steps .completed', { hasText: 'Domain control' }).count(), 1);
});

test('replacement orders are shown as a chain', async (t) => {
  const chain = ['1', '2', '3'].map((orderNumber, index) =>
    acmeOrder({
      orderNumber,
      ...(index > 0 && { replacesOrderNumber: String(index) }),
      certificates: [acmeCertificate({ certificateID: orderNumber })],
    }),
  );
  const service = await runPages(t, { orders: chain });
  const page = await (await newBrowser(t)).newPage();
  await signIn(page, service);
  await page.goto(service.at('/orders/2'));
  assert.deepEqual(
    (await page.locator('.chain li').allInnerTexts()).map((text) => text.split(' ', 2).join(' ')),
    ['Order 1', 'Order 2', 'Order 3'],
  );
  assert.equal(
    await page
      .locator('.chain [aria-current]')
      .innerText()
      .then((text) => text.slice(0, 7)),
    'Order 2',
  );
  await page.getByRole('link', { name: 'Order 3' }).click();
  assert.match(await heading(page), /^Order 3 /);
});
