/** One stream to a reader that reads slowly, or not at all, over TLS. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import { LiveStream, type LiveStreamParts } from '../../src/web/live-stream.ts';
import type { StreamEnd } from '../../src/web/stream-end.ts';
import { testPair } from '../test-pair.ts';

const EVENT_BYTES = 300_000;

function eventOf(number: number) {
  const bytes = Buffer.from(`event: order\ndata: ${number} ${'x'.repeat(EVENT_BYTES)}\n\n`);
  return { bytes, digest: String(number) };
}

/** A stream whose reader has not read anything yet. */
async function streaming(t: TestContext, parts: Partial<LiveStreamParts> = {}) {
  const server = createServer(await testPair());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const reader = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  t.after(() => reader.destroy());
  // It closes a connection that is dropped.
  reader.on('error', () => {});
  reader.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  reader.pause();
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  let state = 0;
  const stream = new LiveStream(response, {
    endReason: async () => undefined,
    event: async () => eventOf(state),
    stallTimeoutMs: 60_000,
    onStalled: () => assert.fail('dropped'),
    onFailure: (error) => assert.fail(String(error)),
    ...parts,
  });
  t.after(() => stream.end());
  const show = (next: number) => {
    state = next;
    return stream.update();
  };
  /** Shows states until neither the reader's system nor this one's takes any more; the last of them. */
  const showUntilStuck = async () => {
    for (let number = 1; ; number++) {
      await show(number);
      await pause(10);
      if (response.destroyed || response.writableLength > 0) return number;
    }
  };
  return { reader, response, stream, show, showUntilStuck };
}

test('a reader that reads nothing is kept one event for at most, however often the state changes', async (t) => {
  const { response, stream, show } = await streaming(t);
  for (let number = 1; number <= 100; number++) {
    await show(number);
    await stream.tick();
    assert.ok(response.writableLength < 1.1 * EVENT_BYTES, `${response.writableLength} bytes wait`);
    if (number % 10 === 0) await pause(1);
  }
});

test('a reader that reads again gets the rest of what it was sent, and then the latest alone', async (t) => {
  const { reader, show, showUntilStuck } = await streaming(t);
  const stuck = await showUntilStuck();
  let number = stuck;
  while (number < stuck + 20) await show(++number);
  let text = '';
  reader.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  reader.resume();
  while (!text.includes(`data: ${number} `) || !text.endsWith('x\n\n\r\n')) await pause(5);
  const numbers = [...text.matchAll(/data: ([0-9]+) x/g)].map(([, each]) => Number(each));
  assert.deepEqual(numbers, [...Array.from({ length: stuck }, (_, index) => index + 1), number]);
  // What has not changed is not sent again.
  const { length } = text;
  await show(number);
  while (text.length === length) await pause(5);
  assert.match(text.slice(length), /event: tick/);
  assert.doesNotMatch(text.slice(length), /event: order/);
});

test('a reader that stalls for too long is dropped', async (t) => {
  let stalled = 0;
  const { reader, response, stream, showUntilStuck } = await streaming(t, {
    stallTimeoutMs: 100,
    onStalled: () => {
      stalled++;
    },
  });
  await showUntilStuck();
  await stream.ended;
  assert.equal(stalled, 1);
  assert.ok(response.destroyed);
  reader.resume();
  await once(reader, 'close');
});

test('whoever may not follow any more is told so, and sent nothing else, also when it reads again', async (t) => {
  let reason: StreamEnd | undefined;
  const { reader, stream, show, showUntilStuck } = await streaming(t, { endReason: async () => reason });
  const number = 1 + (await showUntilStuck());
  reason = { text: 'You are signed out.', link: { href: '/', text: 'Sign in' } };
  await show(number);
  let text = '';
  reader.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  reader.resume();
  await stream.ended;
  while (!text.includes('event: over')) await pause(5);
  while (!text.endsWith('0\r\n\r\n')) await pause(5);
  assert.match(text, /event: over\ndata: "You are signed out\. <a href=\\"\/\\">Sign in<\/a>"\n\n/);
  assert.ok(!text.includes(`data: ${number} `));
});

test('a look that fails ends the stream, so that the browser connects again', async (t) => {
  const failures: unknown[] = [];
  const { reader, stream, show } = await streaming(t, {
    event: async () => {
      throw new Error('the database is away');
    },
    onFailure: (error) => failures.push(error),
  });
  await show(1);
  await stream.ended;
  assert.equal(failures.length, 1);
  let text = '';
  reader.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  reader.resume();
  while (!text.endsWith('0\r\n\r\n')) await pause(5);
  assert.doesNotMatch(text, /event: over/);
});
