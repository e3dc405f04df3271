import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConnection } from '../connection.ts';
import { curl } from '../curl.ts';
import { runService, STATUS_PATH, sendRequest } from '../running-service.ts';
import { NOT_HTTPS, QUESTION, STATUS_ANSWER } from '../wire-texts.ts';

const WITH_HTTP_PORT = { settings: { httpPort: 0 } };

test('http:// to the https port is answered with -1', async (t) => {
  const service = await runService(t);
  const answer = await service.ask(QUESTION, { scheme: 'http' });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-type'], 'application/x-www-form-urlencoded');
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.equal(answer.body, NOT_HTTPS);
});

test('http:// to the https port is answered with -1, to curl as well', async (t) => {
  const { port } = await runService(t);
  const url = `http://127.0.0.1:${port}${STATUS_PATH}`;
  assert.equal(await curl('--data', QUESTION, '--write-out', ' %{http_code}', url), `${NOT_HTTPS} 200`);
  assert.equal(await curl('--http1.0', '--data', QUESTION, url), NOT_HTTPS);
  assert.equal(await curl('--http2', '--data', QUESTION, url), NOT_HTTPS);
  assert.equal(await curl(url), NOT_HTTPS);
});

test('an http:// request is not read: a good login in it is not used', async (t) => {
  const service = await runService(t);
  await service.ask(QUESTION, { scheme: 'http' });
  assert.doesNotMatch(service.logText(), /acme-hosting|7250060/);
});

test('http:// with an https:// target is still -1', async (t) => {
  const { port } = await runService(t);
  const connection = await openConnection(t, port, 'http');
  connection.write(`POST https://localhost${STATUS_PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  assert.equal((await connection.answer()).body, NOT_HTTPS);
});

test('the second listener says -1 to any method on any path', async (t) => {
  const { httpPort = 0 } = await runService(t, WITH_HTTP_PORT);
  const request = { scheme: 'http', port: httpPort, headers: {} } as const;
  for (const path of [STATUS_PATH, '/healthz', '/', '/products/%21getdetailedorderstatus']) {
    for (const method of ['POST', 'GET', 'PUT', 'OPTIONS']) {
      const body = method === 'POST' ? QUESTION : '';
      const answer = await sendRequest({ ...request, method, path, body });
      assert.equal(answer.status, 200, path);
      assert.equal(answer.headers['content-type'], 'application/x-www-form-urlencoded', path);
      assert.equal(answer.body, NOT_HTTPS, path);
    }
  }
});

test('the second listener believes no forwarding headers', async (t) => {
  const service = await runService(t, WITH_HTTP_PORT);
  const headers = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '203.0.113.9' };
  const answer = await service.ask(QUESTION, { scheme: 'http', port: service.httpPort ?? 0, headers });
  assert.equal(answer.body, NOT_HTTPS);
  const { time: _time, ...line } = service.log.at(-1) ?? {};
  assert.deepEqual(line, { level: 30, errorCode: -1, address: '127.0.0.1', msg: 'request' });
});

test('the second listener is one like the first to a trusted proxy', async (t) => {
  const service = await runService(t, { settings: { httpPort: 0, trustProxy: ['127.0.0.1'] } });
  const how = { scheme: 'http', port: service.httpPort ?? 0 } as const;
  const forwarded = { ...how, headers: { 'X-Forwarded-Proto': 'https' } };
  assert.equal((await service.ask(QUESTION, forwarded)).body, STATUS_ANSWER);
  assert.equal((await service.ask(QUESTION, how)).body, NOT_HTTPS);
});
