import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConnection } from '../connection.ts';
import { curl } from '../curl.ts';
import { runService, STATUS_PATH } from '../running-service.ts';
import { NOT_POST, QUESTION } from '../wire-texts.ts';

test('GET is answered with HTTP 200 and -17', async (t) => {
  const service = await runService(t);
  for (const path of [STATUS_PATH, `${STATUS_PATH}?${QUESTION}`]) {
    const answer = await service.ask('', { method: 'GET', path });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], 'application/x-www-form-urlencoded');
    assert.equal(answer.headers['allow'], undefined);
    assert.equal(answer.body, NOT_POST);
  }
});

test('GET by curl is answered with -17', async (t) => {
  const { port } = await runService(t);
  const url = `https://127.0.0.1:${port}${STATUS_PATH}`;
  assert.equal(await curl('--write-out', ' %{http_code}', url), `${NOT_POST} 200`);
  assert.equal(await curl('--get', '--data', QUESTION, url), NOT_POST);
});

test('HEAD is answered with HTTP 200 and the headers of -17, without a body', async (t) => {
  const { port } = await runService(t);
  const connection = await openConnection(t, port);
  connection.write(`HEAD ${STATUS_PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  const [head, body] = (await connection.untilClosed()).split('\r\n\r\n');
  assert.match(head ?? '', /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(head ?? '', /\r\nContent-Type: application\/x-www-form-urlencoded\r\n/);
  assert.match(head ?? '', /\r\nContent-Length: 63\r\n/);
  assert.equal(body, '');
});

test('other methods are answered with 405, Allow: POST and -17', async (t) => {
  const service = await runService(t);
  for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND', 'TRACE']) {
    const answer = await service.ask('', { method });
    assert.equal(answer.status, 405, method);
    assert.equal(answer.headers['allow'], 'POST', method);
    assert.equal(answer.headers['content-type'], 'application/x-www-form-urlencoded', method);
    assert.equal(answer.headers['cache-control'], 'no-store', method);
    assert.equal(answer.body, NOT_POST, method);
  }
});

test('a good request with another method is refused all the same, by curl as well', async (t) => {
  const { port } = await runService(t);
  const url = `https://127.0.0.1:${port}${STATUS_PATH}`;
  for (const [method, status] of [
    ['GET', '200'],
    ['PUT', '405'],
    ['DELETE', '405'],
  ] as const) {
    const printed = await curl('--request', method, '--data', QUESTION, '--write-out', ' %{http_code}', url);
    assert.equal(printed, `${NOT_POST} ${status}`);
  }
});

test('a method is case-sensitive: post is none that HTTP knows here, and gets a bare 400', async (t) => {
  const { port } = await runService(t);
  const connection = await openConnection(t, port);
  connection.write(`post ${STATUS_PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  assert.equal(
    await connection.untilClosed(),
    'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  );
});
