/**
 * The schemas are schemas, and that of an order does not refuse what the record's reader takes: the reader has the last
 * word.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOrderRecord } from '@cert-order-status/protocol';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { recordInput } from '../../../protocol/test/record-arbitraries.ts';
import { COMPONENTS } from '../../src/management-api/schemas.ts';
import { runManagedService } from './managed-service.ts';

const ajv = new Ajv2020({ strictTypes: false, allowUnionTypes: true, formats: { 'date-time': true } });
for (const component of COMPONENTS) ajv.addSchema(component);
const order = ajv.getSchema('OrderRecord');
const patch = ajv.getSchema('OrderPatch');

test('the schema takes every good order, as it was given and as it is answered', () => {
  fc.assert(
    fc.property(recordInput, (input) => {
      assert.ok(order?.(input), JSON.stringify(order?.errors));
      const read = readOrderRecord(input);
      assert.ok(read.ok && order?.(read.record));
    }),
  );
});

test('a patch may hold any field of a good order', () => {
  fc.assert(
    fc.property(recordInput, fc.func(fc.boolean()), (input, isIn) => {
      const some = Object.fromEntries(Object.entries(input).filter(([name]) => isIn(name)));
      assert.ok(patch?.(some), JSON.stringify(patch?.errors));
    }),
  );
});

test('a patch may take away every field that an order can do without', () => {
  assert.ok(patch?.({ orderStatusReason: null, replacesOrderNumber: null, suggestedOrgDetails: null }));
  assert.ok(!patch?.({ account: null }));
});

test('every schema of the OpenAPI document is one', async (t) => {
  const service = await runManagedService(t);
  const { json } = await service.manage('GET /openapi.json');
  const schemas = schemasIn(json);
  assert.ok(schemas.length > 50, `${schemas.length} schemas`);
  for (const schema of schemas) {
    assert.ok(ajv.validateSchema(schema), `${JSON.stringify(schema)}: ${ajv.errorsText()}`);
  }
  // The test would notice one that is not.
  assert.ok(!ajv.validateSchema({ type: 'texts' }));
});

/** What stands under `schema` and `schemas`, at any depth. */
function schemasIn(part: unknown): object[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([name, value]) => {
    if (name === 'schema') return [value];
    return name === 'schemas' ? Object.values(value) : schemasIn(value);
  });
}
