import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConnection } from '../connection.ts';
import { runService, STATUS_PATH } from '../running-service.ts';
import { NOT_HTTPS, QUESTION, STATUS_ANSWER } from '../wire-texts.ts';

const BAD_REQUEST = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
const TOO_LARGE =
  'HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

/** A TLS client's first bytes. */
const HELLO = Buffer.from('160301004a010000460303', 'hex');

const GARBAGE = [
  'garbage\r\n\r\n',
  '\0\0\0\0',
  'GET / HTTP/9.9\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  `POST ${STATUS_PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n`,
  `POST ${STATUS_PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`,
  `POST ${STATUS_PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
  `POST ${STATUS_PATH} HTTP/1.1\r\nHost: a\r\nno header at all\r\n\r\n`,
];

for (const scheme of ['https', 'http'] as const) {
  test(`what is not HTTP gets a bare 400, over ${scheme}`, async (t) => {
    const { port } = await runService(t);
    for (const bytes of GARBAGE) {
      const connection = await openConnection(t, port, scheme);
      connection.write(bytes);
      assert.equal(await connection.untilClosed(), BAD_REQUEST, JSON.stringify(bytes));
    }
  });

  test(`headers over 16 KiB get a bare 431, over ${scheme}`, async (t) => {
    const { port } = await runService(t);
    const connection = await openConnection(t, port, scheme);
    connection.write(`POST ${STATUS_PATH} HTTP/1.1\r\nHost: a\r\nCookie: ${'a'.repeat(17_000)}\r\n\r\n`);
    assert.equal(await connection.untilClosed(), TOO_LARGE);
  });
}

test('HTTP/1.1 without Host gets a 400 without a body', async (t) => {
  const { port } = await runService(t);
  const connection = await openConnection(t, port);
  connection.write(`POST ${STATUS_PATH} HTTP/1.1\r\n\r\n`);
  const { statusLine, headers, body } = await connection.answer();
  assert.equal(statusLine, 'HTTP/1.1 400 Bad Request');
  assert.equal(headers['connection'], 'close');
  assert.equal(headers['content-type'], undefined);
  assert.equal(body, '');
  assert.equal(await connection.untilClosed(), '');
});

test('chunks that are none get a bare 400, and no order is looked up', async (t) => {
  const service = await runService(t);
  const connection = await openConnection(t, service.port);
  connection.write(
    `POST ${STATUS_PATH} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${QUESTION}\r\n0\r\n\r\n`,
  );
  assert.equal(await connection.untilClosed(), BAD_REQUEST);
  assert.equal((await service.ask(QUESTION)).body, STATUS_ANSWER);
});

test('CONNECT gets a bare 404', async (t) => {
  const { port } = await runService(t);
  for (const scheme of ['https', 'http'] as const) {
    const connection = await openConnection(t, port, scheme);
    connection.write('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n');
    assert.equal(
      await connection.untilClosed(),
      'HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    );
  }
});

test('https:// to a port that speaks plain HTTP gets a bare 400', async (t) => {
  const { httpPort = 0 } = await runService(t, { settings: { httpPort: 0 } });
  const connection = await openConnection(t, httpPort, 'http');
  connection.write(HELLO);
  assert.equal(await connection.untilClosed(), BAD_REQUEST);
});

test('what begins like TLS and is none does not disturb the next connection', async (t) => {
  const service = await runService(t);
  const connection = await openConnection(t, service.port, 'http');
  connection.write(Buffer.concat([Buffer.from([0x16]), Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')]));
  assert.doesNotMatch(await connection.untilClosed(), /<|node:/);
  assert.equal((await service.ask(QUESTION)).body, STATUS_ANSWER);
});

test('garbage after a good request spoils only itself', async (t) => {
  const { port } = await runService(t);
  const connection = await openConnection(t, port, 'http');
  connection.write(`GET ${STATUS_PATH} HTTP/1.1\r\nHost: a\r\n\r\n`);
  assert.equal((await connection.answer()).body, NOT_HTTPS);
  connection.write('garbage\r\n\r\n');
  assert.equal(await connection.untilClosed(), BAD_REQUEST);
});
