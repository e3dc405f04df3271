import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { checkAccessibility, newBrowser, runPages, signInToConsole } from './browsing.ts';

const NOT_YOURS = 'Not found, or not yours';

test('only an admin token signs in, and revoking it ends its session', async (t) => {
  const service = await runPages(t);
  const page = await (await newBrowser(t)).newPage();
  await page.goto(service.console());
  await checkAccessibility(page);
  for (const token of ['nonsense', service.tokens.write, service.tokens.read]) {
    await page.getByLabel('Admin token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
    assert.match(await page.getByRole('alert').innerText(), /or its scope is not admin/);
  }
  await checkAccessibility(page);
  assert.equal((await page.goto(service.console('/orders')))?.status(), 404);
  await signInToConsole(page, service);
  const [cookie] = await page.context().cookies();
  assert.match(cookie?.name ?? '', /^__Host-console-[0-9a-f]{8}$/);
  assert.deepEqual(
    [cookie?.httpOnly, cookie?.secure, cookie?.sameSite, cookie?.path],
    [true, true, 'Strict', '/'],
  );
  await page.getByRole('link', { name: 'Tokens', exact: true }).click();
  const row = page.getByRole('row', { name: 'admin' });
  await row.getByText('Revoke').first().click();
  await row.getByRole('button', { name: 'Revoke it' }).click();
  await page.goto(service.console('/orders'));
  await page.getByText('You are signed out: your token was revoked').waitFor();
  assert.equal(page.url(), service.console());
  await page.context().clearCookies();
  assert.equal((await page.goto(service.console('/orders')))?.status(), 404);
  assert.equal(await page.locator('h1').innerText(), NOT_YOURS);
  assert.ok(!service.logText().includes(service.tokens.admin));
});

test('the overview counts orders, and draws what holds them up and how long they take', async (t) => {
  const service = await runPages(t, {
    orders: ['1', '2', '3'].map((orderNumber) =>
      acmeOrder({ orderNumber, certificates: [acmeCertificate({ certificateID: orderNumber })] }),
    ),
  });
  const page = await (await newBrowser(t)).newPage();
  await signInToConsole(page, service);
  await page.getByText('Nothing was issued in that time.').waitFor();
  const done = { dcvStatus: 'completed', caaStatus: 'completed' };
  const issued = await service.manage('PATCH /v1/orders/1/certificates/1', {
    body: { ...done, certificateStatus: 'Issued', serialNumber: '0A' },
  });
  assert.equal(issued.status, 200);
  await service.manage('PATCH /v1/orders/1', { body: { orderStatus: 'Completed' } });
  // Figures are counted anew every ten seconds; a service that has just started has none yet.
  const fresh = await runPages(t, { orders: [], database: service.database });
  await page.goto(fresh.console());
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  assert.deepEqual(
    (await page.locator('.figures li').allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ')),
    ['2 ◐ Pending', '1 ✓ Completed', '0 ✕ Rejected', '0 – Cancelled'],
  );
  assert.equal(await page.locator('figure svg[role=img]').count(), 3);
  for (const summary of await page.getByText('The figures').all()) await summary.click();
  const figures = await page.locator('figure tbody tr').allInnerTexts();
  const rows = figures.map((row) => row.split('\t'));
  assert.deepEqual(
    rows.find(([name]) => name === 'Domain control'),
    ['Domain control', '0', '2'],
  );
  assert.deepEqual(
    rows.find(([name]) => name === 'over 30 days'),
    ['over 30 days', '2'],
  );
  const [week, orders, median] = rows.at(-1) ?? [];
  assert.match(week ?? '', /^[0-9]{1,2} [A-Z][a-z]+ 20[0-9]{2}$/);
  assert.equal(orders, '1');
  assert.ok(Number(median) > 500);
  await checkAccessibility(page);
});

test('orders are found by number, certificate, name, account and state', async (t) => {
  const other = acmeOrder({
    orderNumber: '7',
    account: 'other',
    orderStatus: 'Cancelled',
    certificates: [acmeCertificate({ certificateID: '77', FQDN: 'mail.example.net' })],
  });
  const service = await runPages(t, { orders: [acmeOrder(), other], accounts: ['other'] });
  const page = await (await newBrowser(t)).newPage();
  await signInToConsole(page, service);
  await page.getByRole('link', { name: 'Orders' }).click();
  await checkAccessibility(page);
  const search = async (name: string, value: string) => {
    await page.goto(service.console('/orders'));
    const field = page.locator(`.filter [name=${name}]`);
    if (name === 'status' || name === 'certificate') await field.selectOption(value);
    else await field.fill(value);
    await page.getByRole('button', { name: 'Search' }).click();
    await page.waitForLoadState();
    return page.locator('tbody th').allInnerTexts();
  };
  assert.deepEqual(await search('name', 'mail.'), ['7']);
  assert.deepEqual(await search('account', 'other'), ['7']);
  assert.deepEqual(await search('status', 'Pending'), ['7250060']);
  assert.deepEqual(await search('certificate', 'Rejected'), []);
  for (const [number, found] of [
    ['7', 'Order 7 '],
    ['77', 'Order 7 '],
    ['5550001', 'Order 7250060 '],
  ] as const) {
    await search('number', number);
    assert.ok((await page.locator('h1').innerText()).startsWith(found));
  }
  await search('number', '12');
  await page.getByText('No order and no certificate has that number.').waitFor();
});

test('an order offers what the rules allow next, and shows each change with what was before', async (t) => {
  const service = await runPages(t, { orders: [acmeOrder()] });
  const page = await (await newBrowser(t)).newPage();
  await signInToConsole(page, service);
  await page.goto(service.console('/orders/7250060'));
  await checkAccessibility(page);
  const offered = async (form: string) =>
    page
      .locator('form', { has: page.getByRole('heading', { name: form, exact: true }) })
      .locator('[name=status] option')
      .allInnerTexts();
  assert.deepEqual(await offered('The order'), ['choose', 'Rejected', 'Cancelled']);
  assert.deepEqual(await offered('www.example.com'), [
    'choose',
    'Awaiting Brand Validation',
    'PRE-SIGN FAILED',
    'POST-SIGN FAILED',
    'Rejected',
  ]);

  await page.getByLabel('Domain control').selectOption('done');
  await page.getByLabel('CAA records').selectOption('done');
  await page.getByRole('button', { name: 'Change the checks' }).click();
  await page.getByText(', version 2').waitFor();
  // On a phone, a row is no line of cells.
  await page.setViewportSize({ width: 1200, height: 800 });
  const differences = (await page.locator('.diff .difference').allInnerTexts()).map((row) => row.split('\t'));
  assert.deepEqual(differences, [
    ['dcvStatus of 5550001', '− in-progress', '+ completed'],
    ['caaStatus of 5550001', '− not-completed', '+ completed'],
  ]);
  assert.match(await page.locator('.diff .change', { hasText: 'by token admin' }).innerText(), /20[0-9]{2}/);
  assert.deepEqual(await offered('www.example.com'), [
    'choose',
    'Awaiting Brand Validation',
    'PRE-SIGN FAILED',
    'POST-SIGN FAILED',
    'Issued',
    'Rejected',
  ]);

  const certificate = page.locator('form', {
    has: page.getByRole('heading', { name: 'www.example.com', exact: true }),
  });
  await certificate.getByLabel('Becomes').selectOption('Issued');
  await certificate.getByRole('button').click();
  assert.match(await page.getByRole('alert').innerText(), /^Not done: .*serialNumber/);
  await certificate.getByLabel('Becomes').selectOption('Issued');
  await certificate.getByLabel('Serial number').fill('0abc');
  await certificate.getByRole('button').click();
  await page.getByText(', version 3').waitFor();
  assert.equal(await page.locator('.card .badge', { hasText: 'Issued' }).count(), 1);

  // Somebody else is quicker.
  const order = page.locator('form', { has: page.getByRole('heading', { name: 'The order', exact: true }) });
  await service.manage('PATCH /v1/orders/7250060', { body: { orderStatus: 'Completed' } });
  await order.getByLabel('Becomes').selectOption('Cancelled');
  await order.getByRole('button').click();
  assert.match(await page.getByRole('alert').innerText(), /has version 4 by now; read it again/);
  const { json } = await service.manage('GET /v1/orders/7250060');
  assert.equal(json.orderStatus, 'Completed');
});

test('accounts and tokens are made, and what is secret is shown once', async (t) => {
  const service = await runPages(t, { orders: [acmeOrder()] });
  const page = await (await newBrowser(t)).newPage();
  await signInToConsole(page, service);
  await page.getByRole('link', { name: 'Accounts' }).click();
  const ask = async (loginName: string, loginPassword: string) => {
    const form = { loginName, loginPassword, orderNumber: '7250060', queryType: '0' };
    return new URLSearchParams((await service.ask(form)).body).get('errorCode');
  };
  await page.getByLabel("New account's login").fill('acme-hosting');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByText('There is an account with that login already.').waitFor();
  await page.getByLabel("New account's login").fill('new & shiny');
  await page.getByRole('button', { name: 'Add' }).click();
  const password = await page.getByLabel('Its password, which is not shown again').inputValue();
  // Its own, but not its order.
  assert.equal(await ask('new & shiny', password), '-4');
  await checkAccessibility(page);
  await page.getByRole('button', { name: 'Disable new & shiny' }).click();
  await page.getByText('Account new & shiny is disabled.').waitFor();
  assert.equal(await ask('new & shiny', password), '-16');
  await page.getByRole('button', { name: 'Enable new & shiny' }).click();
  const row = page.getByRole('row', { name: 'acme-hosting' });
  await row.getByText('New password').click();
  await row.getByRole('button', { name: 'Make one' }).click();
  const reset = await page.getByLabel('Its password, which is not shown again').inputValue();
  assert.deepEqual(
    [await ask('acme-hosting', 'correct horse'), await ask('acme-hosting', reset)],
    ['-16', '0'],
  );

  await row.getByText('Addresses').click();
  await row.getByLabel('Networks').fill('10.0.0.0/8 elsewhere');
  await row.getByRole('button', { name: 'Set' }).click();
  await page.getByText("That cannot be: 'elsewhere' is not an IP network").waitFor();
  await row.getByText('Addresses').click();
  await checkAccessibility(page);
  await row.getByLabel('Networks').fill('10.0.0.0/8');
  await row.getByRole('button', { name: 'Set' }).click();
  await page.getByText('Account acme-hosting may send requests from 10.0.0.0/8.').waitFor();
  assert.equal(await ask('acme-hosting', reset), '-16');

  await page.getByRole('link', { name: 'Tokens', exact: true }).click();
  await page.getByLabel('What it is for').fill('fulfilment');
  await page.getByLabel('Scope').selectOption('write');
  await page.getByRole('button', { name: 'Make a token' }).click();
  const token = await page.getByLabel('The token, which is not shown again').inputValue();
  assert.equal((await service.manage('GET /v1/orders/7250060', { token })).status, 200);
  assert.equal((await service.manage('GET /v1/accounts', { token })).status, 403);
  await checkAccessibility(page);
  await page.getByRole('link', { name: 'Tokens', exact: true }).click();
  assert.equal(await page.getByText(token).count(), 0);
  for (const secret of [token, reset, password]) assert.ok(!service.logText().includes(secret));
});

test('the console works without JavaScript', async (t) => {
  const service = await runPages(t, { orders: [acmeOrder()] });
  const page = await (await newBrowser(t, { javaScriptEnabled: false })).newPage();
  await signInToConsole(page, service);
  await page.goto(service.console('/orders/7250060'));
  await page.getByLabel('Domain control').selectOption('done');
  await page.getByRole('button', { name: 'Change the checks' }).click();
  await page.getByText(', version 2').waitFor();
});
