import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { PublicServerSettings } from '../../src/server/public-server.ts';
import { openConnection } from '../connection.ts';
import { ACME, type HttpRequest, runService, STATUS_PATH, sendRequest } from '../running-service.ts';

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

async function pagesOf(t: Parameters<typeof runService>[0], limits: PublicServerSettings['limits'] = {}) {
  const service = await runService(t, { settings: { pages: true, limits } });
  const ask = (method: string, path: string, how: Partial<HttpRequest> = {}) =>
    sendRequest({ scheme: 'https', port: service.port, method, path, headers: {}, body: '', ...how });
  return { service, ask };
}

const SIGN_IN = new URLSearchParams({ ...ACME }).toString();

test('every page forbids what it does not need', async (t) => {
  const { ask } = await pagesOf(t);
  for (const path of ['/', '/nowhere', '/s/x', '/orders/1']) {
    const { headers } = await ask('GET', path);
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /^default-src 'none';/);
    assert.doesNotMatch(policy, /unsafe|\*|http/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['strict-transport-security'], 'max-age=31536000');
    assert.match(String(headers['referrer-policy']), path === '/s/x' ? /^no-referrer$/ : /^same-origin$/);
  }
});

test('what pages are drawn with is kept for ever, under a name that changes with it', async (t) => {
  const { ask } = await pagesOf(t);
  const { body } = await ask('GET', '/');
  const paths = [...body.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path]) => path as string);
  assert.equal(paths.length, 3);
  for (const path of paths) {
    const { status, headers } = await ask('GET', path);
    assert.equal(status, 200);
    assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable');
  }
  assert.equal((await ask('GET', '/assets/000000000000/pages.css')).status, 404);
  assert.equal((await ask('GET', '/assets/../package.json')).status, 404);
});

test('a form that another site sends is refused', async (t) => {
  const { service, ask } = await pagesOf(t);
  const own = `https://127.0.0.1:${service.port}`;
  const host = { Host: `127.0.0.1:${service.port}` };
  for (const [headers, status] of [
    [{ 'Sec-Fetch-Site': 'same-origin' }, 303],
    [{ Origin: own }, 303],
    [{ 'Sec-Fetch-Site': 'cross-site' }, 403],
    [{ 'Sec-Fetch-Site': 'same-site', Origin: own }, 403],
    [{ 'Sec-Fetch-Site': 'none' }, 403],
    [{ Origin: 'https://evil.example' }, 403],
    [{ Origin: 'null' }, 403],
    [{}, 403],
  ] as const) {
    const answer = await ask('POST', '/sign-in', {
      headers: { ...FORM, ...host, ...headers },
      body: SIGN_IN,
    });
    assert.equal(answer.status, status, JSON.stringify(headers));
    assert.equal(answer.headers['set-cookie'] !== undefined, status === 303);
  }
});

test('a form over 64 KiB is refused', async (t) => {
  const { ask } = await pagesOf(t);
  const headers = { ...FORM, 'Sec-Fetch-Site': 'same-origin' };
  const large = `${SIGN_IN}&x=${'x'.repeat(64 * 1024)}`;
  const { status, headers: answered } = await ask('POST', '/sign-in', { headers, body: large });
  assert.equal(status, 413);
  assert.equal(answered['set-cookie'], undefined);
});

