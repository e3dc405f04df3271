/** Webhook endpoints on pages: of the customer, and of operators. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { ENDPOINTS_LIMIT } from '../../src/webhooks/endpoint.ts';
import { REQUESTS_PER_HOUR } from '../../src/webhooks/webhook-admin.ts';
import { ACME, type RunOptions } from '../running-service.ts';
import { acmeOrder } from '../sample-orders.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { checkAccessibility, newBrowser, runPages, signIn, signInToConsole } from './browsing.ts';
import { type PageClient, pageClient } from './page-client.ts';

const HOOK = 'https://hooks.example/in?key=<i>&x="1"';
const SHOWN_HOOK = 'https://hooks.example/in?key=%3Ci%3E&x=%221%22';
const DESCRIPTION = '<b>ours & "co"</b>';
const RESPONSE = '<script>alert(1)</script> & more';
const CREATE = { act: 'create', url: HOOK, current: ACME.loginPassword };

/** A service that can store secrets, with its database. */
async function runWithSecrets(t: TestContext, options: RunOptions = {}) {
  const path = join(temporaryFolder(t), 'keys');
  const secretKeys = { kind: 'file', path, isMade: true } as const;
  const service = await runPages(t, {
    orders: [],
    ...options,
    settings: { secretKeys, ...options.settings },
  });
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  return { service, store };
}

async function endpointsOf(store: Store, account: string) {
  const found = await store.accounts.find(account);
  return store.webhookEndpoints.list({ accountID: found?.accountID, limit: 100 });
}

/** Adds an endpoint, and gives the path of its page. */
async function addEndpoint(client: PageClient, list = '/notifications'): Promise<string> {
  const { status, body } = await client.post(list, CREATE);
  assert.equal(status, 200, body);
  const paths = [...body.matchAll(/href="([^"]*\/we_[0-9a-f]{24})"/g)];
  return paths.at(-1)?.[1] ?? assert.fail(body);
}

/** Makes every queued event fail, or succeed, as the dispatcher would. */
async function attemptAll(store: Store, endpointID: string, next: 'delivered' | 'given-up'): Promise<void> {
  const attempt = {
    atMs: Date.now(),
    status: next === 'delivered' ? 204 : 500,
    durationMs: 1234,
    error: 'from 10.0.0.1',
    errorForCustomers: 'it responded 500',
    response: RESPONSE,
  };
  const due = await store.webhookQueue.dueEvents(endpointID, 100);
  assert.notEqual(due.length, 0);
  const outcomes = due.map((event) => ({ event, attempt, next }));
  await store.webhookQueue.record(outcomes, []);
}

/** What the field for a date and time sends. */
function minutesAgo(minutes: number): string {
  return new Date(Date.now() - minutes * 60_000).toISOString().slice(0, 16);
}

test('a customer adds, tests, changes, pauses and deletes an endpoint, without JavaScript', async (t) => {
  const { service, store } = await runWithSecrets(t, { orders: [acmeOrder()] });
  const page = await (await newBrowser(t, { javaScriptEnabled: false })).newPage();
  await signIn(page, service);
  await page.getByRole('link', { name: 'Notifications' }).click();
  await page.getByLabel('URL, which begins with https://').fill(HOOK);
  await page.getByLabel('Description').fill(DESCRIPTION);
  await page.getByLabel('order.completed').check();
  await page.getByLabel('Current password').fill(ACME.loginPassword);
  await page.getByRole('button', { name: 'Add it' }).click();
  assert.equal(await page.getByRole('status').innerText(), 'The endpoint is added.');
  const secret = await page.getByLabel('Its secret, which is not shown again').inputValue();
  assert.match(secret, /^whsec_[A-Za-z0-9+/]+=*$/);
  assert.ok(await page.getByText(DESCRIPTION).isVisible());
  const [added] = await endpointsOf(store, ACME.loginName);
  assert.deepEqual(
    [added?.url, added?.description, added?.eventTypes, added?.createdBy],
    [SHOWN_HOOK, DESCRIPTION, ['order.completed'], 'customer'],
  );

  await page.getByRole('link', { name: SHOWN_HOOK }).click();
  assert.ok(!(await page.content()).includes(secret));
  await press(
    page,
    'Send a test',
    'A test is under way. Load the page again to see in the log what becomes of it.',
  );
  assert.equal(await page.getByRole('row').filter({ hasText: 'ping' }).count(), 1);
  await press(page, 'Pause', 'The endpoint is paused. Events wait for it, for 30 days at most.');
  assert.equal((await endpointsOf(store, ACME.loginName))[0]?.state, 'paused');
  await press(page, 'Resume', 'The endpoint is active again.');
  await page.getByText('Change it').click();
  await page.getByLabel('order.completed').uncheck();
  await press(page, 'Change', 'The endpoint is changed.');
  const [changed] = await endpointsOf(store, ACME.loginName);
  assert.deepEqual([changed?.url, changed?.eventTypes], [SHOWN_HOOK, undefined]);
  await page.getByText('New secret', { exact: true }).click();
  await page.getByLabel('Current password', { exact: true }).fill(ACME.loginPassword);
  await press(page, 'Make a new secret', 'The endpoint has a new secret.');
  assert.notEqual(await page.getByLabel('Its secret, which is not shown again').inputValue(), secret);
  await page.getByText('Send past events again').click();
  await page.getByLabel('Since, in UTC').fill(minutesAgo(60));
  await press(page, 'Send them again', '1 event is sent again.');
  await page.getByText('Delete it').click();
  await press(page, 'Delete the endpoint', 'The endpoint is deleted.');
  assert.deepEqual(await endpointsOf(store, ACME.loginName), []);

  const log = service.logText();
  assert.ok(!log.includes(secret) && !log.includes('hooks.example'));
  const lines = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const changes = lines.filter(({ msg }) => msg === 'a webhook endpoint was changed');
  assert.deepEqual(
    changes.map(({ account, act }) => [account, act]),
    ['create', 'test', 'pause', 'resume', 'change', 'rotate', 'replay', 'remove'].map((act) => [
      ACME.loginName,
      act,
    ]),
  );
});

