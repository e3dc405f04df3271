/** Connections that are used again, and limits of requests and connections. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import type { OutboundClient, OutboundOptions } from '../../src/outbound/outbound-client.ts';
import { assertFails, testClient } from './clients.ts';
import { httpsServer, rawServer } from './targets.ts';

async function started(t: TestContext, options: OutboundOptions = {}, handle?: RequestListener) {
  const server = await httpsServer(t, handle ?? ((_request, response) => response.end('done')));
  return { ...server, client: await testClient(t, options) };
}

/** A server whose responses the test sends, and how many requests have come. */
function held() {
  const responses: ServerResponse[] = [];
  return {
    responses,
    handle: ((_request, response) => responses.push(response)) as RequestListener,
    async until(count: number) {
      while (responses.length < count) await new Promise(setImmediate);
    },
  };
}

const ask = (client: OutboundClient, port: number) =>
  client.request({ url: `https://127.0.0.1:${port}/`, isOperators: true });

test('requests to a host one after another use one connection', async (t) => {
  const { port, connections, client } = await started(t);
  for (let index = 0; index < 5; index++) await ask(client, port);
  assert.equal(connections(), 1);
});

test('connections are not shared between ports and hosts', async (t) => {
  const { port, connections, client } = await started(t);
  const other = await httpsServer(t, (_request, response) => response.end());
  await ask(client, port);
  await ask(client, other.port);
  await ask(client, port);
  assert.equal(connections(), 1);
  assert.equal(other.connections(), 1);
});

test('of the connections to a host no more than the limit stay open', async (t) => {
  const { responses, handle, until } = held();
  const { port, server, connections, client } = await started(t, { idle: { perHost: 2 } }, handle);
  const closed: Promise<unknown>[] = [];
  server.on('secureConnection', (socket: Socket) => closed.push(once(socket, 'close')));
  const first = Array.from({ length: 4 }, () => ask(client, port));
  await until(4);
  for (const response of responses) response.end();
  await Promise.all([...first, Promise.any(closed)]);
  const second = Array.from({ length: 4 }, () => ask(client, port));
  await until(8);
  for (const response of responses) response.end();
  await Promise.all(second);
  assert.equal(connections(), 6);
});

test('of the connections to all hosts no more than the limit stay open: the oldest makes room', async (t) => {
  const { port, connections, server, client } = await started(t, { idle: { inAll: 1 } });
  const other = await httpsServer(t, (_request, response) => response.end());
  const closed = once(server, 'secureConnection').then(([socket]) => once(socket, 'close'));
  await ask(client, port);
  await ask(client, other.port);
  await closed;
  await ask(client, other.port);
  assert.equal(other.connections(), 1);
  await ask(client, port);
  assert.equal(connections(), 2);
});

test('a connection that waits too long for a further request is closed', async (t) => {
  const { port, server, client } = await started(t, { idle: { timeoutMs: 50 } });
  const closed = once(server, 'secureConnection').then(([socket]) => once(socket, 'close'));
  await ask(client, port);
  await closed;
});

test('a request on a connection that the server has closed meanwhile is sent again on another', async (t) => {
  let connections = 0;
  const port = await rawServer(t, (socket) => {
    connections++;
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi');
    // The next request on this connection is not answered.
    socket.on('data', () => socket.destroy());
  });
  const client = await testClient(t);
  for (let index = 1; index <= 3; index++) {
    assert.equal((await ask(client, port)).body.toString(), 'hi');
    assert.equal(connections, index);
  }
});

test('a response that was cut off leaves no connection for the next request', async (t) => {
  const { port, connections, client } = await started(t, {}, (_request, response) =>
    response.end('a'.repeat(10_000)),
  );
  const request = {
    url: `https://127.0.0.1:${port}/`,
    isOperators: true,
    responseLimitBytes: 10,
    cutsResponse: true,
  };
  await client.request(request);
  await client.request(request);
  assert.equal(connections(), 2);
});

test('more requests to a host than the limit wait for their turn', async (t) => {
  const { responses, handle, until } = held();
  const { port, client } = await started(t, { limits: { perHost: 2 } }, handle);
  const other = await httpsServer(t, (_request, response) => response.end());
  const all = Array.from({ length: 5 }, () => ask(client, port));
  await until(2);
  // Other hosts are not held up.
  await ask(client, other.port);
  for (let sent = 1; sent <= 5; sent++) {
    await until(sent);
    assert.ok(responses.length <= sent + 1);
    responses[sent - 1]?.end();
  }
  await Promise.all(all);
});

test('a request whose turn does not come in time is busy: the host is not to blame', async (t) => {
  const { handle, until } = held();
  const reached: string[] = [];
  const { port, client } = await started(
    t,
    { limits: { perHost: 1 }, onLimit: (limit) => reached.push(limit) },
    handle,
  );
  const first = ask(client, port).catch(() => {});
  await until(1);
  await assertFails(
    client.request({ url: `https://127.0.0.1:${port}/`, isOperators: true, timeoutMs: 50 }),
    'busy',
  );
  assert.deepEqual(reached, ['outboundRequests']);
  client.close();
  await first;
});

test('more requests than the limit in all are refused at once', async (t) => {
  const { responses, handle, until } = held();
  const reached: string[] = [];
  const { port, client } = await started(
    t,
    { limits: { inAll: 2 }, onLimit: (limit) => reached.push(limit) },
    handle,
  );
  const both = [ask(client, port), ask(client, port)];
  await until(2);
  await assertFails(ask(client, port), 'busy');
  assert.deepEqual(reached, ['outboundRequests']);
  for (const response of responses) response.end();
  await Promise.all(both);
  const next = ask(client, port);
  await until(3);
  responses[2]?.end();
  await next;
});

test('a process without file descriptors is busy: the host is not to blame', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const { port } = await httpsServer(t, (_request, response) => response.end());
  const program = `
    import { openSync } from 'node:fs';
    import { OutboundClient } from '${new URL('../../src/outbound/outbound-client.ts', import.meta.url)}';
    const client = new OutboundClient({ allowNetworks: ['127.0.0.1'] });
    try {
      while (true) openSync('/dev/null');
    } catch {}
    const request = client.request({ url: 'https://127.0.0.1:${port}/', isOperators: true });
    process.stdout.write(await request.then(() => 'none', ({ code }) => code));
    client.close();`;
  const node = [process.execPath, '--conditions=@cert-order-status/source', '--input-type=module'];
  const { stdout } = await promisify(execFile)('prlimit', ['--nofile=60:60', ...node, '--eval', program]);
  assert.equal(stdout, 'busy');
});

test('close() ends what is under way, and refuses what comes later', async (t) => {
  const { handle, until } = held();
  const { port, client } = await started(t, {}, handle);
  const request = ask(client, port);
  await until(1);
  client.close();
  await assertFails(request, 'busy');
  await assertFails(ask(client, port), 'busy');
});