test('each sign-in is a session of its own, and ends the one that the browser had', async (t) => {
  const { ask } = await pagesOf(t);
  const signIn = async (cookie = '') => {
    const headers = { ...FORM, 'Sec-Fetch-Site': 'same-origin', Cookie: cookie };
    const answer = await ask('POST', '/sign-in', { headers, body: SIGN_IN });
    const [set] = answer.headers['set-cookie'] as string[];
    assert.match(
      set ?? '',
      /^__Host-orders-[0-9a-f]{8}=[A-Za-z0-9_-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    return (set ?? '').split(';', 1)[0] as string;
  };
  const statusWith = async (cookie: string) =>
    (await ask('GET', '/orders/7250060', { headers: { Cookie: cookie } })).status;
  const first = await signIn();
  const elsewhere = await signIn();
  assert.deepEqual([await statusWith(first), await statusWith(elsewhere)], [200, 200]);
  const second = await signIn(first);
  assert.notEqual(second, first);
  assert.deepEqual(
    [await statusWith(first), await statusWith(second), await statusWith(elsewhere)],
    [303, 200, 200],
  );
});

test('over plain http a page says where it is, and a form is not read', async (t) => {
  const { service, ask } = await pagesOf(t);
  const plain = { scheme: 'http', headers: { Host: 'orders.example' } } as const;
  const page = await ask('GET', '/', plain);
  assert.equal(page.status, 308);
  assert.equal(page.headers['location'], 'https://orders.example/');
  const form = await ask('POST', '/sign-in', {
    ...plain,
    headers: { ...FORM, ...plain.headers },
    body: SIGN_IN,
  });
  assert.equal(form.status, 403);
  assert.ok(!service.logText().includes(ACME.loginPassword));
});

test('signing in takes turns at hashing with the API', async (t) => {
  const { ask } = await pagesOf(t);
  const headers = { ...FORM, 'Sec-Fetch-Site': 'same-origin' };
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      ask('POST', '/sign-in', {
        headers,
        body: new URLSearchParams({ loginName: `n${index}`, loginPassword: 'x' }).toString(),
      }),
    ),
  );
  const busy = answers.filter(({ status }) => status === 503);
  assert.ok(busy.length > 0);
  for (const { headers: answered } of busy) assert.equal(answered['retry-after'], '2');
  for (const { status } of answers) assert.ok(status === 503 || status === 422);
});

test('as many pages are kept up to date as may be; the next is told to try again, until one is closed', async (t) => {
  const { service, ask } = await pagesOf(t, { openPages: { inAll: 2 } });
  const headers = { ...FORM, 'Sec-Fetch-Site': 'same-origin' };
  const signedIn = await ask('POST', '/sign-in', { headers, body: SIGN_IN });
  const cookie = (signedIn.headers['set-cookie'] as string[])[0]?.split(';', 1)[0] ?? '';
  const path = '/orders/7250060/events';
  const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\n\r\n`;
  const follow = async () => {
    const page = await openConnection(t, service.port);
    page.write(request);
    return { page, statusLine: (await page.answer()).statusLine };
  };
  const first = await follow();
  assert.match(first.statusLine, / 200 /);
  const second = await follow();
  assert.match(second.statusLine, / 200 /);
  // However often it asks, a connection carries one.
  second.page.write(request.repeat(2));

  const third = await ask('GET', path, { headers: { Cookie: cookie } });
  assert.equal(third.status, 503);
  assert.match(third.body, /Too many pages are open/);
  assert.equal((await ask('GET', '/orders/7250060', { headers: { Cookie: cookie } })).status, 200);

  first.page.close();
  for (;;) {
    const { page, statusLine } = await follow();
    if (/ 200 /.test(statusLine)) break;
    page.close();
    await pause(10);
  }
});

test('the API and the health check are what they are without pages', async (t) => {
  const { service, ask } = await pagesOf(t);
  const form = { ...ACME, orderNumber: '7250060', queryType: '0' };
  assert.match((await service.ask(form)).body, /^errorCode=0&/);
  assert.match((await ask('GET', STATUS_PATH)).body, /^errorCode=-17&/);
  assert.equal((await ask('GET', '/healthz')).body, 'ok\n');
  const without = await runService(t);
  const answer = await sendRequest({
    scheme: 'https',
    port: without.port,
    method: 'GET',
    path: '/',
    headers: {},
    body: '',
  });
  assert.deepEqual([answer.status, answer.body], [404, 'not found\n']);
});

test('what is sent with a page stays out of the log', async (t) => {
  const { service, ask } = await pagesOf(t);
  const headers = { ...FORM, 'Sec-Fetch-Site': 'same-origin' };
  await ask('POST', '/sign-in', { headers, body: SIGN_IN });
  await ask('POST', '/sign-in', { headers, body: 'loginName=SECRET-1&loginPassword=SECRET-2' });
  await ask('GET', '/look-up?number=SECRET-3');
  await ask('GET', '/s/SECRET-4');
  await ask('GET', '/SECRET-5');
  assert.doesNotMatch(service.logText(), /SECRET|correct horse/);
  assert.match(
    service.logText(),
    /"account":"acme-hosting","method":"POST","route":"\/sign-in","httpStatus":303/,
  );
});
