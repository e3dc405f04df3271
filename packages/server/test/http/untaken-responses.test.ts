/**
 * Clients that ask and do not take the response, or take it slowly: what the service holds for them, and for how long.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { statusRequest } from '../connection.ts';
import { runManagedService } from '../management-api/managed-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { QUESTION } from '../wire-texts.ts';
import { listenWith } from './listening.ts';

const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
const MEBIBYTE = 1024 * 1024;

/** A connection that reads nothing unless it is told to. */
async function openUnread(t: TestContext, port: number, scheme: 'http' | 'https'): Promise<Socket> {
  const options = { host: '127.0.0.1', port, rejectUnauthorized: false };
  const socket = scheme === 'https' ? connectTls(options) : connect(options);
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  await once(socket, scheme === 'https' ? 'secureConnect' : 'connect');
  return socket.pause();
}

/** What a figure comes to when it does not change any more. */
async function settled(figure: () => number): Promise<number> {
  for (let last = -1, since = 0; ; ) {
    const now = figure();
    if (now === last && now > 0 && ++since === 10) return now;
    if (now !== last) since = 0;
    last = now;
    await pause(30);
  }
}

for (const scheme of ['http', 'https'] as const) {
  test(`of pipelined requests one response is held, however many there are and whoever reads them, over ${scheme}`, async (t) => {
    const responses: ServerResponse[] = [];
    const listener = await listenWith(
      t,
      scheme === 'https' ? { withTls: true } : {},
      (_request, response) => {
        responses.push(response);
        response.end(Buffer.alloc(MEBIBYTE));
      },
    );
    const socket = await openUnread(t, listener.port, scheme);
    socket.write(GET.repeat(63));
    const made = await settled(() => responses.length);
    const held = () => responses.filter((response) => !response.writableFinished);
    assert.equal(held().length, 1);
    // The rest are what the operating systems of both ends hold.
    assert.ok(made < 40, `${made} responses were made`);

    let read = 0;
    socket.on('data', (chunk: Buffer) => {
      read += chunk.length;
    });
    socket.resume();
    while (read < 63 * MEBIBYTE) await pause(10);
    assert.equal(responses.length, 63);
  });
}

test('what is pipelined is not read while another request is being answered', async (t) => {
  let waiting: ServerResponse | undefined;
  let asked = 0;
  const listener = await listenWith(t, {}, (request, response) => {
    asked++;
    if (waiting === undefined) waiting = response;
    else request.resume().on('end', () => response.end());
  });
  const socket = await openUnread(t, listener.port, 'http');
  const put = `PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${16 * MEBIBYTE}\r\n\r\n`;
  socket.write(GET + GET + put);
  let written = 0;
  const flood = () => {
    while (written < 16 * MEBIBYTE) {
      written += 65_536;
      if (!socket.write(Buffer.alloc(65_536))) return;
    }
  };
  socket.on('drain', flood);
  flood();
  // What is not with the system of the other end is still here: the service has not read it.
  const kept = await settled(() => written);
  assert.ok(kept < 15 * MEBIBYTE, `${kept} bytes were read`);
  assert.equal(asked, 1);
  waiting?.end('first');
  while (asked < 3 || written < 16 * MEBIBYTE) await pause(10);
});

test('63 pipelined requests for a large order, unread, are not answered ahead: API, pages and management API', async (t) => {
  const certificates = Array.from({ length: 1500 }, (_, index) =>
    acmeCertificate({ certificateID: String(index + 1), FQDN: `${'x'.repeat(60)}.${index}.example.com` }),
  );
  const service = await runManagedService(t, {
    orders: [acmeOrder({ certificates })],
    settings: { pages: true },
  });
  const answered = (msg: string) => service.log.filter((line) => line['msg'] === msg).length;
  const manage = `GET /v1/orders/7250060 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${service.tokens.read}\r\n\r\n`;
  for (const [port = 0, request, msg] of [
    [service.port, statusRequest(QUESTION), 'request'],
    [service.managementPort, manage, 'management request'],
  ] as const) {
    const counts: number[] = [];
    for (const pipelined of [31, 62]) {
      const before = answered(msg);
      const socket = await openUnread(t, port, 'https');
      socket.write(request.repeat(pipelined));
      counts.push(await settled(() => answered(msg) - before));
      socket.destroy();
    }
    const [few = 0, many = 0] = counts;
    // The systems of both ends hold some; twice as many requests make no more.
    assert.ok(few < 31 && many < few + 5, `${msg}: ${counts}`);
  }
});

test('a client has a fixed time for a response, however often it takes a little of it', async (t) => {
  const listener = await listenWith(t, { responseTimeoutMs: 300, withTls: true }, (_request, response) =>
    response.end(Buffer.alloc(12 * MEBIBYTE)),
  );
  const slow = await openUnread(t, listener.port, 'https');
  slow.write(GET);
  let read = 0;
  const reading = setInterval(() => {
    read += slow.read(1000)?.length ?? 0;
  }, 20);
  t.after(() => clearInterval(reading));
  while (listener.limits.length === 0) await pause(20);
  assert.ok(read > 0);
  assert.deepEqual(listener.limits, ['responseTime']);
  assert.equal(listener.connections(), 0);
});

test('a response without an end goes on while it is taken, and no longer', async (t) => {
  const streams = new Map<string, ServerResponse>();
  const listener = await listenWith(t, { responseTimeoutMs: 200 }, (request, response) => {
    streams.set(request.url ?? '', response);
    response.flushHeaders();
  });
  const open = async (path: string) => {
    const socket = await openUnread(t, listener.port, 'http');
    socket.write(GET.replace('/', path));
    return socket;
  };
  let heard = 0;
  const reader = (await open('/events')).on('data', () => heard++).resume();
  await open('/stalled');
  // The one hears of something now and then, for several times as long as a response may take; the other takes nothing.
  const writing = setInterval(() => {
    streams.get('/events')?.write('data: tick\n\n');
    const stalled = streams.get('/stalled');
    if (stalled !== undefined && stalled.writableLength < 8 * MEBIBYTE) stalled.write(Buffer.alloc(MEBIBYTE));
  }, 10);
  t.after(() => clearInterval(writing));
  while (listener.limits.length === 0) await pause(20);
  const before = heard;
  while (heard < before + 50) await pause(20);
  assert.deepEqual(listener.limits, ['responseTime']);
  assert.ok(!reader.destroyed && streams.get('/stalled')?.destroyed);
});

test('responses that wait for their clients have a limit in all: those that have waited longest go', async (t) => {
  const listener = await listenWith(
    t,
    { responseTimeoutMs: 400, connections: { unsentBytes: 30 * MEBIBYTE } },
    (_request, response) => response.end(Buffer.alloc(16 * MEBIBYTE)),
  );
  for (let count = 0; count < 2; count++) (await openUnread(t, listener.port, 'http')).write(GET);
  while (listener.limits.length < 1) await pause(20);
  assert.equal(listener.limits[0], 'unsentBytes');
});
