/** What RFC 9110 says of methods, preconditions, empty and compressed bodies, on every route. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { sendRequest } from '../running-service.ts';
import { acmeOrder } from '../sample-orders.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { runManagedService } from './managed-service.ts';

const ORDER = '/v1/orders/7250060';
const MALFORMED = 'urn:problem-type:cert-order-status:malformed-request';

/** The headers that are the same whenever a request is made. */
function lasting(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { date: _date, ...others } = headers;
  return others;
}

test('HEAD of every GET route has the headers of GET, and no body', async (t) => {
  const { manage, tokens } = await runManagedService(t, {
    orders: [acmeOrder()],
    accounts: ['other'],
    settings: { secretKeys: { kind: 'file', path: join(temporaryFolder(t), 'key'), isMade: true } },
  });
  const { json } = await manage('GET /openapi.json');
  // Nothing is sent there: there is no change.
  const added = await manage('POST /v1/webhooks', {
    body: { account: 'other', url: 'https://1.1.1.1/' },
    token: tokens.admin,
  });
  const { endpointID } = added.json.endpoint;
  // Nothing is asked there: it is paused.
  const login = { loginName: 'reseller', loginPassword: 'there' };
  for (const [route, body] of [
    ['POST /v1/upstreams', { name: 'ca', baseUrl: 'https://1.1.1.1/', ...login }],
    ['POST /v1/upstreams/ca/pause', undefined],
    ['PUT /v1/upstreams/ca/orders/8', { account: 'other' }],
  ] as const) {
    const { status } = await manage(route, { body, token: tokens.admin });
    assert.ok(status < 300, `${route} ${status}`);
  }
  const paths = Object.entries<object>(json.paths).filter(([, methods]) => 'get' in methods);
  assert.ok(paths.length >= 5);
  for (const [template] of paths) {
    const path = template
      .replace('{name}/orders/{orderNumber}', 'ca/orders/8')
      .replace('/upstreams/{name}', '/upstreams/ca')
      .replace('{orderNumber}', '7250060')
      .replace('{loginName}', 'other')
      .replace('{endpointID}', endpointID);
    const got = await manage(`GET ${path}`, { token: tokens.admin });
    const head = await manage(`HEAD ${path}`, { token: tokens.admin });
    assert.equal(got.status, 200, path);
    assert.equal(head.status, 200, path);
    assert.equal(head.body, '', path);
    assert.deepEqual(lasting(head.headers), lasting(got.headers), path);
  }
  assert.equal((await manage('HEAD /v1/orders/1')).status, 404);
  assert.equal((await manage(`HEAD ${ORDER}`, { headers: { 'If-None-Match': '"1"' } })).status, 304);
  assert.equal((await manage(`HEAD ${ORDER}`, { token: null })).status, 401);
});

test('If-Match and If-None-Match are evaluated on every method, in their order', async (t) => {
  const { manage } = await runManagedService(t, { orders: [acmeOrder()] });
  const send = async (method: 'GET' | 'PUT' | 'PATCH', headers: Record<string, string>) => {
    const body = method === 'GET' ? undefined : method === 'PUT' ? acmeOrder() : {};
    const { status, headers: sent } = await manage(`${method} ${ORDER}`, { body, headers });
    if (status === 200 || status === 304) assert.equal(sent['etag'], '"1"');
    return status;
  };
  for (const [headers, ofGet, ofChange] of [
    [{ 'If-Match': '*' }, 200, 200],
    [{ 'If-Match': '"1"' }, 200, 200],
    [{ 'If-Match': '"7", "1" ,W/"8"' }, 200, 200],
    [{ 'If-Match': 'W/"1"' }, 412, 412],
    [{ 'If-Match': '"2", "3"' }, 412, 412],
    [{ 'If-Match': '1' }, 400, 400],
    [{ 'If-None-Match': '*' }, 304, 412],
    [{ 'If-None-Match': '"1"' }, 304, 412],
    [{ 'If-None-Match': '"2", W/"1"' }, 304, 412],
    [{ 'If-None-Match': '"2"' }, 200, 200],
    [{ 'If-Match': '"1"', 'If-None-Match': '"1"' }, 304, 412],
    [{ 'If-Match': '"1"', 'If-None-Match': '"2"' }, 200, 200],
    [{ 'If-Match': '"2"', 'If-None-Match': '"1"' }, 412, 412],
    [{ 'If-Match': '*', 'If-None-Match': '*' }, 304, 412],
  ] as const) {
    const what = JSON.stringify(headers);
    assert.equal(await send('GET', headers), ofGet, `GET ${what}`);
    for (const method of ['PUT', 'PATCH'] as const)
      assert.equal(await send(method, headers), ofChange, `${method} ${what}`);
  }
  const missing = await manage('GET /v1/orders/404', { headers: { 'If-Match': '"1"' } });
  assert.equal(missing.status, 404);
});

