import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CERTIFICATE_STATUSES, type CertificateStatusWord } from '@cert-order-status/protocol';
import { applyRules } from '../../src/orders/apply-rules.ts';
import { certificate, orderOf, rulesBroken } from './order-changes.ts';

const LEGAL: readonly [CertificateStatusWord, CertificateStatusWord][] = [
  ['Awaiting Validation', 'Awaiting Brand Validation'],
  ['Awaiting Brand Validation', 'Awaiting Validation'],
  ['Awaiting Validation', 'Issued'],
  ['Awaiting Validation', 'Rejected'],
  ['Awaiting Brand Validation', 'Issued'],
  ['Awaiting Brand Validation', 'Rejected'],
  ['Issued', 'Replaced'],
  ['Issued', 'Revoked'],
  ['Issued', 'Expired'],
  ['Replaced', 'Revoked'],
  ['Replaced', 'Expired'],
];

for (const from of CERTIFICATE_STATUSES) {
  for (const to of CERTIFICATE_STATUSES) {
    const isLegal = from === to || LEGAL.some(([one, other]) => one === from && other === to);
    test(`a certificate ${isLegal ? 'may' : 'may not'} go from ${from} to ${to}`, () => {
      const before = orderOf('Pending', [certificate(from)]);
      const after = orderOf('Pending', [certificate(to)]);
      assert.deepEqual(rulesBroken(before, after), isLegal ? [] : ['certificate-transition']);
    });
  }
}

test('an illegal transition is named with the certificate, the field and what is legal', () => {
  const judgement = applyRules(
    orderOf('Pending', [certificate('Rejected'), certificate('Issued')]),
    orderOf('Pending', [certificate('Issued'), certificate('Awaiting Validation')]),
  );
  assert.ok(!judgement.isLegal);
  assert.deepEqual(judgement.broken, [
    {
      rule: 'certificate-transition',
      field: 'certificates[0].certificateStatus',
      message: 'certificate 1 is Rejected and stays that, not Issued',
    },
    {
      rule: 'certificate-transition',
      field: 'certificates[1].certificateStatus',
      message:
        'certificate 2 is Issued and may become Replaced or Revoked or Expired, not Awaiting Validation',
    },
  ]);
});

test('a certificate that is added may be in any state', () => {
  const before = orderOf('Pending', [certificate('Issued')]);
  for (const state of CERTIFICATE_STATUSES) {
    const after = orderOf('Pending', [certificate('Issued'), certificate(state)]);
    assert.deepEqual(rulesBroken(before, after), [], state);
  }
});
