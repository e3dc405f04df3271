/** Requests that two programs may read in two ways: where one ends, and for whom it is. */

import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openConnection, statusRequest } from '../connection.ts';
import { runManagedService } from '../management-api/managed-service.ts';
import { runService, STATUS_PATH } from '../running-service.ts';
import { NOT_HTTPS, QUESTION, STATUS_ANSWER } from '../wire-texts.ts';
import { listenWith } from './listening.ts';

const CHUNKED_QUESTION = `${QUESTION.length.toString(16)}\r\n${QUESTION}\r\n0\r\n\r\n`;
const TYPE = 'Content-Type: application/x-www-form-urlencoded';

function post(...headers: readonly string[]): string {
  return [`POST ${STATUS_PATH} HTTP/1.1`, TYPE, ...headers, '', ''].join('\r\n');
}

test('a request whose end is not certain is refused, and what follows it is not looked at', async (t) => {
  const service = await runManagedService(t, { settings: { pages: true } });
  const length = `Content-Length: ${QUESTION.length}`;
  const ambiguous = [
    ['two lengths', post('Host: a', length, 'Content-Length: 0')],
    ['the same length twice', post('Host: a', length, length)],
    ['a list of lengths', post('Host: a', `Content-Length: ${QUESTION.length}, ${QUESTION.length}`)],
    ['a negative length', post('Host: a', 'Content-Length: -1')],
    ['a length with a sign', post('Host: a', `Content-Length: +${QUESTION.length}`)],
    ['a hexadecimal length', post('Host: a', 'Content-Length: 0x10')],
    ['a length and chunks', post('Host: a', length, 'Transfer-Encoding: chunked')],
    ['chunks and a length', post('Host: a', 'Transfer-Encoding: chunked', length)],
    ['an encoding after chunks', post('Host: a', 'Transfer-Encoding: chunked, identity')],
    ['an encoding that is nearly chunked', post('Host: a', 'Transfer-Encoding: xchunked')],
    ['a space before the colon', post('Host: a', `Content-Length : ${QUESTION.length}`)],
    ['a folded line', post('Host: a', 'X: a\r\n b', length)],
    ['a line feed alone', post('Host: a', length).replaceAll('\r\n', '\n')],
  ] as const;
  for (const [what, head] of ambiguous) {
    for (const port of [service.port, service.managementPort ?? 0]) {
      const connection = await openConnection(t, port);
      connection.write(head + QUESTION + statusRequest(QUESTION));
      const said = await connection.untilClosed();
      assert.match(said, /^HTTP\/1\.1 400 Bad Request\r\n/, what);
      assert.equal(said.indexOf('HTTP/1.1', 1), -1, what);
    }
  }
  assert.equal(service.log.filter(({ errorCode }) => errorCode === 0).length, 0);
  const connection = await openConnection(t, service.port);
  connection.write(post('Host: a', 'Transfer-Encoding: chunked') + CHUNKED_QUESTION);
  assert.match((await connection.answer()).body, /^errorCode=-4&/);
});

test('a request for no host, for two, or for what is none is refused with 400: API, pages, management and probes', async (t) => {
  const service = await runManagedService(t, { settings: { pages: true, probePort: 0 } });
  const ports = [
    [service.port, 'https', STATUS_PATH],
    [service.port, 'https', '/'],
    [service.managementPort ?? 0, 'https', '/v1/orders'],
    [service.managementPort ?? 0, 'https', '/console'],
    [service.probePort ?? 0, 'http', '/healthz'],
  ] as const;
  const wrong = [
    [],
    ['Host: a', 'Host: a'],
    ['Host: a', 'hOST: b'],
    ['Host: a, b'],
    ['Host: a b'],
    ['Host: a/b'],
    ['Host: user@a'],
    ['Host: [::1'],
    ['Host: ::1'],
    ['Host: a:b'],
    ['Host: a:80:80'],
    ['Host: <script>'],
  ];
  for (const [port, scheme, path] of ports) {
    for (const headers of wrong) {
      const connection = await openConnection(t, port, scheme);
      connection.write([`GET ${path} HTTP/1.1`, ...headers, '', ''].join('\r\n'));
      const { statusLine, headers: answered, body } = await connection.answer();
      assert.equal(statusLine, 'HTTP/1.1 400 Bad Request', `${path} ${headers.slice(0, 2)}`);
      assert.deepEqual([answered['connection'], body], ['close', '']);
      assert.equal(await connection.untilClosed(), '');
    }
    for (const host of ['a', 'a:8443', 'A-b.example_1:', '192.0.2.1', '[2001:db8::1]:443', '']) {
      const connection = await openConnection(t, port, scheme);
      connection.write([`GET ${path} HTTP/1.1`, `Host: ${host}`, '', ''].join('\r\n'));
      assert.doesNotMatch((await connection.answer()).statusLine, / 400 /, `${path} ${host}`);
    }
  }
});

test('an offer to change to another protocol ends the connection, so that what came with it is sent again', async (t) => {
  const service = await runService(t);
  const upgrade = ['Connection: Upgrade', 'Upgrade: h2c'];
  const chunked = `${post('Host: a', 'Transfer-Encoding: chunked', ...upgrade)}${CHUNKED_QUESTION}`;
  for (const request of [statusRequest(QUESTION, ...upgrade), chunked]) {
    const connection = await openConnection(t, service.port);
    connection.write(request + statusRequest(QUESTION));
    const { headers, body } = await connection.answer();
    assert.deepEqual([body, headers['connection']], [STATUS_ANSWER, 'close']);
    assert.equal(await connection.untilClosed(), '');
  }
  const connection = await openConnection(t, service.port);
  connection.write(statusRequest(QUESTION) + statusRequest(QUESTION, ...upgrade));
  assert.equal((await connection.answer()).body, STATUS_ANSWER);
  assert.equal((await connection.answer()).body, STATUS_ANSWER);
});

test('what cannot be read, or asks for a tunnel, is answered after the requests that came before it', async (t) => {
  const waiting: ServerResponse[] = [];
  const listener = await listenWith(t, {}, (_request, response) => waiting.push(response));
  const get = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
  for (const [wrong, status] of [
    ['garbage\r\n\r\n', '400 Bad Request'],
    ['CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', '404 Not Found'],
    ['PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx', '400 Bad Request'],
  ] as const) {
    for (const before of [1, 2]) {
      const connection = await openConnection(t, listener.port, 'http');
      connection.write(get.repeat(before) + wrong);
      for (let count = 0; count < before; count++) {
        while (waiting.length === 0) await pause(5);
        await pause(20);
        waiting.shift()?.end('answer');
        assert.equal((await connection.answer()).body, 'answer');
      }
      assert.match(await connection.untilClosed(), new RegExp(`^HTTP/1\\.1 ${status}\r\n`));
    }
  }
});

test('of several X-Forwarded-Proto the last one of a trusted proxy decides', async (t) => {
  const service = await runService(t, { withoutTls: true, settings: { trustProxy: ['127.0.0.1'] } });
  for (const [first, last, expected] of [
    ['https', 'http', NOT_HTTPS],
    ['http', 'https', STATUS_ANSWER],
  ] as const) {
    const connection = await openConnection(t, service.port, 'http');
    connection.write(statusRequest(QUESTION, `X-Forwarded-Proto: ${first}`, `X-Forwarded-Proto: ${last}`));
    assert.equal((await connection.answer()).body, expected);
  }
});
