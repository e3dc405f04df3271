/** The schema of an order must not refuse what the record's reader takes: the reader has the last word. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOrderRecord } from '@cert-order-status/protocol';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { recordInput } from '../../../protocol/test/record-arbitraries.ts';
import { COMPONENTS } from '../../src/management/schemas.ts';

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
