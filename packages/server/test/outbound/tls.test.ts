/** Certificates that are accepted, and those that are not. */

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { createServer } from 'node:tls';
import { type IssuingPair, makeCertificate } from '../http/certificates.ts';
import { assertFails, testClient } from './clients.ts';
import { dnsServer } from './dns-server.ts';
import { HOST, httpsServer, listening, serverPair, tcpServer, testProxy } from './targets.ts';

let trusted: IssuingPair;
before(async () => {
  trusted = await serverPair();
});

test('the certificate of a name, and of an address', async (t) => {
  const { port } = await httpsServer(t, (_request, response) => response.end());
  const { address, records } = await dnsServer(t);
  records.set(HOST, ['127.0.0.1']);
  const client = await testClient(t, { dns: address });
  for (const host of [HOST, `${HOST}.`, '127.0.0.1'])
    assert.equal((await client.request({ url: `https://${host}:${port}/`, isOperators: true })).status, 200);
});

test("the roots of --outbound-ca are trusted beside Node's own, and by this client alone", async (t) => {
  const { port } = await httpsServer(t, (_request, response) => response.end());
  const client = await testClient(t, { roots: [] });
  const error = await assertFails(
    client.request({ url: `https://127.0.0.1:${port}/`, isOperators: true }),
    'tls',
  );
  assert.match(error.customerMessage, /its certificate is from an unknown issuer/);
});

const REFUSED: Record<string, [() => Promise<IssuingPair>, RegExp]> = {
  'of another host': [() => serverPair({ hosts: ['other.example', '127.0.0.2'] }), /is for another host$/],
  expired: [() => serverPair({ hosts: ['127.0.0.1'], fromDays: -9, toDays: -1 }), /has expired$/],
  'not valid yet': [() => serverPair({ hosts: ['127.0.0.1'], fromDays: 1 }), /is not valid yet$/],
  'self-signed': [() => makeCertificate('self', { hosts: ['127.0.0.1'] }), /unknown issuer/],
  'of another authority of the same name': [
    async () =>
      await makeCertificate('server', {
        issuer: await makeCertificate('outbound test authority'),
        hosts: ['127.0.0.1'],
      }),
    /no TLS connection|unknown issuer/,
  ],
};
for (const [name, [makePair, message]] of Object.entries(REFUSED)) {
  test(`refused: a certificate that is ${name}; the request is not sent`, async (t) => {
    let requests = 0;
    const { port } = await httpsServer(t, () => requests++, await makePair());
    const client = await testClient(t);
    const error = await assertFails(
      client.request({ url: `https://127.0.0.1:${port}/`, isOperators: true }),
      'tls',
    );
    assert.match(error.message, message);
    assert.equal(requests, 0);
  });
}

test('a certificate is verified whatever NODE_TLS_REJECT_UNAUTHORIZED says', async (t) => {
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  t.after(() => {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
  });
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  const { port } = await httpsServer(
    t,
    (_request, response) => response.end(),
    await makeCertificate('self'),
  );
  const client = await testClient(t);
  const request = { url: `https://127.0.0.1:${port}/`, isOperators: true };
  await assertFails(client.request(request), 'tls');
  const proxy = await testProxy(t, port, { pair: await makeCertificate('self') });
  const throughProxy = await testClient(t, { proxy });
  await assertFails(throughProxy.request(request), 'proxy');
});

test('no TLS at all, an old version, or another protocol inside: no TLS connection', async (t) => {
  const client = await testClient(t);
  const plain = await tcpServer(t, (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
  const { cert, key } = trusted;
  const old = await listening(t, createServer({ cert, key, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }));
  const http2 = await listening(t, createServer({ cert, key, ALPNProtocols: ['h2'] }));
  for (const port of [plain, old, http2]) {
    const error = await assertFails(
      client.request({ url: `https://127.0.0.1:${port}/`, isOperators: true }),
      'tls',
    );
    assert.match(error.message, /agree on no version, cipher or certificate$/);
  }
});

test('a connection that ends during the handshake is none', async (t) => {
  const port = await tcpServer(t, (socket) => socket.once('data', () => socket.destroy()));
  const client = await testClient(t);
  await assertFails(client.request({ url: `https://127.0.0.1:${port}/`, isOperators: true }), 'connection');
});
