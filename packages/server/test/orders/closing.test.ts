import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyRules } from '../../src/orders/apply-rules.ts';
import { certificate, orderOf, rulesBroken } from './order-changes.ts';

const open = orderOf('Pending', [
  certificate('Awaiting Validation', { dcvStatus: 'in-progress', FQDN: 'a.example' }),
  certificate('Issued'),
  certificate('Awaiting Brand Validation'),
  certificate('Rejected'),
]);

for (const [closed, reason] of [
  ['Rejected', 'not theirs'],
  ['Cancelled', 'Order cancelled'],
] as const) {
  test(`an order that becomes ${closed} rejects its awaiting certificates with '${reason}'`, () => {
    const wanted = orderOf(closed, open.certificates);
    const judgement = applyRules(open, wanted);
    assert.ok(judgement.isLegal);
    const rejected = { certificateStatus: 'Rejected', certificateStatusReason: reason } as const;
    assert.deepEqual(judgement.record, {
      ...wanted,
      certificates: [
        { ...wanted.certificates[0], ...rejected },
        wanted.certificates[1],
        { ...wanted.certificates[2], ...rejected },
        wanted.certificates[3],
      ],
    });
    assert.deepEqual(
      judgement.adjustments.map(({ rule, field }) => [rule, field]),
      [0, 2].map((index) => ['closed-without-awaiting', `certificates[${index}].certificateStatus`]),
    );
    // The same again, as a caller that got no answer would send it.
    const again = applyRules(judgement.record, wanted);
    assert.deepEqual(again, judgement);
  });

  test(`a new order that is ${closed} has no awaiting certificate either`, () => {
    const judgement = applyRules(undefined, orderOf(closed, [certificate('Awaiting Validation')]));
    assert.ok(judgement.isLegal);
    assert.equal(judgement.record.certificates[0]?.certificateStatusReason, reason);
  });
}

test('the rejected certificates have their fields in canonical order', () => {
  const judgement = applyRules(open, orderOf('Cancelled', open.certificates));
  assert.ok(judgement.isLegal);
  assert.equal(
    JSON.stringify(judgement.record),
    JSON.stringify(orderOf('Cancelled', judgement.record.certificates)),
  );
  assert.deepEqual(Object.keys(judgement.record.certificates[0] ?? {}).slice(0, 5), [
    'certificateID',
    'objectType',
    'FQDN',
    'certificateStatus',
    'certificateStatusReason',
  ]);
});

test('legacy data taken as it is keeps its awaiting certificates', () => {
  const wanted = orderOf('Cancelled', open.certificates);
  assert.deepEqual(rulesBroken(undefined, wanted, { kind: 'as-is' }), []);
  assert.deepEqual(applyRules(undefined, wanted, { kind: 'as-is' }), {
    isLegal: true,
    record: wanted,
    waivedRules: ['closed-without-awaiting'],
    adjustments: [],
  });
});
