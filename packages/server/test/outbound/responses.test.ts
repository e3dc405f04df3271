/** Responses of servers that are odd, broken or hostile. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { PIECES_LIMIT } from '../../src/outbound/exchange.ts';
import { OUTBOUND_LIMITS, type OutboundRequest } from '../../src/outbound/outbound-client.ts';
import type { OutboundErrorCode } from '../../src/outbound/outbound-error.ts';
import { freePort } from '../free-port.ts';
import { assertFails, testClient } from './clients.ts';
import { httpsServer, rawServer, tcpServer } from './targets.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

/** Sends one request to a server that responds so. */
async function send(
  t: TestContext,
  respond: (socket: TLSSocket) => void,
  request: Partial<OutboundRequest> = {},
) {
  const port = await rawServer(t, respond);
  const client = await testClient(t);
  return await client.request({ url: `https://127.0.0.1:${port}/`, isOperators: true, ...request });
}

/** Writes the same again and again, as fast as it is taken. */
function pour(socket: TLSSocket, piece: string | Buffer): void {
  const more = () => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', more);
  more();
}

/** Writes the same again and again, slowly. */
function drip(socket: TLSSocket, piece: string): void {
  const timer = setInterval(() => socket.write(piece), 20);
  socket.on('close', () => clearInterval(timer));
}

test('method, headers and body are sent as they are given, and the response comes back', async (t) => {
  const { port } = await httpsServer(t, async (request, response) => {
    const { method, url, headers } = request;
    const body = (await request.toArray()).join('');
    response.writeHead(202, { 'X-Test': 'a' }).end(JSON.stringify({ method, url, headers, body }));
  });
  const client = await testClient(t);
  const response = await client.request({
    url: `https://127.0.0.1:${port}/hook?a=b`,
    isOperators: true,
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Webhook-Id': '1' },
    body: '{"ü":1}',
  });
  assert.equal(response.status, 202);
  assert.equal(response.headers['x-test'], 'a');
  assert.equal(response.isCut, false);
  assert.deepEqual(JSON.parse(response.body.toString()), {
    method: 'POST',
    url: '/hook?a=b',
    headers: {
      host: `127.0.0.1:${port}`,
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      'webhook-id': '1',
      'content-length': '8',
      connection: 'keep-alive',
    },
    body: '{"ü":1}',
  });
});

test('redirects are not followed', async (t) => {
  const { port, connections } = await httpsServer(t, (_request, response) =>
    response.writeHead(302, { Location: `https://127.0.0.1:${port}/elsewhere` }).end(),
  );
  const client = await testClient(t);
  for (const method of ['GET', 'POST']) {
    const response = await client.request({ url: `https://127.0.0.1:${port}/`, isOperators: true, method });
    assert.equal(response.status, 302);
  }
  assert.equal(connections(), 1);
});

test('a compressed body is left as it is: it cannot grow', async (t) => {
  const compressed = gzipSync(Buffer.alloc(10_000_000));
  const { port } = await httpsServer(t, (_request, response) =>
    response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(compressed),
  );
  const client = await testClient(t);
  const response = await client.request({ url: `https://127.0.0.1:${port}/`, isOperators: true });
  assert.deepEqual(response.body, compressed);
});

test('a body of exactly the limit is read; a longer one is an error, or cut off if that is wanted', async (t) => {
  const { port } = await httpsServer(t, ({ url = '' }, response) =>
    response.end('a'.repeat(Number(url.slice(1)))),
  );
  const reached: string[] = [];
  const client = await testClient(t, { onLimit: (limit) => reached.push(limit) });
  const request = (length: number, more: Partial<OutboundRequest>) =>
    client.request({ url: `https://127.0.0.1:${port}/${length}`, isOperators: true, ...more });
  assert.equal((await request(1000, { responseLimitBytes: 1000 })).body.length, 1000);
  assert.deepEqual(reached, []);
  await assertFails(request(1001, { responseLimitBytes: 1000 }), 'response-too-large');
  assert.deepEqual(reached, ['outboundResponse']);
  const cut = await request(1001, { responseLimitBytes: 1000, cutsResponse: true });
  assert.equal(cut.body.length, 1000);
  assert.equal(cut.isCut, true);
  // A request may lower the limit, but not raise it.
  const most = OUTBOUND_LIMITS.responseLimitBytes;
  assert.equal((await request(most, {})).body.length, most);
  await assertFails(request(most + 1, { responseLimitBytes: 10 * most }), 'response-too-large');
});

