import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ORDER_STATUSES, type OrderStatusWord } from '@cert-order-status/protocol';
import { certificate, orderOf, rulesBroken } from './order-changes.ts';

const LEGAL: readonly [OrderStatusWord, OrderStatusWord][] = [
  ['Pending', 'Completed'],
  ['Pending', 'Rejected'],
  ['Pending', 'Cancelled'],
];

for (const from of ORDER_STATUSES) {
  for (const to of ORDER_STATUSES) {
    const isLegal = from === to || LEGAL.some(([one, other]) => one === from && other === to);
    const rule = from === 'Completed' && to === 'Pending' ? 'reopened-by-reissue' : 'order-transition';
    test(`an order ${isLegal ? 'may' : 'may not'} go from ${from} to ${to}`, () => {
      const before = orderOf(from, [certificate('Issued')]);
      const after = orderOf(to, [certificate('Issued')]);
      assert.deepEqual(rulesBroken(before, after), isLegal ? [] : [rule]);
    });
  }
}

test('a completed order becomes pending again by adding a certificate', () => {
  const before = orderOf('Completed', [certificate('Issued')]);
  const after = orderOf('Pending', [certificate('Replaced'), certificate('Awaiting Validation')]);
  assert.deepEqual(rulesBroken(before, after), []);
});

test('adding a certificate reopens no order that was rejected or cancelled', () => {
  for (const closed of ['Rejected', 'Cancelled'] as const) {
    const before = orderOf(closed, [certificate('Rejected')]);
    const after = orderOf('Pending', [certificate('Rejected'), certificate('Awaiting Validation')]);
    assert.deepEqual(rulesBroken(before, after), ['order-transition'], closed);
  }
});

test('a completed order has an issued certificate and none that is awaiting', () => {
  const cases = [
    [[certificate('Issued')], []],
    [[certificate('Rejected'), certificate('Replaced')], []],
    [[certificate('Revoked')], []],
    [[certificate('Expired')], []],
    [[certificate('Rejected')], ['completed-with-issued-certificate']],
    [[certificate('Issued'), certificate('Awaiting Validation')], ['completed-without-awaiting']],
    [
      [certificate('Awaiting Brand Validation')],
      ['completed-without-awaiting', 'completed-with-issued-certificate'],
    ],
  ] as const;
  for (const [certificates, rules] of cases) {
    const order = orderOf('Completed', certificates);
    assert.deepEqual(rulesBroken(undefined, order), rules);
    assert.deepEqual(rulesBroken({ ...order, orderStatus: 'Pending' }, order), rules);
  }
});

test('an awaiting certificate is not added to a completed order that stays completed', () => {
  const before = orderOf('Completed', [certificate('Issued')]);
  const after = orderOf('Completed', [certificate('Issued'), certificate('Awaiting Validation')]);
  assert.deepEqual(rulesBroken(before, after), ['completed-without-awaiting']);
});
