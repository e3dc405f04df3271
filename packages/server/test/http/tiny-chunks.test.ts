/** Bodies that come in chunks of one byte each: what is held of them is in proportion to their size. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { runManagedService } from '../management-api/managed-service.ts';
import { STATUS_PATH } from '../running-service.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** What is in use when nothing is going on. */
async function heldBytes(): Promise<number> {
  for (let utilization = 1; utilization > 0.2; ) {
    const before = performance.eventLoopUtilization();
    await pause(50);
    utilization = performance.eventLoopUtilization(before).utilization;
  }
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function sendTinyChunks(t: TestContext, port: number, head: string, bytes: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(`${head}\r\nHost: a\r\nX-Forwarded-Proto: https\r\nTransfer-Encoding: chunked\r\n\r\n`);
  for (let left = bytes; left > 0; left -= 1000) {
    if (!socket.write('1\r\n0\r\n'.repeat(Math.min(left, 1000)))) await once(socket, 'drain');
  }
}

test('a body in chunks of one byte takes no more memory than it has bytes: API, pages, management API', async (t) => {
  const service = await runManagedService(t, {
    withoutTls: true,
    settings: { pages: true, trustProxy: ['127.0.0.1'], stopTimeoutMs: 0 },
  });
  const { port, managementPort = 0, tokens } = service;
  const form = 'Content-Type: application/x-www-form-urlencoded';
  const token = `Authorization: Bearer ${tokens.write}`;
  for (const [what, to, head, bytes] of [
    ['API', port, `POST ${STATUS_PATH} HTTP/1.1\r\n${form}`, 16_000],
    ['pages', port, `POST /sign-in HTTP/1.1\r\n${form}\r\nSec-Fetch-Site: same-origin`, 30_000],
    [
      'order',
      managementPort,
      `PUT /v1/orders/1 HTTP/1.1\r\n${token}\r\nContent-Type: application/json`,
      30_000,
    ],
    [
      'batch',
      managementPort,
      `POST /v1/orders:batch HTTP/1.1\r\n${token}\r\nContent-Type: application/x-ndjson`,
      30_000,
    ],
  ] as const) {
    const before = await heldBytes();
    const connections = 2;
    await Promise.all(Array.from({ length: connections }, () => sendTinyChunks(t, to, head, bytes)));
    const held = (await heldBytes()) - before;
    // A buffer that grows has up to twice the room, and connections and their code take some by themselves.
    const room = connections * (4 * bytes + 1_500_000);
    assert.ok(held < room, `${what}: ${held} bytes for ${connections} times ${bytes}`);
  }
});
