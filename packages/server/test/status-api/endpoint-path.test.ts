import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConnection } from '../connection.ts';
import { curl } from '../curl.ts';
import { runService, STATUS_PATH, sendRequest } from '../running-service.ts';
import { NOT_HTTPS, QUESTION, STATUS_ANSWER } from '../wire-texts.ts';

test('POST https://HOST/products/!GetDetailedOrderStatus is answered, to curl as well', async (t) => {
  const { port } = await runService(t);
  const printed = await curl(
    '--data',
    QUESTION,
    `https://127.0.0.1:${port}/products/!GetDetailedOrderStatus`,
  );
  assert.equal(printed, STATUS_ANSWER);
});

test('/products/%21GetDetailedOrderStatus is the same path', async (t) => {
  const service = await runService(t);
  const answer = await service.ask(QUESTION, { path: '/products/%21GetDetailedOrderStatus' });
  assert.equal(answer.status, 200);
  assert.equal(answer.body, STATUS_ANSWER);
});

test('the path as the spec spells it in its heading is the same path', async (t) => {
  const service = await runService(t);
  for (const path of ['/products!/GetDetailedOrderStatus', '/products%21/GetDetailedOrderStatus']) {
    assert.equal((await service.ask(QUESTION, { path })).body, STATUS_ANSWER, path);
  }
});

test('the path under which the API is documented for some products is the same path', async (t) => {
  const service = await runService(t);
  for (const path of [
    '/products/download/!GetDetailedOrderStatus',
    '/products/download/%21GetDetailedOrderStatus',
  ]) {
    assert.equal((await service.ask(QUESTION, { path })).body, STATUS_ANSWER, path);
  }
});

test('over plain HTTP the https port answers -1 on that path only', async (t) => {
  const service = await runService(t);
  const ask = (path: string) => service.ask('', { scheme: 'http', method: 'GET', path });
  assert.equal((await ask(STATUS_PATH)).body, NOT_HTTPS);
  assert.equal((await ask('/healthz')).body, 'ok\n');
  assert.equal((await ask('/')).status, 404);
});

test('a query string does not change the path', async (t) => {
  const service = await runService(t);
  const answer = await service.ask(QUESTION, { path: '/products/!GetDetailedOrderStatus?' });
  assert.equal(answer.body, STATUS_ANSWER);
});

test('the target may be a whole address, as a proxy is sent it', async (t) => {
  const { port } = await runService(t);
  const targets = [
    'https://api.example/products/!GetDetailedOrderStatus',
    'HTTPS://api.example:8443/products/%21GetDetailedOrderStatus',
    'http://api.example/products/!GetDetailedOrderStatus?',
  ];
  for (const target of targets) {
    const connection = await openConnection(t, port);
    connection.write(
      `POST ${target} HTTP/1.1\r\nHost: api.example\r\nContent-Length: ${QUESTION.length}\r\n\r\n${QUESTION}`,
    );
    assert.equal((await connection.answer()).body, STATUS_ANSWER, target);
  }
});

test('the path is case-sensitive, and anything else is a 404 in text/plain', async (t) => {
  const service = await runService(t);
  const paths = [
    '/products/!getdetailedorderstatus',
    '/Products/!GetDetailedOrderStatus',
    '/products/!GETDETAILEDORDERSTATUS',
    '/products/%21getDetailedOrderStatus',
    '/products/!GetDetailedOrderStatus/',
    '//products/!GetDetailedOrderStatus',
    '/products/GetDetailedOrderStatus',
    '/products/!GetDetailedOrderStatu%73',
    '/products/',
    '/healthz/',
    '/',
  ];
  for (const path of paths) {
    const { status, headers, body } = await service.ask(QUESTION, { path });
    assert.equal(status, 404, path);
    assert.equal(headers['content-type'], 'text/plain; charset=utf-8', path);
    assert.equal(headers['cache-control'], 'no-store', path);
    assert.equal(body, 'not found\n', path);
  }
});

test('beside the pages, a misspelt path of the API gets a 404 in text/plain, whatever the method', async (t) => {
  const service = await runService(t, { settings: { pages: true } });
  const paths = [
    '/products',
    '/products/',
    '/products?loginName=acme-hosting',
    '/products/GetDetailedOrderStatus',
    '/products/!getdetailedorderstatus',
    '/PRODUCTS/!GETDETAILEDORDERSTATUS',
    '/Products/!GetDetailedOrderStatus',
    '/products/!GetDetailedOrderStatus/',
    '/products/%2521GetDetailedOrderStatus',
    '/products/Download/!GetDetailedOrderStatus',
    '/products/!CollectSSL',
    '/products/download/CollectSSL',
    '//products/!GetDetailedOrderStatus',
    '///products',
    '/!GetDetailedOrderStatus',
    '/api/products/!GetDetailedOrderStatus',
  ];
  for (const path of paths) {
    for (const method of ['POST', 'GET', 'HEAD', 'PUT', 'OPTIONS']) {
      const { status, headers, body } = await service.ask(QUESTION, { path, method });
      assert.equal(status, 404, `${method} ${path}`);
      assert.equal(headers['content-type'], 'text/plain; charset=utf-8', `${method} ${path}`);
      assert.equal(body, method === 'HEAD' ? '' : 'not found\n', `${method} ${path}`);
    }
  }
  const { status } = await service.ask(QUESTION, { path: '/no-such-page' });
  assert.equal(status, 404);
});

test('a 404 is one line in the log, without the path', async (t) => {
  const service = await runService(t);
  await service.ask(QUESTION, { path: '/correct-horse' });
  assert.deepEqual(
    service.log.slice(-1).map(({ time: _time, ...line }) => line),
    [{ level: 30, httpStatus: 404, msg: 'request' }],
  );
  assert.ok(!service.logText().includes('correct-horse'));
});

test('GET and HEAD /healthz say that the service is up', async (t) => {
  const { port } = await runService(t);
  const request = { scheme: 'https', port, path: '/healthz', headers: {}, body: '' } as const;

  const got = await sendRequest({ ...request, method: 'GET' });
  assert.equal(got.status, 200);
  assert.equal(got.headers['content-type'], 'text/plain; charset=utf-8');
  assert.equal(got.body, 'ok\n');

  const head = await sendRequest({ ...request, method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(head.headers['content-length'], '3');
  assert.equal(head.body, '');

  const posted = await sendRequest({ ...request, method: 'POST' });
  assert.deepEqual([posted.status, posted.headers['allow']], [405, 'GET, HEAD']);
});
