/** A full port: which connections make room for a new one. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openConnection, statusRequest } from '../connection.ts';
import { runService } from '../running-service.ts';
import { QUESTION, STATUS_ANSWER } from '../wire-texts.ts';
import { listenWith } from './listening.ts';

const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
const MEBIBYTE = 1024 * 1024;

/**
 * A port of three connections that answers `/wait` when it is told to, and everything else at once, with the body that
 * came.
 */
async function smallPort(t: TestContext) {
  const waiting: ServerResponse[] = [];
  const listener = await listenWith(
    t,
    { connections: { inAll: 3 }, responseTimeoutMs: 60_000 },
    (request, response) => {
      request.on('error', () => {});
      if (request.url === '/large') {
        response.end(Buffer.alloc(32 * MEBIBYTE));
        return;
      }
      request.resume().on('end', () => {
        if (request.url === '/wait') waiting.push(response);
        else response.end('hello');
      });
    },
  );
  const open = async (request = '') => {
    const connection = await openConnection(t, listener.port, 'http');
    if (request !== '') connection.write(request);
    return connection;
  };
  const wait = async () => {
    const before = waiting.length;
    const connection = await open(GET.replace('/', '/wait'));
    while (waiting.length === before) await pause(5);
    return connection;
  };
  return { listener, waiting, open, wait };
}

test('the silent make room first, then those that wait for their clients, the longest first', async (t) => {
  const { open } = await smallPort(t);
  const idle = await open(GET);
  await idle.answer();
  const silent = await open();
  const half = await open('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf');
  await pause(1100);
  const first = await open(GET);
  await silent.untilClosed();
  assert.equal((await first.answer()).body, 'hello');
  const second = await open(GET);
  await idle.untilClosed();
  assert.equal((await second.answer()).body, 'hello');
  const third = await open(GET);
  await half.untilClosed();
  assert.equal((await third.answer()).body, 'hello');
  // Both have been idle since then, the first one for longer.
  await open(GET);
  await first.untilClosed();
});

test('a connection whose whole request is being answered does not make room', async (t) => {
  const { listener, waiting, open, wait } = await smallPort(t);
  const busy = [await wait(), await wait(), await wait()];
  await (await open(GET)).untilClosed();
  assert.deepEqual(listener.limits, ['connections']);
  for (const response of waiting) response.end('at last');
  for (const connection of busy) assert.equal((await connection.answer()).body, 'at last');
  // Now they are idle.
  assert.equal((await (await open(GET)).answer()).body, 'hello');
});

test('a client that does not take its response makes room', async (t) => {
  const { listener, open, wait } = await smallPort(t);
  const busy = [await wait(), await wait()];
  const unread = connect({ host: '127.0.0.1', port: listener.port }).pause();
  t.after(() => unread.destroy());
  await once(unread, 'connect');
  unread.write(GET.replace('/', '/large'));
  // Known once the connections have been looked through; until then a newcomer is refused.
  const served = async () => (await (await open(GET)).answer()).body;
  let body: string | undefined;
  while (body === undefined) body = await served().catch(() => pause(50).then(() => undefined));
  assert.equal(body, 'hello');
  assert.equal(listener.connections(), 3);
  for (const connection of busy) connection.close();
});

test('a port that newcomers fill within a second takes the next one nevertheless', async (t) => {
  const { open } = await smallPort(t);
  const silent = [await open(), await open(), await open()];
  assert.equal((await (await open(GET)).answer()).body, 'hello');
  await silent[0]?.untilClosed();
});

for (const [kind, half] of [
  ['bodies', statusRequest(QUESTION).slice(0, -10)],
  [
    'forms of pages',
    statusRequest(QUESTION)
      .replace(/POST \S+/, 'POST /sign-in')
      .slice(0, -10),
  ],
  ['headers behind a request', `${statusRequest(QUESTION)}${statusRequest(QUESTION).slice(0, 60)}`],
] as const) {
  test(`a port full of half-sent ${kind} serves a newcomer`, async (t) => {
    const places = 20;
    const service = await runService(t, { settings: { pages: true, limits: { inAll: places } } });
    const attackers = await Promise.all(
      Array.from({ length: places }, () => openConnection(t, service.port)),
    );
    for (const attacker of attackers) attacker.write(half);
    // While it is the service's turn, a connection does not make room.
    if (half.startsWith(statusRequest(QUESTION))) for (const attacker of attackers) await attacker.answer();
    await pause(200);
    for (let count = 0; count < 5; count++) {
      const newcomer = await openConnection(t, service.port);
      newcomer.write(statusRequest(QUESTION));
      assert.equal((await newcomer.answer()).body, STATUS_ANSWER);
    }
  });
}
