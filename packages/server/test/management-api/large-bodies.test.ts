/** What the largest bodies cost: no more than they are long, however much is wrong with them. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:https';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ORDER_LIMIT_BYTES, RECORD_PROBLEMS_LIMIT } from '@cert-order-status/protocol';
import { digestOfSecret } from '../../src/accounts/secret.ts';
import { newToken } from '../../src/accounts/token-admin.ts';
import { openStore } from '../../src/store/open-store.ts';
import { commandFixture, printed, startCommand } from '../command.ts';
import { readMetrics } from '../metrics/read-metrics.ts';
import { sendRequest } from '../running-service.ts';
import { acmeOrder } from '../sample-orders.ts';
import { testPairOptions } from '../test-pair.ts';
import { runManagedService } from './managed-service.ts';

const ORDER = '/v1/orders/7250060';
const NDJSON = 'application/x-ndjson';

test('a body beyond the limit of its route is refused with the limit, announced or not', async (t) => {
  const service = await runManagedService(t);
  for (const [route, limit] of [
    [`PUT ${ORDER}`, ORDER_LIMIT_BYTES],
    [`PATCH ${ORDER}`, ORDER_LIMIT_BYTES],
    [`PATCH ${ORDER}/certificates/1`, 64 * 1024],
    ['POST /v1/accounts', 64 * 1024],
    ['PUT /v1/accounts/a/password', 64 * 1024],
  ] as const) {
    const ask = (headers: object, body: string) =>
      service.manage(route, { token: service.tokens.admin, headers: { ...headers }, body });
    const announced = await ask({ 'Content-Length': limit + 1, Connection: 'close' }, 'x');
    const unannounced = await ask({ 'Transfer-Encoding': 'chunked' }, `"${'x'.repeat(limit - 1)}"`).catch(
      () => undefined,
    );
    for (const answer of [announced, unannounced]) {
      // Who goes on sending may find the connection closed before the answer is read.
      if (answer === undefined) continue;
      assert.equal(answer.status, 413, route);
      assert.equal(answer.json.detail, `a body has at most ${limit} bytes here`);
    }
  }
});

test('a record that is wrong everywhere is refused with the first problems', async (t) => {
  const service = await runManagedService(t, { orders: [acmeOrder()] });
  const { certificates: _, ...order } = acmeOrder();
  const many = (part: string) => `[${Array(2000).fill(part).join()}]`;
  for (const [certificates, count] of [
    [many('0'), RECORD_PROBLEMS_LIMIT],
    [many('{}'), RECORD_PROBLEMS_LIMIT],
    [many('{"a":1,"b":2}'), RECORD_PROBLEMS_LIMIT],
    [`[${'0,'.repeat(50_000)}0]`, 1],
  ] as const) {
    const whole = `${JSON.stringify(order).slice(0, -1)},"certificates":${certificates}}`;
    for (const [route, body] of [
      [`PUT ${ORDER}`, whole],
      [`PATCH ${ORDER}`, `{"certificates":${certificates}}`],
    ] as const) {
      const { status, json } = await service.manage(route, { body });
      assert.deepEqual([status, json.errors.length], [422, count], route);
      assert.match(json.errors[0].field, /^certificates/);
    }
  }
  const names = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`x${index}`, null]));
  const unknown = await service.manage(`PATCH ${ORDER}`, { body: names });
  assert.deepEqual([unknown.status, unknown.json.errors.length], [422, RECORD_PROBLEMS_LIMIT]);
  assert.deepEqual(unknown.json.errors[0], { field: 'x0', message: 'is not a field of this record' });
});

/** `serve` as a process with little heap. */
async function serveWithHeap(t: TestContext, heapMiB: number) {
  const fixture = await commandFixture(t);
  const token = newToken();
  const store = await openStore(fixture.database[1], 'write');
  await store.tokens.add({ name: 'intake', scope: 'write', digest: digestOfSecret(token) });
  await store.close();
  const ports = ['--port', '0', '--management-port', '0', '--host', '127.0.0.1'];
  const service = startCommand(
    ['serve', ...fixture.database, ...(await testPairOptions()), ...ports, '--no-pages', '--workers', '1'],
    { env: { NODE_OPTIONS: `--max-old-space-size=${heapMiB}` } },
  );
  t.after(() => service.process.kill('SIGKILL'));
  const lines = (await printed(service, 'managementPort')).split('\n');
  const port: number = JSON.parse(lines.find((line) => line.includes('managementPort')) ?? '').managementPort;
  const headers = { Authorization: `Bearer ${token}` };
  const send = (method: string, path: string, type: string, body: string) =>
    sendRequest({ scheme: 'https', port, method, path, headers: { ...headers, 'Content-Type': type }, body });
  return { service, send };
}

test('bodies at the limit that are wrong everywhere do not kill a process with little heap', async (t) => {
  const { service, send } = await serveWithHeap(t, 128);
  let hasEnded = false;
  void service.ended.then(() => {
    hasEnded = true;
  });
  const room = ORDER_LIMIT_BYTES - 100;
  for (const part of ['0,', '{},', '[', '{"a":1,"b":1},', '"",']) {
    const body = `{"certificates":[${part.repeat(Math.floor(room / part.length))}0]}`;
    const { status } = await send('PUT', ORDER, 'application/json', body);
    assert.equal(status, 422, part);
  }
  const line = `{"certificates":[${'0,'.repeat(room / 2)}0]}\n`;
  const batch = await send('POST', '/v1/orders:batch', NDJSON, line);
  assert.equal(JSON.parse(batch.body).result, 'refused');
  assert.ok(!hasEnded);
  service.process.kill('SIGTERM');
  assert.equal((await service.ended).code, 0);
});

test('a batch whose results are not read goes on when they are', async (t) => {
  const service = await runManagedService(t, { settings: { probePort: 0 } });
  const line = `{${Array.from({ length: 20 }, (_, index) => `"unknown${index}":0`).join()}}\n`;
  const lines = 60_000;
  const sending = request({
    host: '127.0.0.1',
    port: service.managementPort,
    method: 'POST',
    path: '/v1/orders:batch',
    headers: { Authorization: `Bearer ${service.tokens.write}`, 'Content-Type': NDJSON },
    agent: false,
    rejectUnauthorized: false,
  });
  sending.end(line.repeat(lines));
  const [response] = (await once(sending, 'response')) as [NodeJS.ReadableStream];
  const isReached = async () => {
    const body = await readMetrics(service.probePort);
    return /limit_reached_total\{limit="batchResults"\} 1/.test(body);
  };
  while (!(await isReached())) {
    assert.ok(!sending.writableFinished, 'it is all taken');
    await pause(20);
  }
  assert.ok(!sending.writableFinished, 'the rest waits');
  let results = 0;
  for await (const chunk of response) results += String(chunk).split('\n').length - 1;
  assert.equal(results, lines);
});
