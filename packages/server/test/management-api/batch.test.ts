import assert from 'node:assert/strict';
import { request } from 'node:https';
import { test } from 'node:test';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { type ManagedService, runManagedService } from './managed-service.ts';

const NDJSON = 'application/x-ndjson';

function order(number: number, changes = {}) {
  const certificates = [acmeCertificate({ certificateID: String(number) })];
  return acmeOrder({ orderNumber: String(number), certificates, ...changes });
}

async function batch(service: ManagedService, lines: readonly unknown[], query = '') {
  const body = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  const answer = await service.manage(`POST /v1/orders:batch${query}`, { body, type: NDJSON });
  assert.equal(answer.status, 200, answer.body);
  assert.equal(answer.headers['content-type'], NDJSON);
  return answer.body
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

test('every line has its result, in order, and keeps no other out', async (t) => {
  const service = await runManagedService(t, { orders: [order(1), order(2)] });
  const results = await batch(service, [
    order(1),
    order(2, { orderStatus: 'Cancelled' }),
    '',
    '{"account":',
    order(3, { account: 'nobody' }),
    { ...order(4), more: 1 },
    order(5),
    order(6, { replacesOrderNumber: '5' }),
    order(5, { orderStatus: 'Cancelled' }),
  ]);
  assert.deepEqual(
    results.map(({ problem, ...result }) => ({ ...result, ...(problem && { problem: problem.detail }) })),
    [
      { line: 1, orderNumber: '1', result: 'unchanged', etag: '"1"' },
      { line: 2, orderNumber: '2', result: 'changed', etag: '"2"', adjustedBy: ['closed-without-awaiting'] },
      { line: 3, result: 'blank' },
      { line: 4, result: 'refused', problem: 'is not valid JSON' },
      {
        line: 5,
        orderNumber: '3',
        result: 'refused',
        problem: "account 'nobody' does not exist; add it first (account-exists)",
      },
      { line: 6, result: 'refused', problem: 'more: is not a field of this record' },
      { line: 7, orderNumber: '5', result: 'created', etag: '"1"' },
      { line: 8, orderNumber: '6', result: 'created', etag: '"1"' },
      { line: 9, orderNumber: '5', result: 'changed', etag: '"2"', adjustedBy: ['closed-without-awaiting'] },
    ],
  );
  assert.equal(results[4].problem.errors[0].rule, 'account-exists');
});

test('the same batch again changes nothing', async (t) => {
  const service = await runManagedService(t);
  const lines = Array.from({ length: 1200 }, (_, index) => order(index + 1));
  const first = await batch(service, lines);
  assert.ok(first.every(({ result }) => result === 'created'));
  const again = await batch(service, lines);
  assert.ok(again.every(({ result, etag }) => result === 'unchanged' && etag === '"1"'));
  const { json } = await service.manage('GET /v1/changes?after=latest');
  assert.equal(json.cursor.split('_')[1], String(lines.length));
});

test('force counts for all of its lines', async (t) => {
  const service = await runManagedService(t, { orders: [order(1, { orderStatus: 'Cancelled' })] });
  const [refused] = await batch(service, [order(1)]);
  assert.equal(refused.result, 'refused');
  const [forced] = await batch(service, [order(1)], '?force=by+mistake');
  assert.equal(forced.result, 'changed');
});

test('a caller who waits with the rest until it has read the results is served', async (t) => {
  const service = await runManagedService(t);
  const sending = request({
    host: '127.0.0.1',
    port: service.managementPort,
    method: 'POST',
    path: '/v1/orders:batch',
    headers: { Authorization: `Bearer ${service.tokens.write}`, 'Content-Type': NDJSON },
    agent: false,
    rejectUnauthorized: false,
  });
  const lines = Array.from({ length: 500 }, (_, index) => `${JSON.stringify(order(index + 1))}\n`);
  sending.write(lines.join(''));
  const response = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    sending.once('response', resolve);
    sending.once('error', reject);
  });
  let seen = '';
  for await (const chunk of response) {
    seen += chunk;
    // All that was sent has its result; only then comes the last line.
    if (seen.split('\n').length === 501) sending.end(JSON.stringify(order(501)));
  }
  assert.equal(seen.split('\n').length, 502);
});

test('more lines than a batch may have are not applied, and the last result says so', async (t) => {
  const service = await runManagedService(t);
  const results = await batch(service, [order(1), ...Array(99_999).fill(''), order(2), order(3)]);
  assert.equal(results.length, 100_001);
  const last = results.at(-1);
  assert.equal(last.result, 'stopped');
  assert.equal(last.problem.type, 'urn:problem-type:cert-order-status:too-large');
  assert.equal((await service.manage('GET /v1/orders/1')).status, 200);
  assert.equal((await service.manage('GET /v1/orders/2')).status, 404);
});
