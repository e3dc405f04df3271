/** API tokens of an account, as the customer and operators make and revoke them on pages. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { digestOfSecret } from '../../src/accounts/secret.ts';
import { openStore } from '../../src/store/open-store.ts';
import { ACME } from '../running-service.ts';
import { checkAccessibility, newBrowser, runPages, signIn, signInToConsole } from './browsing.ts';
import { pageClient } from './page-client.ts';

const CHANGED = 'an account token was changed';
const NAME = '<b>nightly & "co"</b>';

async function revoke(page: Page, name: string): Promise<void> {
  const row = page.getByRole('row').filter({ hasText: name });
  await row.getByText('Revoke').first().click();
  await row.getByRole('button', { name: 'Revoke it' }).click();
}

test('a customer makes, sees once and revokes a token, without JavaScript', async (t) => {
  const service = await runPages(t, { orders: [] });
  const store = await openStore(service.database, 'read');
  t.after(() => store.close());
  const page = await (await newBrowser(t, { javaScriptEnabled: false })).newPage();
  await signIn(page, service);
  await page.getByRole('link', { name: 'API tokens' }).click();
  await page.getByLabel('What it is for').fill(NAME);
  await page.getByLabel('Lasts').selectOption('30 days');
  await page.getByLabel('Current password').fill(ACME.loginPassword);
  await page.getByRole('button', { name: 'Make a token' }).click();
  assert.equal(await page.getByRole('status').innerText(), `Token ${NAME} is made.`);
  const token = await page.getByLabel('The token, which is not shown again').inputValue();
  assert.match(token, /^cosa_[A-Za-z0-9_-]{43}$/);
  assert.equal((await store.accountTokens.find(digestOfSecret(token)))?.name, NAME);

  await page.goto(service.at('/tokens'));
  assert.ok(!(await page.content()).includes(token));
  await revoke(page, NAME);
  assert.equal(await page.getByRole('status').innerText(), `Token ${NAME} is revoked.`);
  assert.equal(await store.accountTokens.find(digestOfSecret(token)), undefined);
  assert.equal(await page.getByRole('button', { name: 'Revoke it' }).count(), 0);
  const lines = service.logText().trim().split('\n');
  const changes = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === CHANGED);
  assert.deepEqual(
    changes.map(({ account, act, name }) => [account, act, name]),
    [
      [ACME.loginName, 'create', NAME],
      [ACME.loginName, 'revoke', NAME],
    ],
  );
  assert.ok(!service.logText().includes(token));
});

test('a session makes no token without the password, and no other site makes or revokes one', async (t) => {
  const service = await runPages(t, { orders: [], accounts: ['acme-hosting', 'other'] });
  const client = pageClient(service);
  assert.equal((await client.get('/tokens')).status, 404);
  await client.signIn();
  const form = { act: 'create', name: 'x', days: '30' };
  for (const [changed, message] of [
    [{}, /The current password is wrong\./],
    [{ current: 'wrong' }, /The current password is wrong\./],
    [{ current: ACME.loginPassword, days: '7' }, /Choose a lifetime\./],
    [{ current: ACME.loginPassword, name: '' }, /That cannot be: the name must not be empty\./],
    [{ act: 'revoke', name: 'unknown' }, /Account &#39;acme-hosting&#39; has no token &#39;unknown&#39;\./],
    [{ act: 'other' }, /This form does not have that action\./],
  ] as const) {
    const { status, body } = await client.post('/tokens', { ...form, ...changed });
    assert.equal(status, 422, body);
    assert.match(body, message);
  }
  const good = { ...form, current: ACME.loginPassword };
  assert.equal((await client.post('/tokens', good, { 'Sec-Fetch-Site': 'cross-site' })).status, 403);
  assert.equal((await client.post('/tokens', good)).status, 200);
  const other = pageClient(service);
  await other.signIn({ loginName: 'other', loginPassword: ACME.loginPassword });
  assert.equal((await other.post('/tokens', { act: 'revoke', name: 'x' })).status, 422);
  assert.doesNotMatch((await other.get('/tokens')).body, /Revoke it/);
});

test('operators make and revoke tokens of an account in the console', async (t) => {
  const account = '<i>acme</i> & "co"';
  const service = await runPages(t, { orders: [], accounts: [account] });
  const page = await (await newBrowser(t)).newPage();
  await signInToConsole(page, service);
  await page.goto(service.console('/accounts'));
  await page.getByRole('link', { name: `Tokens of ${account}` }).click();
  await page.getByLabel('What it is for').fill('watcher');
  await page.getByRole('button', { name: 'Make a token' }).click();
  assert.equal(await page.getByRole('status').innerText(), 'Token watcher is made.');
  await checkAccessibility(page);
  await revoke(page, 'watcher');
  assert.equal(await page.getByRole('status').innerText(), 'Token watcher is revoked.');
  await page.goto(service.console('/account-tokens?account=unknown'));
  assert.equal(new URL(page.url()).pathname, '/console/accounts');
  const post = (path: string, act: string) =>
    page.request.post(service.console(path), {
      form: { act, name: 'watcher', scope: 'read', days: '30' },
      headers: { 'Sec-Fetch-Site': 'same-origin' },
      maxRedirects: 0,
    });
  for (const act of ['create', 'revoke']) {
    const response = await post('/account-tokens?account=unknown', act);
    assert.deepEqual([response.status(), response.headers()['location']], [303, '/console/accounts']);
  }
  for (const path of [`/account-tokens?account=${encodeURIComponent(account)}`, '/tokens']) {
    const response = await post(path, 'other');
    assert.equal(response.status(), 422, path);
    assert.match(await response.text(), /This form does not have that action\./);
  }
});

test('the page with API tokens can be used by all, and fits a phone', async (t) => {
  const service = await runPages(t, { orders: [] });
  const page = await (await newBrowser(t)).newPage();
  await signIn(page, service);
  await page.goto(service.at('/tokens'));
  await checkAccessibility(page);
  await page.getByLabel('What it is for').fill('nightly report');
  await page.getByLabel('Current password').fill(ACME.loginPassword);
  await page.getByRole('button', { name: 'Make a token' }).click();
  await checkAccessibility(page);
});
