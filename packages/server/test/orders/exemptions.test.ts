import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyRules } from '../../src/orders/apply-rules.ts';
import { RULES, type RuleName } from '../../src/orders/rules.ts';
import { certificate, orderOf, rulesBroken } from './order-changes.ts';

const FORCED = { kind: 'forced', reason: 'a mistake' } as const;
const AS_IS = { kind: 'as-is' } as const;
const OBSERVED = { kind: 'observed' } as const;

const issued = orderOf('Completed', [certificate('Issued')]);
const back = orderOf('Pending', [certificate('Awaiting Validation')]);

test('a forced correction passes by the rules of change, and names them', () => {
  const judgement = applyRules(issued, back, FORCED);
  assert.ok(judgement.isLegal);
  assert.deepEqual(judgement.record, back);
  assert.deepEqual(judgement.waivedRules, ['reopened-by-reissue', 'certificate-transition']);
});

test('a forced correction makes no inconsistent order', () => {
  const inconsistent = orderOf('Completed', [certificate('Issued', { dcvStatus: 'in-progress' })]);
  assert.deepEqual(rulesBroken(issued, inconsistent, FORCED), ['issued-with-finished-checks']);
  const unissued = orderOf('Completed', [certificate('Rejected')]);
  assert.deepEqual(rulesBroken(issued, unissued, FORCED), ['completed-with-issued-certificate']);
});

test('a force that was not needed overrules nothing', () => {
  const judgement = applyRules(issued, orderOf('Completed', [certificate('Revoked')]), FORCED);
  assert.ok(judgement.isLegal);
  assert.deepEqual(judgement.waivedRules, []);
});

test('legacy data may break every rule of state and of change', () => {
  const legacy = orderOf('Completed', [
    certificate('Awaiting Validation'),
    certificate('Rejected', { dcvStatus: 'in-progress' }),
  ]);
  const before = orderOf('Cancelled', [certificate('Issued'), certificate('Expired')]);
  const judgement = applyRules(before, legacy, AS_IS);
  assert.ok(judgement.isLegal);
  assert.deepEqual(judgement.record, legacy);
  assert.deepEqual(judgement.waivedRules.toSorted(), [
    'certificate-transition',
    'checks-fixed-by-issue',
    'completed-with-issued-certificate',
    'completed-without-awaiting',
    'order-transition',
  ]);
});

test('what is observed breaks no rule of change, is taken as it is, and marked where it newly breaks a rule of state', () => {
  const before = orderOf('Cancelled', [certificate('Issued'), certificate('Expired')]);
  const observed = orderOf('Rejected', [
    certificate('Awaiting Validation'),
    certificate('Issued', { dcvStatus: 'in-progress' }),
  ]);
  const judgement = applyRules(before, observed, OBSERVED);
  assert.ok(judgement.isLegal);
  assert.deepEqual(judgement.record, observed);
  assert.deepEqual(judgement.adjustments, []);
  assert.deepEqual(judgement.waivedRules.toSorted(), [
    'closed-without-awaiting',
    'issued-with-finished-checks',
  ]);
  // What it has broken before is not marked again.
  const again = applyRules(observed, { ...observed, orderStatusReason: 'another' }, OBSERVED);
  assert.ok(again.isLegal);
  assert.deepEqual(again.waivedRules, []);
});

test('what came in as it was may be changed in other respects, and mended, but not made worse', () => {
  const legacy = orderOf('Completed', [certificate('Issued', { dcvStatus: 'in-progress' })]);
  const expired = orderOf('Completed', [certificate('Expired', { dcvStatus: 'in-progress' })]);
  assert.deepEqual(rulesBroken(legacy, expired), []);
  const mended = orderOf('Completed', [certificate('Issued')]);
  assert.deepEqual(rulesBroken(legacy, mended), ['checks-fixed-by-issue']);
  assert.deepEqual(rulesBroken(legacy, mended, FORCED), []);
  const worse = orderOf('Completed', [
    certificate('Issued', { dcvStatus: 'in-progress', caaStatus: 'in-progress' }),
  ]);
  assert.deepEqual(rulesBroken(legacy, worse, FORCED), ['issued-with-finished-checks']);
});

test('every rule says what it means', () => {
  for (const [name, { kind, meaning }] of Object.entries(RULES)) {
    assert.match(name as RuleName, /^[a-z]+(?:-[a-z]+)+$/);
    assert.ok(['placement', 'state', 'change'].includes(kind));
    assert.match(meaning, /^[A-Z].*\.$/);
  }
});
