import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificate, orderOf, rulesBroken } from './order-changes.ts';

const PERIOD = { notBefore: '2026-06-11T00:00:00Z', notAfter: '2027-06-11T23:59:59Z' };

for (const state of ['Issued', 'Valid', 'Replaced', 'Revoked', 'Expired']) {
  test(`a certificate that is ${state} may have a validity period`, () => {
    assert.deepEqual(rulesBroken(undefined, orderOf('Pending', [certificate(state, PERIOD)])), []);
  });
}

for (const state of ['Awaiting Validation', 'PRE-SIGN FAILED', 'POST-SIGN FAILED', 'Rejected']) {
  test(`a certificate that is ${state} has none`, () => {
    for (const period of [PERIOD, { notBefore: PERIOD.notBefore }, { notAfter: PERIOD.notAfter }]) {
      const broken = rulesBroken(undefined, orderOf('Pending', [certificate(state, period)]));
      assert.deepEqual([...new Set(broken)], ['validity-of-issued']);
    }
  });
}

test('notAfter is later than notBefore', () => {
  for (const notAfter of [PERIOD.notBefore, '2026-06-10T23:59:59Z']) {
    const order = orderOf('Pending', [certificate('Issued', { ...PERIOD, notAfter })]);
    assert.deepEqual(rulesBroken(undefined, order), ['validity-in-order']);
    assert.deepEqual(rulesBroken(undefined, order, { kind: 'as-is' }), []);
  }
});
