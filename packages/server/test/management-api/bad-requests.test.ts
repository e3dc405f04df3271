import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acmeOrder } from '../sample-orders.ts';
import { holdWriteLock } from '../store/databases.ts';
import { runManagedService } from './managed-service.ts';

const ORDER = '/v1/orders/7250060';

test('a body that is no order is refused with every problem, in the words of the record', async (t) => {
  const service = await runManagedService(t);
  const { account: _, ...order } = acmeOrder();
  const answer = await service.manage(`PUT ${ORDER}`, {
    body: { ...order, orderStatus: 'Rejected', certificates: [{ certificateID: 0 }], more: 1 },
  });
  assert.equal(answer.status, 422);
  assert.equal(answer.json.type, 'urn:problem-type:cert-order-status:invalid-record');
  assert.deepEqual(answer.json.errors, [
    { field: 'account', message: 'is missing' },
    { field: 'orderStatusReason', message: 'is missing; it is required when orderStatus is Rejected' },
    {
      field: 'certificates[0].certificateID',
      message: 'must be a whole number of 1 to 16 digits, at least 1',
    },
    { field: 'certificates[0].objectType', message: 'is missing' },
    { field: 'certificates[0].certificateStatus', message: 'is missing' },
    { field: 'more', message: 'is not a field of this record' },
  ]);
});

test('a patch is refused field by field, before and after it is applied', async (t) => {
  const service = await runManagedService(t, { orders: [acmeOrder()] });
  const bad = await service.manage(`PATCH ${ORDER}`, {
    body: { orderStatus: 'Done', account: null, more: 1 },
  });
  assert.equal(bad.status, 422);
  assert.deepEqual(bad.json.errors.map(({ field }: { field: string }) => field).toSorted(), [
    'account',
    'more',
    'orderStatus',
  ]);
  const incomplete = await service.manage(`PATCH ${ORDER}`, { body: { orderStatus: 'Rejected' } });
  assert.deepEqual(incomplete.json.errors, [
    { field: 'orderStatusReason', message: 'is missing; it is required when orderStatus is Rejected' },
  ]);
  const renumbered = await service.manage(`PATCH ${ORDER}`, { body: { orderNumber: '1' } });
  assert.equal(renumbered.status, 422);
  const other = await service.manage('PUT /v1/orders/1', { body: acmeOrder() });
  assert.deepEqual(other.json.errors, [{ field: 'orderNumber', message: 'must be 1, as in the address' }]);
});

test('what cannot be read is refused without repeating any of it', async (t) => {
  const service = await runManagedService(t, { orders: [acmeOrder()] });
  const json = 'application/json';
  for (const [body, type, status, kind] of [
    ['{"account": secret}', json, 400, 'malformed-request'],
    ['', json, 400, 'malformed-request'],
    ['{}', 'text/plain', 415, 'unsupported-media-type'],
    ['{}', 'application/x-ndjson', 415, 'unsupported-media-type'],
    ['"secret"', json, 422, 'invalid-record'],
    ['[]', json, 422, 'invalid-record'],
    ['{"__proto__": {"account": "secret"}}', json, 422, 'invalid-record'],
  ] as const) {
    for (const route of [`PUT ${ORDER}`, `PATCH ${ORDER}`]) {
      const answer = await service.manage(route, { body, type });
      assert.equal(answer.status, status, `${route} ${body}`);
      assert.equal(answer.json.type, `urn:problem-type:cert-order-status:${kind}`);
      assert.ok(!answer.body.includes('secret'), answer.body);
    }
  }
});

test('bytes that are not UTF-8 are refused, not mended', async (t) => {
  const service = await runManagedService(t);
  const { sendRequest } = await import('../running-service.ts');
  const body = Buffer.from(JSON.stringify(acmeOrder()).replace('www', '\u00ff\u00fe\u00ff'), 'latin1');
  const answer = await sendRequest({
    scheme: 'https',
    port: service.managementPort ?? 0,
    method: 'PUT',
    path: ORDER,
    headers: { Authorization: `Bearer ${service.tokens.write}`, 'Content-Type': 'application/json' },
    body,
  });
  assert.equal(answer.status, 400);
  assert.equal(JSON.parse(answer.body).detail, 'the body is not valid UTF-8');
});

test('parameters of the address are checked, all of them', async (t) => {
  const service = await runManagedService(t);
  for (const [route, field] of [
    ['GET /v1/orders/0', 'orderNumber'],
    ['GET /v1/orders/x', 'orderNumber'],
    ['GET /v1/orders/1234567890123456789', 'orderNumber'],
    ['GET /v1/orders?limit=0', 'limit'],
    ['GET /v1/orders?limit=1001', 'limit'],
    ['GET /v1/orders?limit=ten', 'limit'],
    ['GET /v1/orders?dcvStatus=done', 'dcvStatus'],
    ['GET /v1/orders?changedSince=yesterday', 'changedSince'],
    ['GET /v1/orders?after=x', 'after'],
    ['GET /v1/orders?fqdn=a', 'fqdn'],
    ['GET /v1/orders?limit=1&limit=2', 'limit'],
    ['GET /v1/changes?after=x', 'after'],
    ['GET /v1/changes?wait=3600', 'wait'],
    ['GET /v1/orders/1/history?after=-1', 'after'],
  ] as const) {
    const answer = await service.manage(route);
    assert.equal(answer.status, 400, route);
    assert.equal(answer.json.type, 'urn:problem-type:cert-order-status:invalid-parameter');
    assert.equal(answer.json.errors[0].field, field);
  }
  const broken = await service.manage('GET /v1/orders/%zz');
  assert.deepEqual(
    [broken.status, broken.json.type],
    [400, 'urn:problem-type:cert-order-status:malformed-request'],
  );
  const { headers } = await service.manage('GET /v1/orders');
  for (const name of ['cache-control', 'x-content-type-options', 'strict-transport-security']) {
    assert.equal(broken.headers[name], headers[name] ?? assert.fail(name));
  }
});

test('a body that announces too much is refused unread', async (t) => {
  const service = await runManagedService(t);
  const answer = await service.manage(`PUT ${ORDER}`, {
    body: 'x',
    headers: { 'Content-Length': 65 * 1024 * 1024, Connection: 'close' },
  });
  assert.deepEqual([answer.status, answer.json.type], [413, 'urn:problem-type:cert-order-status:too-large']);
});

test('a writer that another process keeps waiting says so, and the service answers on', async (t) => {
  const service = await runManagedService(t, { orders: [acmeOrder()] });
  const letGo = await holdWriteLock(service.database);
  const waiting = service.manage(`PATCH ${ORDER}`, { body: { orderStatus: 'Cancelled' } });
  assert.deepEqual((await service.manage(`GET ${ORDER}`)).json, acmeOrder());
  await letGo();
  assert.equal((await waiting).status, 200);
});
