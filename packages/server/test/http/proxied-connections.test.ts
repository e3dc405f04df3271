/** Connections of proxies that speak the PROXY protocol, as bytes. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { type Connection, statusRequest } from '../connection.ts';
import { type RunningService, runService } from '../running-service.ts';
import { NOT_HTTPS, QUESTION, STATUS_ANSWER } from '../wire-texts.ts';
import { listenWith } from './listening.ts';
import { headerV1, headerV2, LOCAL_V2, openFrom as open, rawHeaderV2 } from './proxy-headers.ts';

/** 127.0.0.1 is a proxy; other addresses of this machine are not. */
const PROXIED = { trustProxy: ['127.0.0.1', '10.0.0.1'], proxyProtocol: true };

async function ask(connection: Connection, ...headers: readonly string[]): Promise<string> {
  connection.write(statusRequest(QUESTION, ...headers));
  return (await connection.answer()).body;
}

const lastAddress = ({ log }: RunningService) => log.findLast(({ msg }) => msg === 'request')?.['address'];

test('the address in the header of a trusted proxy is the client’s, before TLS and plain HTTP', async (t) => {
  const service = await runService(t, { settings: { ...PROXIED, httpPort: 0 } });
  for (const [header, address] of [
    [headerV1('192.0.2.7'), '192.0.2.7'],
    [headerV2('192.0.2.8'), '192.0.2.8'],
    [headerV2('192.0.2.9', Buffer.from([3, 0, 4, 0, 0, 0, 0, 4, 0, 1, 0])), '192.0.2.9'],
    [headerV1('2001:db8::7'), '2001:db8::7'],
    [headerV2('2001:db8:0:0:0:0:0:8'), '2001:db8::8'],
    [headerV1('::ffff:192.0.2.10'), '192.0.2.10'],
    [LOCAL_V2, '127.0.0.1'],
    [Buffer.from('PROXY UNKNOWN\r\n'), '127.0.0.1'],
    [rawHeaderV2(0x21, 0x00, new Uint8Array()), '127.0.0.1'],
  ] as const) {
    const connection = await open(t, service.port, { pieces: [header] });
    assert.equal(await ask(connection), STATUS_ANSWER, address);
    assert.equal(lastAddress(service), address);
    for (const port of [service.port, service.httpPort ?? 0]) {
      const plain = await open(t, port, { pieces: [header], withTls: false });
      assert.equal(await ask(plain), NOT_HTTPS, address);
      assert.equal(lastAddress(service), address);
    }
  }
});

test('a header in one piece with the request, and one byte by byte, are read alike', async (t) => {
  const service = await runService(t, { settings: PROXIED });
  for (const header of [headerV1('192.0.2.7'), headerV2('192.0.2.7', new Uint8Array(9))]) {
    const together = await open(t, service.port, {
      pieces: [Buffer.concat([header, Buffer.from(statusRequest(QUESTION))])],
      withTls: false,
    });
    assert.equal((await together.answer()).body, NOT_HTTPS);
    assert.equal(lastAddress(service), '192.0.2.7');
    const bytes = Array.from(header, (byte) => Uint8Array.of(byte));
    assert.equal(await ask(await open(t, service.port, { pieces: bytes })), STATUS_ANSWER);
    assert.equal(lastAddress(service), '192.0.2.7');
  }
});

test('forwarding headers are believed only if the address in the header is that of a trusted proxy', async (t) => {
  const service = await runService(t, { settings: PROXIED });
  const forwarded = ['X-Forwarded-Proto: https', 'X-Forwarded-For: 203.0.113.9'];
  for (const [header, answer, address] of [
    [headerV2('192.0.2.7'), NOT_HTTPS, '192.0.2.7'],
    [headerV2('10.0.0.1'), STATUS_ANSWER, '203.0.113.9'],
    [LOCAL_V2, STATUS_ANSWER, '203.0.113.9'],
  ] as const) {
    const connection = await open(t, service.port, { pieces: [header], withTls: false });
    assert.equal(await ask(connection, ...forwarded), answer, address);
    assert.equal(lastAddress(service), address);
  }
});

