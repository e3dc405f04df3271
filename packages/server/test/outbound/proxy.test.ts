/** Requests through the operator's proxy. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import type { OutboundProxy } from '../../src/outbound/proxy-tunnel.ts';
import { freePort } from '../free-port.ts';
import { assertFails, testClient } from './clients.ts';
import { dnsServer } from './dns-server.ts';
import { authority, HOST, httpsServer, serverPair, tcpServer, testProxy } from './targets.ts';

const PUBLIC = ['93.184.215.14', '9.9.9.9', '2620:fe::fe'] as const;

async function started(t: TestContext, addresses: readonly string[] = PUBLIC.slice(0, 1)) {
  const { port } = await httpsServer(t, (_request, response) => response.end('here'));
  const { address: dns, records } = await dnsServer(t);
  records.set(HOST, addresses);
  const ask = async (proxy: OutboundProxy) => {
    const client = await testClient(t, { dns, proxy });
    return await client.request({ url: `https://${HOST}/`, isOperators: false });
  };
  return { port, ask };
}

test('the proxy gets its login and password, and the target does not', async (t) => {
  const { port } = await httpsServer(t, (request, response) => response.end(JSON.stringify(request.headers)));
  const proxy = await testProxy(t, port);
  const client = await testClient(t, { proxy: { url: proxy.url, credentials: 'ü:p:w' } });
  const response = await client.request({ url: `https://127.0.0.1:${port}/`, isOperators: true });
  assert.deepEqual(proxy.tunnels, [
    { target: `127.0.0.1:${port}`, authorization: `Basic ${Buffer.from('ü:p:w').toString('base64')}` },
  ]);
  assert.equal(JSON.parse(response.body.toString())['proxy-authorization'], undefined);
});

test('a tunnel is used again', async (t) => {
  const { port } = await httpsServer(t, (_request, response) => response.end());
  const proxy = await testProxy(t, port);
  const client = await testClient(t, { proxy });
  for (let index = 0; index < 3; index++)
    await client.request({ url: `https://127.0.0.1:${port}/`, isOperators: true });
  assert.equal(proxy.tunnels.length, 1);
});

test('an https proxy must have a trusted certificate', async (t) => {
  const { port, ask } = await started(t);
  const proxy = await testProxy(t, port, { pair: await serverPair() });
  assert.equal((await ask(proxy)).body.toString(), 'here');
  const wrong = await testProxy(t, port, { pair: await serverPair({ hosts: ['other.example'] }) });
  const error = await assertFails(ask(wrong), 'proxy');
  assert.match(error.message, /no connection to the proxy 127\.0\.0\.1:\d+/);
  assert.deepEqual(wrong.tunnels, []);
});

for (const status of [
  '403 Forbidden',
  '407 Proxy Authentication Required',
  '405 No',
  '500 Error',
  '302 Found',
]) {
  test(`a proxy that responds with ${status}`, async (t) => {
    const { port, ask } = await started(t, PUBLIC);
    const proxy = await testProxy(t, port, { refuse: () => status });
    const error = await assertFails(ask({ url: proxy.url, credentials: 'user:secret' }), 'proxy');
    assert.match(
      error.message,
      new RegExp(`opened no tunnel to \\S+: it responded with status ${status.slice(0, 3)}`),
    );
    assert.doesNotMatch(error.message, /secret/);
    assert.equal(error.customerReason, 'connection');
    assert.doesNotMatch(error.customerMessage, /proxy|127/);
    assert.equal(proxy.tunnels.length, 1);
  });
}

test('the next address is tried when the proxy does not reach one', async (t) => {
  const { port, ask } = await started(t, PUBLIC);
  const refuse = (target: string) => (target.startsWith('[') ? undefined : '502 Bad Gateway');
  const proxy = await testProxy(t, port, { refuse });
  assert.equal((await ask(proxy)).status, 200);
  assert.equal(proxy.tunnels.length, 3);
});

test('addresses that the proxy does not reach are tried up to a limit', async (t) => {
  const addresses = Array.from({ length: 10 }, (_, index) => `9.9.9.${index}`);
  const { port, ask } = await started(t, addresses);
  const proxy = await testProxy(t, port, { refuse: () => '504 Gateway Timeout' });
  await assertFails(ask(proxy), 'connection');
  assert.equal(proxy.tunnels.length, 4);
});

test('a proxy that is not there, hangs up, sends something else, or too much', async (t) => {
  const { ask } = await started(t);
  const ports = [
    await freePort(),
    await tcpServer(t, (socket) => socket.once('data', () => socket.destroy())),
    await tcpServer(t, (socket) => socket.end('220 mail.example ESMTP\r\n')),
    await tcpServer(t, (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nearly')),
    await tcpServer(t, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write('A: b\r\n'.repeat(1000)), 1);
      socket.on('close', () => clearInterval(timer));
    }),
  ];
  for (const port of ports) {
    const error = await assertFails(
      ask({ url: `http://127.0.0.1:${port}`, credentials: 'user:secret' }),
      'proxy',
    );
    assert.match(error.message, /the proxy 127\.0\.0\.1:\d+/);
    assert.doesNotMatch(error.message, /secret|dXNlcjpzZWNyZXQ/);
  }
});

test('a proxy that never responds is given up in time', async (t) => {
  const port = await tcpServer(t, () => {});
  const client = await testClient(t, {
    proxy: { url: `http://127.0.0.1:${port}` },
    limits: { connectTimeoutMs: 200 },
  });
  await assertFails(client.request({ url: 'https://9.9.9.9/', isOperators: false }), 'timeout');
});

test('a proxy that leads elsewhere is found out by the certificate', async (t) => {
  const { ask } = await started(t);
  const elsewhere = await httpsServer(
    t,
    (_request, response) => response.end(),
    await serverPair({ hosts: ['elsewhere.example'] }),
  );
  await assertFails(ask(await testProxy(t, elsewhere.port)), 'tls');
});

test('proxies of the environment are ignored', async (t) => {
  const { port } = await httpsServer(t, (_request, response) => response.end('here'));
  const proxy = await testProxy(t, port);
  const program = `
    import { OutboundClient } from '${new URL('../../src/outbound/outbound-client.ts', import.meta.url)}';
    const client = new OutboundClient({ roots: [process.env.ROOT], allowNetworks: ['127.0.0.1'] });
    const response = await client.request({ url: 'https://127.0.0.1:${port}/', isOperators: true });
    console.log(String(response.body));
    client.close();`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@cert-order-status/source', '--input-type=module', '--eval', program],
    {
      env: {
        ROOT: (await authority()).cert,
        NODE_USE_ENV_PROXY: '1',
        HTTP_PROXY: proxy.url,
        HTTPS_PROXY: proxy.url,
        https_proxy: proxy.url,
        ALL_PROXY: proxy.url,
      },
    },
  );
  assert.equal(stdout, 'here\n');
  assert.deepEqual(proxy.tunnels, []);
});