test('what is percent-encoded needlessly in a path is the same path', async (t) => {
  const { manage } = await runManagedService(t, { orders: [acmeOrder()] });
  for (const path of ['/v1/orders%3Abatch', '/v1/orders%3abatch', '/v1/%6Frders:batch']) {
    const { status, body } = await manage(`POST ${path}`, { type: 'application/x-ndjson', body: '{}\n' });
    assert.equal(status, 200, path);
    assert.match(body, /"result":"refused"/, path);
  }
  for (const path of ['/v1/orders/%37250060', '/%76%31/orders/7250060', '/v1/orders/7250060/histor%79'])
    assert.equal((await manage(`GET ${path}`)).status, 200, path);
  for (const path of ['/v1/orders%2F7250060', '/v1/orders%253Abatch', '/v1/orders/7250060%'])
    assert.ok([400, 404].includes((await manage(`GET ${path}`)).status), path);
});

test('an empty body of a JSON type is none: fine where none is needed, 400 where one is', async (t) => {
  const { manage, tokens, managementPort: port = 0 } = await runManagedService(t, { accounts: ['other'] });
  const token = tokens.admin;
  for (const type of ['application/json', 'application/merge-patch+json']) {
    const disabled = await manage('POST /v1/accounts/other/disable', { token, body: '', type });
    assert.deepEqual([disabled.status, disabled.json], [200, { loginName: 'other', disabled: true }]);
  }
  const routes = [
    'PUT /v1/accounts/other/password',
    'POST /v1/accounts',
    `PUT ${ORDER}`,
    `PATCH ${ORDER}`,
    'POST /v1/orders:batch',
  ];
  for (const route of routes) {
    const [method = '', path = ''] = route.split(' ');
    for (const type of ['application/json', undefined]) {
      if (type !== undefined && path.endsWith(':batch')) continue;
      const answer = await sendRequest({
        scheme: 'https',
        port,
        method,
        path,
        headers: {
          Authorization: `Bearer ${token}`,
          'Content-Length': 0,
          ...(type && { 'Content-Type': type }),
        },
        body: '',
      });
      assert.equal(answer.status, 400, `${route} ${type}`);
      const { type: kind, detail } = JSON.parse(answer.body);
      assert.equal(kind, MALFORMED);
      assert.equal(detail, 'the body is empty; this route needs one, see /openapi.json');
    }
  }
});

test('a compressed body is refused with 415, and what is accepted instead', async (t) => {
  const { manage, tokens, managementPort: port = 0 } = await runManagedService(t, { orders: [acmeOrder()] });
  for (const [route, type] of [
    [`PUT ${ORDER}`, 'application/json'],
    [`PATCH ${ORDER}`, 'application/merge-patch+json'],
    ['POST /v1/orders:batch', 'application/x-ndjson'],
  ] as const) {
    const [method = '', path = ''] = route.split(' ');
    const headers = { Authorization: `Bearer ${tokens.write}`, 'Content-Type': type };
    const body = gzipSync(JSON.stringify(acmeOrder()));
    for (const coding of ['gzip', 'x-gzip', 'identity, gzip']) {
      const answer = await sendRequest({
        scheme: 'https',
        port,
        method,
        path,
        headers: { ...headers, 'Content-Encoding': coding },
        body,
      });
      assert.equal(answer.status, 415, route);
      assert.equal(answer.headers['accept-encoding'], 'identity', route);
      assert.match(answer.body, /"detail":"the body has a Content-Encoding; send it without"/);
    }
  }
  const read = await manage(`PUT ${ORDER}`, {
    body: acmeOrder(),
    headers: { 'Content-Encoding': 'identity' },
  });
  assert.equal(read.status, 200);
});
