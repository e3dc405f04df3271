/** Every path that a form was sent to is a page for a GET: reload, Enter in the address bar and bookmarks find it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { TrustedProxies } from '../../src/http/trusted-proxies.ts';
import { withoutTrailingSlashes } from '../../src/web/form-route.ts';
import { pageServer } from '../../src/web/page-server.ts';
import { sendRequest } from '../running-service.ts';
import { acmeOrder } from '../sample-orders.ts';
import { newBrowser, runPages, signIn, signInToConsole } from './browsing.ts';
import { pageClient } from './page-client.ts';

const PATHS = {
  '/sign-in': '/',
  '/sign-out': '/',
  '/look-up': '/',
  '/orders': '/',
  '/orders/7250060/links': '/orders/7250060#sharing',
  '/orders/7250060/links?certificates=51': '/orders/7250060?certificates=51#sharing',
  '/orders/7250060/links/1/revoke': '/orders/7250060#sharing',
};
const CONSOLE_PATHS = {
  '/': '/console',
  '/console/sign-in': '/console',
  '/console/sign-out': '/console',
  '/console/orders/7250060/change': '/console/orders/7250060',
};
const PAGES = ['/passwords', '/orders/7250060', '/orders/7250060/links', '/sign-in', '/look-up'];
const CONSOLE_PAGES = [
  '/console',
  '/console/sign-in',
  '/console/orders',
  '/console/orders/7250060',
  '/console/accounts',
  '/console/tokens',
];

test('the path of each form leads to the page that holds it, and a path with slashes at its end to the one without', async (t) => {
  const service = await runPages(t, { orders: [acmeOrder()] });
  const client = pageClient(service);
  await client.signIn();
  const consoleClient = pageClient({ port: service.managementPort ?? 0 });
  const signedIn = await consoleClient.post('/console/sign-in', { token: service.tokens.admin });
  assert.equal(signedIn.status, 303);
  for (const [from, paths, pages] of [
    [client, PATHS, PAGES],
    [consoleClient, CONSOLE_PATHS, CONSOLE_PAGES],
  ] as const) {
    for (const [path, page] of Object.entries(paths)) {
      const { status, headers } = await from.get(path);
      assert.deepEqual([status, headers['location']], [303, page], path);
      assert.equal((await from.get(page.replace(/#.*/, ''))).status, 200, page);
    }
    for (const path of pages) {
      for (const [slashes, query] of [
        ['/', ''],
        ['//', '?after=1&x=/'],
      ] as const) {
        const { status, headers } = await from.get(path + slashes + query);
        assert.deepEqual([status, headers['location']], [308, path + query], path);
      }
    }
  }
});

test('a path with slashes at its end never leads to another host', async (t) => {
  const { port } = await runPages(t);
  for (const path of [
    '//evil.example/',
    '/\\evil.example/',
    '/\\/evil.example/',
    '//evil.example//',
    '///',
    '/x//y/',
  ]) {
    assert.equal(withoutTrailingSlashes(path), undefined, path);
    const how = { scheme: 'https', port, method: 'GET', path, headers: {}, body: '' } as const;
    const { headers } = await sendRequest(how);
    assert.equal(headers['location'], undefined, path);
  }
});

test('pages with a form that has no page for a GET do not start', async () => {
  const server = pageServer({
    proxies: new TrustedProxies([]),
    logger: pino({ level: 'silent' }),
    logAs: 'test',
    routes: (pages) => pages.post('/send', async (_request, reply) => reply.send('sent')),
  });
  await assert.rejects(server, /no page for a GET of \/send: use formRoute/);
});

test('after a form that failed, Enter in the address bar shows the form', async (t) => {
  const service = await runPages(t, { orders: [acmeOrder()] });
  const page = await (await newBrowser(t)).newPage();
  await signIn(page, service, { loginName: 'acme-hosting', loginPassword: 'wrong' });
  assert.equal(page.url(), service.at('/sign-in'));
  await page.goto(page.url());
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  assert.equal(page.url(), service.at('/'));

  await signInToConsole(page, service);
  await page.goto(service.console('/orders/7250060'));
  const form = page.locator('form', { has: page.locator('[name=status] option', { hasText: 'Rejected' }) });
  await form.first().getByRole('combobox').selectOption('Rejected');
  await form.first().getByRole('button').click();
  await page.getByRole('alert').waitFor();
  assert.equal(page.url(), service.console('/orders/7250060/change'));
  await page.goto(page.url());
  await page.getByRole('heading', { name: 'Order 7250060' }).waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
});
