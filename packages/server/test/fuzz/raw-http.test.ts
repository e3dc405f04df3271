import assert from 'node:assert/strict';
import { connect as connectPlain } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import fc from 'fast-check';
import { ACME, runService, STATUS_PATH } from '../running-service.ts';
import { fuzz } from './fuzzing.ts';

const QUESTION = new URLSearchParams({ ...ACME, orderNumber: '7250060', queryType: '0' }).toString();

const line = fc.tuple(
  fc.constantFrom('GET', 'GET', 'POST', 'POST', 'HEAD', 'CONNECT', 'get', 'PRI', 'PROPFIND', '\0'),
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(STATUS_PATH, STATUS_PATH, '/', '*', '/healthz', '//', 'a:443', '/%', '/s/x'),
    },
    { weight: 1, arbitrary: fc.string() },
  ),
  fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9', ''),
);
const header = fc.oneof(
  fc.constantFrom(
    'Host: a',
    'Content-Length: 5',
    'Content-Length: -1',
    `Content-Length: ${QUESTION.length}`,
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: x',
    'Expect: 100-continue',
    'Expect: 300',
    'Upgrade: h2c',
    'Connection: upgrade',
    'Connection: close',
    'Content-Type: ',
    'Content-Type: application/x-www-form-urlencoded',
    'Content-Type: multipart/form-data; boundary=x',
    'Cookie: __Host-session=x',
    'Origin: null',
    'Sec-Fetch-Site: same-origin',
  ),
  fc.string({ maxLength: 40 }),
);
const rest = fc.oneof(
  fc.constantFrom(QUESTION, '5\r\nabcde\r\n0\r\n\r\n', 'ffffffffffffffff\r\n', '-1\r\n', ''),
  fc.uint8Array({ maxLength: 60 }),
);
const request = fc
  .tuple(line, fc.array(header, { maxLength: 4 }), rest)
  .map(([start, headers, body]) =>
    Buffer.concat([
      Buffer.from(`${[start.join(' '), 'Host: a', ...headers].join('\r\n')}\r\n\r\n`),
      Buffer.from(body),
    ]),
  );
/** The first byte says how it is sent: even over TLS, odd in the clear. */
const bytes = fc
  .tuple(
    fc.nat(1),
    fc.oneof({ weight: 5, arbitrary: request }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) }),
  )
  .map(([how, raw]) => Buffer.concat([Buffer.from([how]), Buffer.from(raw)]));

test('whatever bytes are sent, the service answers as documented or not at all, and stays up', async (t) => {
  const service = await runService(t, { settings: { pages: true } });
  const seen = await fuzz(t, {
    name: 'raw-http',
    generated: bytes,
    async send(input) {
      const answer = await exchange(service.port, (input[0] ?? 0) % 2 === 0, input.subarray(1));
      assert.ok(!/"statusCode"|node:internal| at .*\.ts:/.test(answer));
      // TLS answers what is no TLS with an alert or nothing at all.
      if (!answer.startsWith('HTTP/')) return 'no answer';
      assert.match(answer, /^HTTP\/1\.1 (100|200|303|308|400|403|404|405|408|413|415|431) /);
      const [, code = ''] = /\r\n\r\nerrorCode=(-?[0-9]+)/.exec(answer) ?? [];
      return `${answer.slice(9, 12)} ${code}`;
    },
  });
  for (const kind of ['200 ', '200 0', '200 -1', '200 -17', '400 ', '404 ', 'no answer']) {
    assert.ok(seen.has(kind), `no request came to ${kind}`);
  }
  const answer = await service.ask(QUESTION);
  assert.match(answer.body, /^errorCode=0&/);
});

/** Sends bytes, gives the other side a moment, says that there are no more, and reads what it has to say. */
function exchange(port: number, tls: boolean, input: Buffer): Promise<string> {
  const options = { host: '127.0.0.1', port, rejectUnauthorized: false };
  const socket = tls ? connectTls(options) : connectPlain(options);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const finish = () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('latin1'));
    };
    // Node gives up a request whose caller closes its half of the connection.
    const moment = input.includes('Connection: close') ? 2000 : 5;
    const timer = setTimeout(() => socket.end(), moment);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', finish).on('close', finish);
    socket.write(input);
  });
}
