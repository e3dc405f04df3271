import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { runManagedService } from './managed-service.ts';

test('a certificate without an ID is put, patched by its number, and asked for by its order', async (t) => {
  const service = await runManagedService(t, { orders: [] });
  const { certificateID: _, ...unnamed } = acmeCertificate();
  const order = acmeOrder({ certificates: [unnamed, acmeCertificate({ certificateID: '7' })] });
  assert.equal((await service.manage('PUT /v1/orders/7250060', { body: order })).status, 201);
  const patch = (number: string, body: object) =>
    service.manage(`PATCH /v1/orders/7250060/certificates/by-number/${number}`, { body });
  const done = await patch('1', { dcvStatus: 'completed', certificateStatus: 'pre-sign failed' });
  assert.equal(done.status, 200, JSON.stringify(done.json));
  const now = { ...unnamed, dcvStatus: 'completed', certificateStatus: 'pre-sign failed' };
  assert.deepEqual(done.json.certificates[0], now);
  assert.equal((await patch('3', { dcvStatus: 'completed' })).status, 404);
  assert.equal((await patch('0', { dcvStatus: 'completed' })).status, 400);
  assert.equal((await patch('1', { certificateStatus: 'Odd' })).status, 422);
  const { json: history } = await service.manage('GET /v1/orders/7250060/history');
  assert.deepEqual(history.changes[1].differences[0], {
    certificate: 1,
    field: 'certificateStatus',
    before: 'Awaiting Validation',
    after: 'pre-sign failed',
  });
  const { json: found } = await service.manage('GET /v1/orders?certificateStatus=PRE-SIGN%20FAILED');
  assert.equal(found.orders.length, 1);
  const login = { loginName: 'acme-hosting', loginPassword: 'correct horse', queryType: '0' };
  const { body } = await service.ask({ ...login, orderNumber: '7250060' });
  assert.match(body, /&1_1_certificateStatus=pre-sign\+failed&1_2_objectType=SSL/);
  // It gains an ID, by which it is found from then on.
  assert.match((await service.ask({ ...login, certificateID: '9' })).body, /^errorCode=-4&/);
  assert.equal((await patch('1', { certificateID: '9' })).status, 200);
  assert.match((await service.ask({ ...login, certificateID: '9' })).body, /&1_1_certificateStatus=pre-sign/);
});
