import assert from 'node:assert/strict';
import { connect as connectPlain } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import fc from 'fast-check';
import { ACME, type RunningService, runService, STATUS_PATH } from '../running-service.ts';

/** Set to repeat a run that failed: its seed is in the failure's message. */
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 300);

const ERROR_TEXTS = [
  '-1&errorMessage=Request\\+was\\+not\\+made\\+over\\+https%21',
  '-2&errorMessage=%27[^&]*%27\\+is\\+an\\+unrecognised\\+argument%21',
  '-3&errorMessage=The\\+%27(loginName|loginPassword|orderNumber|queryType)%27\\+argument\\+is\\+missing',
  '-4&errorMessage=The\\+value\\+of\\+the\\+%27(loginName|loginPassword|orderNumber|certificateID|queryType)%27\\+argument\\+is\\+invalid%21',
  '-14&errorMessage=An\\+unknown\\+error\\+occurred%21',
  '-16&errorMessage=Permission\\+denied%21',
  '-17&errorMessage=Request\\+used\\+GET\\+rather\\+than\\+POST%21',
];
const DOCUMENTED_ANSWER = new RegExp(`^errorCode=(0&1_orderNumber=7250060&[^]*|${ERROR_TEXTS.join('|')})$`);

/** Some of whatever bytes, so that every run sees these answers. */
const EXAMPLES = [
  'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET / HTTP/7\r\n\r\n',
];

const argument = fc.oneof(
  fc.constantFrom('loginName', 'LOGINNAME', 'loginPassword', 'orderNumber', 'certificateID', 'queryType', ''),
  fc.string({ unit: 'binary', maxLength: 80 }),
);
const value = fc.oneof(
  fc.constantFrom(
    ACME.loginName,
    ACME.loginPassword,
    '7250060',
    '5550001',
    '0',
    '1',
    '2',
    '',
    '%',
    '%ff',
    '%00',
  ),
  fc.string({ unit: 'binary', maxLength: 200 }),
);
const pairs = fc
  .array(fc.tuple(argument, value, fc.boolean()), { maxLength: 8 })
  .map((list) =>
    list
      .map(([name, text, raw]) => (raw ? `${name}=${text}` : new URLSearchParams([[name, text]]).toString()))
      .join('&'),
  )
  .map((text) => Buffer.from(text));
const body = fc.oneof(
  { weight: 4, arbitrary: pairs },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.nat(40_000).map((length) => Buffer.alloc(length, 'a=b&')) },
);

test('whatever arguments are sent, the answer is one that is documented', async (t) => {
  const service = await runService(t);
  const method = fc.constantFrom('POST', 'POST', 'POST', 'GET', 'PUT', 'DELETE', 'OPTIONS');
  const contentType = fc.constantFrom(
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data',
    ';',
  );
  const scheme = fc.constantFrom<'https' | 'http'>('https', 'https', 'http');
  await fc.assert(
    fc.asyncProperty(method, contentType, scheme, body, async (method, contentType, scheme, body) => {
      const headers = { 'Content-Type': contentType, 'Content-Length': body.length };
      const answer = await service.ask('', { method, scheme, headers, body });
      assert.match(answer.body, DOCUMENTED_ANSWER);
      const isPost = ['POST', 'GET'].includes(method) || answer.body.startsWith('errorCode=-1&');
      assert.equal(answer.status, answer.body.startsWith('errorCode=-14&') ? 413 : isPost ? 200 : 405);
    }),
    { seed, numRuns: RUNS },
  );
  await stillAnswers(service);
  assert.ok(!service.logText().includes(ACME.loginPassword));
});

test('whatever bytes are sent, the service answers 400, 404, 405, 408, 413, 431 or as documented, and stays up', async (t) => {
  const service = await runService(t);
  const line = fc.tuple(
    fc.constantFrom('GET', 'GET', 'POST', 'POST', 'HEAD', 'CONNECT', 'get', 'PRI', 'PROPFIND', '\0'),
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.constantFrom(STATUS_PATH, STATUS_PATH, '/', '*', '/healthz', '//', 'a:443', '/%'),
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
      'Transfer-Encoding: chunked',
      'Transfer-Encoding: x',
      'Expect: 100-continue',
      'Expect: 300',
      'Upgrade: h2c',
      'Connection: upgrade',
      'Content-Type: ',
    ),
    fc.string({ maxLength: 40 }),
  );
  const headers = fc.array(header, { maxLength: 3 }).map((some) => ['Host: a', ...some]);
  const request = fc
    .tuple(line, fc.oneof(headers, fc.constant(['Host: a'])), fc.uint8Array({ maxLength: 60 }))
    .map(([start, headers, rest]) =>
      Buffer.concat([
        Buffer.from(`${[start.join(' '), ...headers].join('\r\n')}\r\n\r\n`),
        Buffer.from(rest),
      ]),
    );
  const bytes = fc.oneof(
    request,
    fc.uint8Array({ maxLength: 300 }).map((raw) => Buffer.from(raw)),
  );
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.boolean(), bytes, async (tls, bytes) => {
      const answer = await exchange(service.port, tls, bytes);
      // TLS answers what is no TLS with an alert or nothing at all.
      if (answer.startsWith('HTTP/')) {
        seen.add(answer.slice(9, 12));
        assert.match(answer, /^HTTP\/1\.1 (200|400|404|405|408|413|431|100) /);
      }
      assert.ok(!/<html|"statusCode"|node:internal/i.test(answer));
    }),
    { seed, numRuns: RUNS, examples: EXAMPLES.map((example) => [true, Buffer.from(example)]) },
  );
  for (const status of ['200', '400', '404']) assert.ok(seen.has(status), `no request came to ${status}`);
  await stillAnswers(service);
});

async function stillAnswers(service: RunningService): Promise<void> {
  const answer = await service.ask({ ...ACME, orderNumber: '7250060', queryType: '0' });
  assert.match(answer.body, /^errorCode=0&/);
}

/** Sends bytes, says that there are no more, and reads until the other side has nothing more to say. */
function exchange(port: number, tls: boolean, bytes: Buffer): Promise<string> {
  const options = { host: '127.0.0.1', port, rejectUnauthorized: false };
  const socket = tls ? connectTls(options) : connectPlain(options);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const finish = () => resolve(Buffer.concat(chunks).toString('latin1'));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', finish).on('close', finish);
    socket.end(bytes);
  });
}
