import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHECK_STATUSES, CHECKS, readOrderRecord } from '@cert-order-status/protocol';
import { applyRules } from '../../src/orders/apply-rules.ts';
import { certificate, orderOf, rulesBroken } from './order-changes.ts';

const MOVABLE = ['freeDVUPStatus', 'evClickThroughStatus'];
const OPEN = ['not-completed', 'in-progress'];
const LATER = ['Issued', 'Replaced', 'Revoked', 'Expired'] as const;

for (const check of CHECKS) {
  for (const state of CHECK_STATUSES) {
    const isLegal = MOVABLE.includes(check) || !OPEN.includes(state);
    test(`a certificate ${isLegal ? 'is' : 'is not'} issued while ${check} is ${state}`, () => {
      const rules = isLegal ? [] : ['issued-with-finished-checks'];
      const before = orderOf('Pending', [certificate('Awaiting Validation', { [check]: state })]);
      const after = orderOf('Pending', [certificate('Issued', { [check]: state })]);
      assert.deepEqual(rulesBroken(before, after), rules);
      assert.deepEqual(rulesBroken(undefined, after), rules);
    });
  }

  test(`${check} ${MOVABLE.includes(check) ? 'may move' : 'is fixed'} once the certificate is issued`, () => {
    const rules = MOVABLE.includes(check) ? [] : ['checks-fixed-by-issue'];
    for (const later of LATER) {
      const before = orderOf('Pending', [certificate(later, { [check]: 'completed' })]);
      const after = orderOf('Pending', [certificate(later, { [check]: 'not-required' })]);
      assert.deepEqual(rulesBroken(before, after), rules, later);
    }
  });
}

test('checks may move while the certificate is not issued, and in the change that issues it', () => {
  const before = orderOf('Pending', [certificate('Awaiting Validation', { dcvStatus: 'in-progress' })]);
  for (const state of ['Awaiting Validation', 'Awaiting Brand Validation', 'Rejected', 'Issued'] as const) {
    assert.deepEqual(rulesBroken(before, orderOf('Pending', [certificate(state)])), [], state);
  }
});

test('a certificate is not issued without a serial number', () => {
  const order = orderOf('Pending', [certificate('Awaiting Validation')]);
  const certificates = order.certificates.map((each) => ({ ...each, certificateStatus: 'Issued' }));
  const read = readOrderRecord({ ...order, certificates });
  assert.ok(!read.ok);
  assert.deepEqual(read.problems, [
    {
      path: 'certificates[0].serialNumber',
      message: 'is missing; it is required when certificateStatus is Issued',
    },
  ]);
});

test('a broken rule names the field and the certificate', () => {
  const judgement = applyRules(
    undefined,
    orderOf('Pending', [certificate('Rejected'), certificate('Issued', { caaStatus: 'in-progress' })]),
  );
  assert.ok(!judgement.isLegal);
  assert.deepEqual(judgement.broken, [
    {
      rule: 'issued-with-finished-checks',
      field: 'certificates[1].caaStatus',
      message: 'caaStatus of certificate 2 is in-progress, but the certificate is Issued',
    },
  ]);
});
