import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { patchOrder } from '../../src/orders/change-request.ts';
import { openStore } from '../../src/store/open-store.ts';
import { TESTER } from '../fill-database.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { runCustomerService } from './customer-service.ts';

test('the OpenAPI document is there for all, and describes what the feed returns', async (t) => {
  const certificates = [acmeCertificate({ shippingEmail: 'ann@example.com' })];
  const service = await runCustomerService(t, { orders: [acmeOrder({ certificates })] });
  const { status, json, body } = await service.get('/v1/openapi.json', { authorization: null });
  assert.equal(status, 200);
  assert.equal(json.openapi, '3.1.0');
  assert.deepEqual(Object.keys(json.paths).toSorted(), ['/v1/changes', '/v1/openapi.json']);
  // What only operators know of is no part of it.
  for (const word of ['shipping', 'waivedRules', 'reason"', 'OrderPatch'])
    assert.ok(!body.includes(word), word);

  const ajv = new Ajv2020({ strict: false, allowUnionTypes: true, formats: { 'date-time': true } });
  ajv.addSchema(json, 'document');
  const schema = { $ref: 'document#/paths/~1v1~1changes/get/responses/200/content/application~1json/schema' };
  const validate = ajv.compile(schema);
  const isValid = (page: unknown): boolean => validate(page);
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  const rejected = { certificateStatus: 'Rejected', certificateStatusReason: 'no such name' };
  const patch = { order: { orderStatus: 'Cancelled' }, certificates: new Map([['5550001', rejected]]) };
  await store.orders.change([patchOrder('7250060', patch)], TESTER);
  const page = (await service.get('/v1/changes')).json;
  assert.equal(page.changes.length, 2);
  assert.ok(isValid(page), JSON.stringify(validate.errors));
  // The schema would notice personal data.
  page.changes[0].order.certificates[0].shippingEmail = 'ann@example.com';
  assert.ok(!isValid(page));
});

test('without pages, the feed is there, and paths of pages are not', async (t) => {
  const service = await runCustomerService(t, { settings: { pages: false } });
  assert.equal((await service.get('/v1/changes')).status, 200);
  assert.equal((await service.get('/')).status, 404);
});
