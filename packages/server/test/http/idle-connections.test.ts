import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openConnection } from '../connection.ts';
import { listenWith } from './listening.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

test('a connection that asks nothing more is closed after a while, and was told when', async (t) => {
  const listener = await listenWith(t, { idleTimeoutMs: 1000 }, (_request, response) =>
    response.end('hello'),
  );
  const connection = await openConnection(t, listener.port, 'http');
  for (let count = 0; count < 3; count++) {
    connection.write(REQUEST);
    const { body, headers } = await connection.answer();
    assert.equal(body, 'hello');
    assert.equal(headers['keep-alive'], 'timeout=1');
  }
  assert.equal(await connection.untilClosed(), '');
  while (listener.connections() > 0) await pause(20);
});

test('a request that does not come to its end is given up, though a byte comes now and then', async (t) => {
  const listener = await listenWith(t, { requestTimeoutMs: 1000 }, (request, response) => {
    // 'error' follows when it is given up.
    request.on('error', () => {});
    request.resume().on('end', () => response.end());
  });
  const connection = await openConnection(t, listener.port, 'http');
  connection.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n');
  const dripping = setInterval(() => connection.write('x'), 100);
  t.after(() => clearInterval(dripping));
  assert.match(await connection.untilClosed(), /^HTTP\/1\.1 408 Request Timeout\r\n/);
});

test('a caller who does not read its answer is cut; one who reads slowly is not', async (t) => {
  const size = 64 * 1024 * 1024;
  const listener = await listenWith(t, { stalledTimeoutMs: 2000 }, (_request, response) =>
    response.end(Buffer.alloc(size)),
  );
  const ask = async () => {
    const socket = connect({ host: '127.0.0.1', port: listener.port });
    t.after(() => socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(REQUEST);
    return socket;
  };

  const stalled = await ask();
  stalled.pause();
  const slow = await ask();
  let read = 0;
  slow.on('data', (chunk: Buffer) => {
    const before = read;
    read += chunk.length;
    // Pauses that add up to more than the limit, none of them as long as it.
    if (Math.floor(read / (size / 8)) > Math.floor(before / (size / 8))) {
      slow.pause();
      setTimeout(() => slow.resume(), 300);
    }
  });
  while (read < size) await pause(20);
  while (listener.connections() > 1) await pause(20);
  assert.ok(!slow.destroyed);
});
