/** Rules go by what states mean, whatever their words. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyRules } from '../../src/orders/apply-rules.ts';
import { isIssue } from '../../src/orders/decide-change.ts';
import { differencesBetween } from '../../src/orders/differences.ts';
import { certificate, orderOf, rulesBroken } from './order-changes.ts';

test('another word of the same meaning is no transition', () => {
  const before = orderOf('Completed', [certificate('Issued')]);
  assert.deepEqual(rulesBroken(before, orderOf('processed', [certificate('VALID')])), []);
  const rejected = orderOf('Cancelled', [certificate('Rejected')]);
  assert.deepEqual(rulesBroken(rejected, orderOf('Refunded', [certificate('Rejected')])), []);
});

test('an illegal transition is named with the words as they are given', () => {
  const applied = applyRules(
    orderOf('Pending', [certificate('Current')]),
    orderOf('Pending', [certificate('pre-sign failed')]),
  );
  assert.ok(!applied.isLegal);
  assert.deepEqual(
    applied.broken.map(({ message }) => message),
    ['certificate 1 is Current and may become Replaced or Revoked or Expired, not pre-sign failed'],
  );
});

for (const word of ['PRE-SIGN FAILED', 'POST-SIGN FAILED', 'Awaiting Validation (Brand)']) {
  test(`a certificate that is ${word} is awaited`, () => {
    assert.deepEqual(
      rulesBroken(undefined, orderOf('Processed', [certificate(word), certificate('Valid')])),
      ['completed-without-awaiting'],
    );
    const open = orderOf('Pending', [certificate(word)]);
    const applied = applyRules(open, { ...open, orderStatus: 'Canceled' });
    assert.ok(applied.isLegal);
    assert.equal(applied.record.certificates[0]?.certificateStatus, 'Rejected');
    const issued = orderOf('Pending', [certificate('Valid')]);
    const change = { kind: 'changed', differences: differencesBetween(open, issued) } as const;
    const common = { orderNumber: '1', version: 2, madeMs: 0, by: { kind: 'token', name: 'x' } } as const;
    assert.ok(isIssue({ ...common, ...change }));
  });
}

test('a state of no known meaning may become any other, and no known state becomes one of no known meaning', () => {
  const known = orderOf('Pending', [certificate('Awaiting Validation')]);
  const [waiting] = known.certificates;
  const odd = { ...known, orderStatus: 'Odd', certificates: [{ ...waiting, certificateStatus: 'Strange' }] };
  assert.deepEqual(rulesBroken(odd, orderOf('Completed', [certificate('Issued')])), []);
  assert.deepEqual(rulesBroken(odd, known), []);
  assert.deepEqual(rulesBroken(known, odd), ['order-transition', 'certificate-transition']);
  assert.deepEqual(rulesBroken(known, odd, { kind: 'as-is' }), []);
});