test('a header is required of a trusted proxy: without one its connection is refused, counted and warned of', async (t) => {
  const service = await runService(t, { settings: { ...PROXIED, probePort: 0 } });
  for (const bytes of [
    statusRequest(QUESTION),
    'PROXY TCP4 192.0.2.7 443\r\n',
    `PROXY UNKNOWN ${'x'.repeat(200)}`,
  ]) {
    const connection = await open(t, service.port, { pieces: [Buffer.from(bytes)], withTls: false });
    assert.equal(await connection.untilClosed(), '');
  }
  const tls = await open(t, service.port, {});
  assert.equal(await tls.untilClosed(), '');
  const warnings = service.log.filter(({ level }) => level === 40);
  assert.deepEqual(
    warnings.map(({ proxy, reason, msg }) => ({ proxy, reason, msg })),
    [
      {
        proxy: '127.0.0.1',
        reason: 'malformed',
        msg: 'a connection of a trusted proxy was refused: it must begin with a PROXY protocol header, as --proxy-protocol is set',
      },
    ],
  );
  const metrics = await (await fetch(`http://127.0.0.1:${service.probePort}/metrics`)).text();
  assert.match(metrics, /^cert_order_status_limit_reached_total\{limit="proxyHeader"\} 4$/m);
});

test('a header is never read from others, nor without --proxy-protocol', async (t) => {
  const service = await runService(t, { settings: PROXIED });
  const bare = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
  const stranger = { from: '127.0.0.2' };
  assert.equal(await ask(await open(t, service.port, stranger)), STATUS_ANSWER);
  assert.equal(lastAddress(service), '127.0.0.2');
  const trusting = await runService(t, { settings: { trustProxy: ['127.0.0.1'] } });
  for (const header of [headerV1('192.0.2.7'), headerV2('192.0.2.7')]) {
    const pieces = [header];
    assert.equal(
      await (await open(t, service.port, { ...stranger, pieces, withTls: false })).untilClosed(),
      bare,
    );
    assert.equal(await (await open(t, trusting.port, { pieces, withTls: false })).untilClosed(), bare);
  }
});

test('connections count for the address in the header, of which there may be so many and no more', async (t) => {
  const service = await runService(t, { settings: { ...PROXIED, limits: { perAddress: 2 } } });
  const openFrom = (address: string) => open(t, service.port, { pieces: [headerV2(address)] });
  const two = [await openFrom('192.0.2.7'), await openFrom('192.0.2.7')];
  const third = await openFrom('192.0.2.7');
  assert.equal(await third.untilClosed(), '');
  for (let count = 0; count < 3; count++) {
    const local = await open(t, service.port, { pieces: [LOCAL_V2] });
    assert.equal(await ask(local), STATUS_ANSWER);
  }
  assert.equal(await ask(await openFrom('192.0.2.8')), STATUS_ANSWER);
  for (const connection of two) assert.equal(await ask(connection), STATUS_ANSWER);
  two[0]?.close();
  for (;;) {
    const again = await openFrom('192.0.2.7');
    again.write(statusRequest(QUESTION));
    const answer = await again.answer().catch(() => undefined);
    if (answer?.body === STATUS_ANSWER) break;
  }
});

test('a header that does not come in time, and one that ends half-way, end the connection', async (t) => {
  for (const withTls of [{ withTls: true }, {}] as const) {
    const proxied = { isProxy: () => true, headerTimeoutMs: 50 };
    const listener = await listenWith(t, { proxied, ...withTls }, (_, response) => response.end());
    for (const start of ['', 'PROXY TCP4 192.0.2.7']) {
      const pieces = start === '' ? [] : [Buffer.from(start)];
      const connection = await open(t, listener.port, { pieces, withTls: false });
      assert.equal(await connection.untilClosed(), '');
    }
    assert.deepEqual(listener.limits, ['proxyHeader', 'proxyHeader']);
    const patient = await listenWith(t, { proxied: { isProxy: () => true }, ...withTls }, (_, response) =>
      response.end(),
    );
    const socket = connect({ host: '127.0.0.1', port: patient.port });
    socket.end('PROXY TCP4').resume();
    await once(socket, 'close');
    assert.equal(patient.limits.length, 0);
  }
});
