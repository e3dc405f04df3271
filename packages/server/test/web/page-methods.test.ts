/** What RFC 9110 says of HEAD and of compressed bodies, on the pages and the probes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openConnection } from '../connection.ts';
import { runManagedService } from '../management-api/managed-service.ts';
import { ACME, sendRequest } from '../running-service.ts';
import { acmeOrder } from '../sample-orders.ts';

test('HEAD of pages and probes has the headers of GET, and no body', async (t) => {
  const service = await runManagedService(t, {
    orders: [acmeOrder()],
    settings: { pages: true, probePort: 0 },
  });
  const { port, managementPort = 0, probePort = 0 } = service;
  const send = (method: string, scheme: 'https' | 'http', port: number, path: string) =>
    sendRequest({ scheme, port, method, path, headers: {}, body: '' });
  for (const [scheme, ofPort, path, status] of [
    ['https', port, '/', 200],
    ['http', port, '/', 308],
    ['https', port, '/healthz', 200],
    ['https', port, '/no-such-page', 404],
    ['https', managementPort, '/', 303],
    ['https', managementPort, '/console', 200],
    ['http', probePort, '/healthz', 200],
    ['http', probePort, '/readyz', 200],
    ['http', probePort, '/none', 404],
  ] as const) {
    const got = await send('GET', scheme, ofPort, path);
    const head = await send('HEAD', scheme, ofPort, path);
    assert.deepEqual([got.status, head.status], [status, status], path);
    assert.equal(head.body, '');
    for (const name of ['content-type', 'content-length', 'location', 'cache-control'])
      assert.equal(head.headers[name], got.headers[name], `${path} ${name}`);
  }
  const metrics = await send('HEAD', 'http', probePort, '/metrics');
  assert.deepEqual([metrics.status, metrics.body], [200, '']);
});

test('HEAD of a stream of events is answered and ends', async (t) => {
  const { port } = await runManagedService(t, { orders: [acmeOrder()], settings: { pages: true } });
  const signedIn = await sendRequest({
    scheme: 'https',
    port,
    method: 'POST',
    path: '/sign-in',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' },
    body: new URLSearchParams(ACME).toString(),
  });
  const cookie = [signedIn.headers['set-cookie']].flat().map((each) => each?.split(';', 1)[0]);
  const connection = await openConnection(t, port);
  const head = (path: string) =>
    connection.write(`HEAD ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie.join('; ')}\r\n\r\n`);
  head('/orders/7250060/events');
  const answer = await connection.answer();
  assert.equal(answer.statusLine, 'HTTP/1.1 200 OK');
  assert.equal(answer.headers['content-type'], 'text/event-stream; charset=utf-8');
  connection.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  assert.equal((await connection.answer()).statusLine, 'HTTP/1.1 200 OK');
});

test('a compressed form is refused with 415', async (t) => {
  const { port, managementPort = 0 } = await runManagedService(t, { settings: { pages: true } });
  for (const [ofPort, path] of [
    [port, '/sign-in'],
    [managementPort, '/console/sign-in'],
  ] as const) {
    const answer = await sendRequest({
      scheme: 'https',
      port: ofPort,
      method: 'POST',
      path,
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        'Content-Encoding': 'gzip',
        'Sec-Fetch-Site': 'same-origin',
      },
      body: gzipSync('loginName=a'),
    });
    assert.equal(answer.status, 415, path);
    assert.equal(answer.headers['accept-encoding'], 'identity');
    assert.match(answer.body, /compressed/);
  }
});