test('an endless body is cut off at the limit, however it is sent', async (t) => {
  const bodies: Record<string, (socket: TLSSocket) => void> = {
    'until the connection ends': (socket) => {
      socket.write(`${OK}\r\n`);
      pour(socket, 'a'.repeat(10_000));
    },
    'with a length': (socket) => {
      socket.write(`${OK}Content-Length: 99999999999\r\n\r\n`);
      pour(socket, 'a'.repeat(10_000));
    },
    'in chunks of one byte': (socket) => {
      socket.write(CHUNKED);
      pour(socket, '1\r\na\r\n'.repeat(1000));
    },
    'in one chunk': (socket) => {
      socket.write(`${CHUNKED}FFFFFFFF\r\n`);
      pour(socket, 'a'.repeat(10_000));
    },
  };
  for (const [name, respond] of Object.entries(bodies)) {
    await assertFails(send(t, respond), 'response-too-large');
    const { body, isCut } = await send(t, respond, { cutsResponse: true, responseLimitBytes: 1024 });
    assert.equal(body.length, 1024, name);
    assert.equal(isCut, true);
  }
});

test(`a body may come in ${PIECES_LIMIT} pieces`, async (t) => {
  const pieces = (count: number) => (socket: TLSSocket) =>
    socket.end(`${CHUNKED}${'1\r\na\r\n'.repeat(count)}0\r\n\r\n`);
  assert.equal((await send(t, pieces(PIECES_LIMIT))).body.length, PIECES_LIMIT);
  await assertFails(send(t, pieces(PIECES_LIMIT + 1)), 'response-too-large');
});

