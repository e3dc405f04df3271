import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patchOrder, putOrder, type StoredOrder } from '../../src/orders/change-request.ts';
import { mergePatch } from '../../src/orders/merge-patch.ts';
import { acmeOrder } from '../sample-orders.ts';

const record = acmeOrder();
const current: StoredOrder = { record, version: 3, changed: '2026-01-01T00:00:00.000Z' };
const [certificate] = record.certificates;

// The examples of RFC 7396, appendix A.
for (const [target, patch, result] of [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
] as const) {
  test(`merge patch ${JSON.stringify(patch)} on ${JSON.stringify(target)}`, () => {
    assert.deepEqual(mergePatch(target, patch), result);
  });
}

test('a merge patch named like a prototype is a field like any other', () => {
  const merged = mergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}')) as object;
  assert.equal(Object.getPrototypeOf(merged), Object.prototype);
  assert.deepEqual(Object.keys(merged), ['__proto__']);
});

test('a patch changes an order and its certificates in one', () => {
  const { apply: revise } = patchOrder(record.orderNumber, {
    order: { orderStatus: 'Completed' },
    certificates: new Map([['5550001', { certificateStatus: 'Issued', serialNumber: '0a', FQDN: null }]]),
  });
  const { FQDN: _, ...others } = certificate ?? {};
  assert.deepEqual(revise(current), {
    record: {
      ...record,
      orderStatus: 'Completed',
      certificates: [{ ...others, certificateStatus: 'Issued', serialNumber: '0A' }],
    },
  });
});

test('a patch of what is not there is refused', () => {
  assert.deepEqual(patchOrder('1', {}).apply(undefined), {
    refusal: { kind: 'not found', message: 'there is no order 1' },
  });
  assert.deepEqual(patchOrder('7250060', { certificates: new Map([['9', {}]]) }).apply(current), {
    refusal: { kind: 'not found', message: 'there is no certificate 9 in order 7250060' },
  });
});

test('a patch cannot give an order another number', () => {
  assert.deepEqual(patchOrder('7250060', { order: { orderNumber: '1' } }).apply(current), {
    refusal: {
      kind: 'invalid',
      problems: [{ path: 'orderNumber', message: 'must be 7250060, or left out' }],
    },
  });
});

test('a patch that makes no order is refused with every problem', () => {
  const { apply: revise } = patchOrder('7250060', {
    order: { orderStatus: 'Rejected', more: 1 },
    certificates: new Map([['5550001', { objectType: null }]]),
  });
  assert.deepEqual(revise(current), {
    refusal: {
      kind: 'invalid',
      problems: [
        {
          path: 'orderStatusReason',
          message: 'is missing; it is required when orderStatus is Rejected',
        },
        { path: 'certificates[0].objectType', message: 'is missing' },
        { path: 'more', message: 'is not a field of this record' },
      ],
    },
  });
});

test('preconditions are judged before anything else', () => {
  const kindOf = (revision: ReturnType<ReturnType<typeof putOrder>['apply']>) =>
    'refusal' in revision ? revision.refusal.kind : 'ok';
  const outcomes = (precondition: Parameters<typeof putOrder>[1]) => [
    kindOf(putOrder(record, precondition).apply(current)),
    kindOf(putOrder(record, precondition).apply(undefined)),
    kindOf(patchOrder('7250060', {}, precondition).apply(current)),
    kindOf(patchOrder('7250060', {}, precondition).apply(undefined)),
  ];
  assert.deepEqual(outcomes(undefined), ['ok', 'ok', 'ok', 'not found']);
  assert.deepEqual(outcomes({ versions: ['3'] }), ['ok', 'version mismatch', 'ok', 'version mismatch']);
  assert.deepEqual(outcomes({ versions: ['2', '4', '03', '3e0', ' 3'] }), Array(4).fill('version mismatch'));
  assert.deepEqual(outcomes('exists'), ['ok', 'version mismatch', 'ok', 'version mismatch']);
  assert.deepEqual(outcomes('is new'), ['version mismatch', 'ok', 'version mismatch', 'not found']);
});
