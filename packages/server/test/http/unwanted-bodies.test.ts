/** Bodies that go on after the response to their request. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { connect } from 'node:tls';
import { openConnection } from '../connection.ts';
import { type ManagedService, runManagedService } from '../management-api/managed-service.ts';
import { STATUS_PATH } from '../running-service.ts';

const MEBIBYTE = 1024 * 1024;
/** What the systems of both ends may hold besides what the service reads. */
const SYSTEM_BYTES = 24 * MEBIBYTE;

const ENDLESS = {
  'without a token': (port: ManagedService) => [port.managementPort, 'PUT /v1/orders/1', 'X: x', 401],
  'with too small a scope': ({ managementPort, tokens }: ManagedService) => [
    managementPort,
    'PUT /v1/orders/1',
    `Authorization: Bearer ${tokens.read}`,
    403,
  ],
  'for no route': ({ managementPort, tokens }: ManagedService) => [
    managementPort,
    'POST /v1/nothing',
    `Authorization: Bearer ${tokens.write}`,
    404,
  ],
  'of a type that is not read': ({ managementPort, tokens }: ManagedService) => [
    managementPort,
    'PUT /v1/orders/1',
    `Authorization: Bearer ${tokens.write}\r\nContent-Type: text/csv`,
    415,
  ],
  'with a GET': ({ managementPort, tokens }: ManagedService) => [
    managementPort,
    'GET /v1/orders',
    `Authorization: Bearer ${tokens.read}`,
    200,
  ],
  'of a batch without a token': ({ managementPort }: ManagedService) => [
    managementPort,
    'POST /v1/orders:batch',
    'Content-Type: application/x-ndjson',
    401,
  ],
  'to the console': ({ managementPort }: ManagedService) => [
    managementPort,
    'POST /console/sign-in',
    'Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: cross-site',
    403,
  ],
  'to no page': ({ port }: ManagedService) => [port, 'POST /nowhere', 'Sec-Fetch-Site: same-origin', 404],
  'of a form over its limit': ({ port }: ManagedService) => [
    port,
    'POST /sign-in',
    'Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin',
    413,
  ],
  'to the API by GET': ({ port }: ManagedService) => [port, `GET ${STATUS_PATH}`, 'X: x', 200],
} as const satisfies Record<
  string,
  (service: ManagedService) => readonly [number | undefined, string, string, number]
>;

/** Sends a body without an end until the connection is closed; says what was heard, and how much could be sent. */
async function sendEndless(t: TestContext, port: number, head: string) {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  let heard = '';
  socket.on('data', (chunk: Buffer) => {
    heard += chunk.toString('latin1');
  });
  let sent = 0;
  socket.write(`${head}\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n`);
  const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 'x'), Buffer.from('\r\n')]);
  const send = () => {
    while (sent < 4 * SYSTEM_BYTES && !socket.destroyed) {
      sent += chunk.length;
      if (!socket.write(chunk)) return;
    }
    socket.destroy();
  };
  socket.on('drain', send);
  send();
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  return { heard, sent };
}

test('a body without an end is read a little after its response, and its connection closed', async (t) => {
  const service = await runManagedService(t, { settings: { pages: true, probePort: 0 } });
  await Promise.all(
    Object.entries(ENDLESS).map(async ([what, requestOf]) => {
      const [port = 0, line, headers, status] = requestOf(service);
      const { heard, sent } = await sendEndless(t, port, `${line} HTTP/1.1\r\n${headers}`);
      assert.match(heard, new RegExp(`^HTTP/1\\.1 ${status} `), what);
      assert.ok(sent < SYSTEM_BYTES, `${what}: ${sent} bytes`);
    }),
  );
});

test('a body of which a byte comes now and then is not waited for after its response', async (t) => {
  const service = await runManagedService(t);
  const connection = await openConnection(t, service.managementPort ?? 0);
  connection.write('PUT /v1/orders/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n');
  assert.match((await connection.answer()).statusLine, / 401 /);
  const dripping = setInterval(() => connection.write('x'), 100);
  t.after(() => clearInterval(dripping));
  await connection.untilClosed();
});

test('a connection whose body ends soon after the response is kept', async (t) => {
  const service = await runManagedService(t);
  const connection = await openConnection(t, service.managementPort ?? 0);
  const put = 'PUT /v1/orders/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n';
  for (let count = 0; count < 2; count++) {
    connection.write(put);
    assert.match((await connection.answer()).statusLine, / 401 /);
    connection.write('x'.repeat(100_000));
  }
});