test('padding does not get round the limits: extensions of chunks, headers, trailers, informational responses', async (t) => {
  const paddings: Record<string, (socket: TLSSocket) => void> = {
    'chunk extensions': (socket) => {
      socket.write(CHUNKED);
      pour(socket, `1;${'a'.repeat(10_000)}\r\na\r\n`);
    },
    'one endless chunk extension': (socket) => {
      socket.write(`${CHUNKED}1;`);
      pour(socket, 'a'.repeat(10_000));
    },
    'endless headers': (socket) => {
      socket.write(OK);
      pour(socket, 'A: b\r\n'.repeat(100));
    },
    'an endless header': (socket) => {
      socket.write(`${OK}A: `);
      pour(socket, 'b'.repeat(10_000));
    },
    'endless trailers': (socket) => {
      socket.write(`${CHUNKED}0\r\n`);
      pour(socket, 'A: b\r\n'.repeat(100));
    },
    'endless informational responses': (socket) => pour(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n'),
  };
  for (const [name, respond] of Object.entries(paddings)) {
    let socket: TLSSocket | undefined;
    const watched = (accepted: TLSSocket) => {
      socket = accepted;
      respond(accepted);
    };
    const error = await assertFails(send(t, watched), 'response-too-large');
    // Most of it is still in buffers on the way.
    assert.ok((socket?.bytesWritten ?? 0) < 50_000_000, name);
    assert.match(error.message, /^127\.0\.0\.1 sent /, name);
  }
});

test('a few informational responses are passed over', async (t) => {
  const response = await send(t, (socket) => {
    socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n');
    socket.end(`${OK}Content-Length: 2\r\n\r\nhi`);
  });
  assert.equal(response.body.toString(), 'hi');
});

const BROKEN: Record<string, [OutboundErrorCode, (socket: TLSSocket) => void]> = {
  'closed without a response': ['connection', (socket) => socket.end()],
  reset: ['connection', (socket) => socket.destroy()],
  'half a status line': ['connection', (socket) => socket.end('HTTP/1.1 2')],
  'half the headers': ['connection', (socket) => socket.end(`${OK}Content-Length: 2\r\n`)],
  'half a body': ['invalid-response', (socket) => socket.end(`${OK}Content-Length: 10\r\n\r\nhalf`)],
  'half a body, reset': [
    'invalid-response',
    (socket) => socket.write(`${OK}Content-Length: 10\r\n\r\nhalf`, () => socket.destroy()),
  ],
  'a chunk without an end': ['invalid-response', (socket) => socket.end(`${CHUNKED}5\r\nhal`)],
  'no last chunk': ['invalid-response', (socket) => socket.end(`${CHUNKED}5\r\nwhole\r\n`)],
  'another protocol': ['invalid-response', (socket) => socket.end('220 mail.example ESMTP\r\n')],
  'HTTP/0.9': ['invalid-response', (socket) => socket.end('<html>')],
  'a bad length': ['invalid-response', (socket) => socket.end(`${OK}Content-Length: 1x\r\n\r\na`)],
  'two lengths': [
    'invalid-response',
    (socket) => socket.end(`${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`),
  ],
  'a length beside chunks': [
    'invalid-response',
    (socket) => socket.end(`${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`),
  ],
  'a bad chunk length': ['invalid-response', (socket) => socket.end(`${CHUNKED}x\r\n`)],
  'a header with a control character': ['invalid-response', (socket) => socket.end(`${OK}A: \u0000\r\n\r\n`)],
  'a change of protocol': [
    'invalid-response',
    (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
  ],
};
for (const [name, [code, respond]] of Object.entries(BROKEN)) {
  test(`a broken response: ${name}`, async (t) => {
    const error = await assertFails(send(t, respond), code);
    assert.doesNotMatch(error.customerMessage, /ESMTP|html/);
  });
}

test('no response in time, whatever the server does meanwhile', async (t) => {
  const slow: Record<string, (socket: TLSSocket) => void> = {
    nothing: () => {},
    'headers, drop by drop': (socket) => {
      socket.write(OK);
      drip(socket, 'A: b\r\n');
    },
    'a body, drop by drop': (socket) => {
      socket.write(`${OK}\r\n`);
      drip(socket, 'a');
    },
    'chunks, drop by drop': (socket) => {
      socket.write(CHUNKED);
      drip(socket, '1\r\na\r\n');
    },
  };
  await Promise.all(
    Object.values(slow).map(async (respond) => {
      const error = await assertFails(send(t, respond, { timeoutMs: 1500 }), 'timeout');
      assert.match(error.message, /within 1.5 s/);
    }),
  );
});

test('a server that accepts no bytes, or does not shake hands, is given up in time', async (t) => {
  const port = await tcpServer(t, () => {});
  const client = await testClient(t, { limits: { connectTimeoutMs: 200 } });
  const url = `https://127.0.0.1:${port}/`;
  const error = await assertFails(client.request({ url, isOperators: true }), 'timeout');
  assert.match(error.message, /no connection to 127\.0\.0\.1 within 0\.2 s/);
  const deaf = await rawServer(t, (socket) => socket.pause());
  const large = { body: Buffer.alloc(20_000_000), method: 'POST', timeoutMs: 300, isOperators: true };
  await assertFails(client.request({ url: `https://127.0.0.1:${deaf}/`, ...large }), 'timeout');
});

test('a closed port is no connection', async (t) => {
  const port = await freePort();
  const client = await testClient(t);
  const error = await assertFails(
    client.request({ url: `https://127.0.0.1:${port}/`, isOperators: true }),
    'connection',
  );
  assert.match(error.message, /ECONNREFUSED/);
  assert.doesNotMatch(error.customerMessage, /ECONNREFUSED|127/);
});

test("a request ends with its signal's reason, before and while it is sent", async (t) => {
  const reason = new Error('given up');
  await assert.rejects(
    send(t, () => {}, { signal: AbortSignal.abort(reason) }),
    reason,
  );
  const controller = new AbortController();
  await assert.rejects(
    send(t, (socket) => socket.write(`${OK}\r\n`, () => controller.abort(reason)), {
      signal: controller.signal,
    }),
    reason,
  );
});

test('a response to a request whose body is not read to the end counts', async (t) => {
  const response = await send(
    t,
    (socket) =>
      socket.end('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
    { method: 'POST', body: 'a'.repeat(100) },
  );
  assert.equal(response.status, 413);
});
