/** A path with a method that it does not have, and a target with scheme and host, on every port. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runManagedService } from '../management-api/managed-service.ts';
import { sendRequest } from '../running-service.ts';
import { acmeOrder } from '../sample-orders.ts';

const READ = 'GET, HEAD';
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];

test('a method that a path does not have is a 405 that names those that it has', async (t) => {
  const settings = { pages: true, probePort: 0 };
  const service = await runManagedService(t, { orders: [acmeOrder()], settings });
  const { port, managementPort = 0, probePort = 0 } = service;
  const headers = { Authorization: `Bearer ${service.tokens.admin}`, 'Sec-Fetch-Site': 'same-origin' };
  for (const [scheme, ofPort, path, allowed] of [
    ['https', port, '/', READ],
    ['https', port, '/orders/7250060', READ],
    ['https', port, '/orders/7250060/links', 'POST, GET, HEAD'],
    ['https', port, '/healthz', READ],
    ['https', managementPort, '/console/orders?status=Pending', READ],
    ['https', managementPort, '/console/sign-in', 'POST, GET, HEAD'],
    ['https', managementPort, '/openapi.json', READ],
    ['https', managementPort, '/v1/orders/7250060', 'PUT, PATCH, GET, HEAD'],
    ['https', managementPort, '/v1/orders:batch', 'POST'],
    ['https', managementPort, '/v1/orders%3Abatch', 'POST'],
    ['https', managementPort, '/v1/accounts', 'GET, HEAD, POST'],
    ['http', probePort, '/healthz', READ],
    ['http', probePort, '/readyz', READ],
    ['http', probePort, '/metrics', READ],
  ] as const) {
    for (const method of METHODS) {
      if (allowed.split(', ').includes(method)) continue;
      const answer = await sendRequest({ scheme, port: ofPort, method, path, headers, body: '' });
      const allow = String(answer.headers['allow']).split(', ').sort();
      assert.deepEqual([answer.status, allow], [405, allowed.split(', ').sort()], `${method} ${path}`);
    }
  }
  for (const path of ['/v1/nothing', '/v1/order', '/v1/accounts/x/nothing']) {
    const { status } = await sendRequest({
      scheme: 'https',
      port: managementPort,
      method: 'PUT',
      path,
      headers,
      body: '',
    });
    assert.equal(status, 404, path);
  }
});

test('a target with scheme and host is that path', async (t) => {
  const settings = { pages: true, probePort: 0 };
  const service = await runManagedService(t, { orders: [acmeOrder()], settings });
  const { port, managementPort = 0, probePort = 0 } = service;
  const headers = { Authorization: `Bearer ${service.tokens.read}` };
  for (const [scheme, ofPort, path] of [
    ['https', port, '/'],
    ['https', port, ''],
    ['https', port, '/healthz'],
    ['https', managementPort, '/console'],
    ['https', managementPort, '/v1/orders?limit=1'],
    ['http', probePort, '/healthz'],
    ['http', probePort, '/metrics'],
  ] as const) {
    const target = `${scheme}://localhost:${ofPort}${path}`;
    const { status } = await sendRequest({
      scheme,
      port: ofPort,
      method: 'GET',
      path: target,
      headers,
      body: '',
    });
    assert.equal(status, 200, target);
  }
});