async function press(page: Page, button: string, message: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click();
  assert.equal(await page.getByRole('status').innerText(), message);
}

test('secrets and other URLs need the password, and no other site or account changes anything', async (t) => {
  const { service, store } = await runWithSecrets(t, { accounts: ['other'], settings: { outbound: {} } });
  const client = pageClient(service);
  assert.equal((await client.get('/notifications')).status, 404);
  await client.signIn();
  const refused = async (path: string, form: Record<string, string>, message: RegExp) => {
    const { status, body } = await client.post(path, form);
    assert.equal(status, 422, body);
    assert.match(body, message);
    return body;
  };
  const wrong = /The current password is wrong\./;
  assert.match(
    await refused('/notifications', { ...CREATE, current: 'wrong' }, wrong),
    /value="https:\/\/hooks\.example/,
  );
  await refused('/notifications', { ...CREATE, current: '' }, wrong);
  await refused(
    '/notifications',
    { ...CREATE, url: 'http://hooks.example/' },
    /That cannot be: the URL must begin/,
  );
  await refused('/notifications', { ...CREATE, url: 'https://10.0.0.1/' }, /the host has no public address/);
  await refused('/notifications', { act: 'other' }, /This form does not have that action\./);
  await refused('/notifications', { act: 'remove', endpointID: 'we_1' }, /no webhook endpoint/);
  const crossSite = { 'Sec-Fetch-Site': 'cross-site' };
  assert.equal((await client.post('/notifications', CREATE, crossSite)).status, 403);
  assert.deepEqual(await endpointsOf(store, ACME.loginName), []);

  const accountID = (await store.accounts.find(ACME.loginName))?.accountID ?? assert.fail();
  const endpoint = { endpointID: 'we_1', url: 'https://1.1.1.1/', accountID, createdBy: 'customer' } as const;
  await store.webhookEndpoints.add(endpoint);
  const path = '/notifications/we_1';
  await refused(path, { act: 'rotate', current: 'wrong' }, wrong);
  await refused(path, { act: 'change', url: 'https://1.0.0.1/' }, wrong);
  await refused(
    path,
    { act: 'replay', since: 'yesterday' },
    /the moment must be a moment of the past 30 days/,
  );
  await refused(path, { act: 'replay', since: minutesAgo(-60) }, /the moment must be/);
  await refused(path, { act: 'resend', eventID: 'msg_1' }, /The endpoint has no event &#39;msg_1&#39;/);
  await refused(path, { act: 'other' }, /This form does not have that action\./);
  assert.equal((await client.post(path, { act: 'pause' }, crossSite)).status, 403);
  const other = pageClient(service);
  await other.signIn({ ...ACME, loginName: 'other' });
  assert.equal((await other.get(path)).status, 404);
  assert.equal((await other.post(path, { act: 'pause' })).status, 404);
  assert.equal((await other.post('/notifications', { act: 'remove', endpointID: 'we_1' })).status, 422);
  assert.doesNotMatch((await other.get('/notifications')).body, /we_1/);
  assert.equal((await store.webhookEndpoints.get('we_1'))?.state, 'active');
});

test('endpoints, tests and resent events of an account are limited', async (t) => {
  const { service, store } = await runWithSecrets(t);
  const client = pageClient(service);
  await client.signIn();
  const path = await addEndpoint(client);
  const accountID = (await store.accounts.find(ACME.loginName))?.accountID ?? assert.fail();
  for (let added = 1; added < ENDPOINTS_LIMIT; added++) {
    await store.webhookEndpoints.add({
      endpointID: `we_${added}`,
      url: HOOK,
      accountID,
      createdBy: 'operator',
    });
  }
  const { status, body } = await client.post('/notifications', CREATE);
  assert.deepEqual(
    [status, /An account has at most 20 webhook endpoints; remove one/.test(body)],
    [422, true],
  );
  assert.equal([...body.matchAll(/href="\/notifications\/we_/g)].length, ENDPOINTS_LIMIT);
  for (let tests = 0; tests < REQUESTS_PER_HOUR; tests++) {
    await store.webhookQueue.ping('we_1', `msg_${tests}`);
  }
  const test = await client.post(path, { act: 'test' });
  assert.deepEqual([test.status, /at most 60 tests and resent events an hour/.test(test.body)], [422, true]);
  const first = await client.get('/notifications/we_1');
  assert.equal([...first.body.matchAll(/scope="row"><div>ping/g)].length, 25);
  const [, next = ''] = /href="([^"]*)">Earlier events/.exec(first.body) ?? [];
  const second = await client.get(next);
  assert.match(second.body, />Latest events</);
  assert.equal([...second.body.matchAll(/scope="row"><div>ping/g)].length, 25);
});

test('without a key for secrets the page says so', async (t) => {
  const service = await runPages(t, { orders: [] });
  const client = pageClient(service);
  await client.signIn();
  const { status, body } = await client.post('/notifications', CREATE);
  assert.deepEqual(
    [status, /No secret can be made now: tell those who run the service\./.test(body)],
    [422, true],
  );
});

test('the log shows attempts with their responses, escaped, and an event is sent again', async (t) => {
  const { service, store } = await runWithSecrets(t, { orders: [acmeOrder()] });
  const client = pageClient(service);
  await client.signIn();
  const path = await addEndpoint(client);
  const endpointID = path.replace(/^.*\//, '');
  assert.match((await client.get(path)).body, /There is nothing in the log/);
  assert.equal((await client.post(path, { act: 'replay', since: minutesAgo(60) })).status, 200);
  await attemptAll(store, endpointID, 'given-up');
  const { body } = await client.get(path);
  for (const shown of [
    'given up',
    'it responded 500, after 1,234 ms',
    'it responded 500',
    '&lt;script&gt;alert(1)&lt;/script&gt; &amp; more',
    'href="/orders/7250060"',
  ]) {
    assert.ok(body.includes(shown), shown);
  }
  assert.ok(!body.includes('10.0.0.1') && !body.includes('<script>alert'));
  const [, eventID = ''] = /name="eventID" value="([^"]+)"/.exec(body) ?? [];
  const resend = { act: 'resend', eventID };
  assert.match((await client.post(path, resend)).body, /The event is sent again\./);
  assert.match((await client.post(path, resend)).body, /The event waits to be sent already\./);
});

test('operators have the same pages in the console, and their networks stay unknown to the customer', async (t) => {
  const account = '<i>acme</i> & "co"';
  const orders = [acmeOrder({ account })];
  const outbound = { allowNetworks: ['10.0.0.0/8'] };
  const { service, store } = await runWithSecrets(t, { orders, accounts: [account], settings: { outbound } });
  const page = await (await newBrowser(t)).newPage();
  await signInToConsole(page, service);
  await page.goto(service.console('/accounts'));
  await page.getByRole('link', { name: `Webhooks of ${account}` }).click();
  await page.getByLabel('URL, which begins with https://').fill('https://10.0.0.1/in');
  await page.getByRole('button', { name: 'Add it' }).click();
  assert.equal(await page.getByRole('status').innerText(), 'The endpoint is added.');
  await checkAccessibility(page);
  await page.getByRole('link', { name: 'https://10.0.0.1/in' }).click();
  await page.getByText('Send past events again').click();
  await page.getByLabel('Since, in UTC').fill(minutesAgo(60));
  await press(page, 'Send them again', '1 event is sent again.');
  const [{ endpointID } = assert.fail()] = await endpointsOf(store, account);
  await attemptAll(store, endpointID, 'given-up');
  await page.goto(service.console(`/webhooks/${endpointID}`));
  await page.getByText('1 attempt').click();
  assert.ok(await page.getByText(RESPONSE).isVisible());
  assert.ok(await page.getByText('from 10.0.0.1').isVisible());
  await checkAccessibility(page);
  assert.equal((await page.goto(service.console('/webhooks?account=unknown')))?.status(), 404);
  assert.equal((await page.goto(service.console('/webhooks/we_1')))?.status(), 404);

  const client = pageClient(service);
  await client.signIn({ ...ACME, loginName: account });
  const path = `/notifications/${endpointID}`;
  const { body } = await client.get(path);
  assert.match(body, /it responded 500/);
  assert.ok(!body.includes('alert(1)') && !body.includes('from 10.0.0.1'));
  const form = { act: 'change', url: 'https://10.0.0.2/', current: ACME.loginPassword };
  assert.match((await client.post(path, form)).body, /is changed by the operator alone/);
});

test('the page of an endpoint can be used by all, and fits a phone', async (t) => {
  const { service, store } = await runWithSecrets(t, { orders: [acmeOrder()] });
  const client = pageClient(service);
  await client.signIn();
  const path = await addEndpoint(client);
  await client.post(path, { act: 'replay', since: minutesAgo(60) });
  await attemptAll(store, path.replace(/^.*\//, ''), 'delivered');
  await client.post(path, { act: 'test' });
  const page = await (await newBrowser(t)).newPage();
  await signIn(page, service);
  await page.goto(service.at('/notifications'));
  await checkAccessibility(page);
  await page.goto(service.at(path));
  for (const summary of await page.locator('summary').all()) await summary.click();
  await checkAccessibility(page);
});
