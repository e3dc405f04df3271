import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type DetailedOrderStatus, isSettled, isSuccess } from '../src/index.ts';

/** An order with certificates in these states. */
function order(
  orderStatus: string | undefined,
  ...certificates: (string | undefined)[]
): DetailedOrderStatus {
  return {
    orders: [
      {
        ...(orderStatus !== undefined && { orderStatus }),
        certificates: certificates.map((certificateStatus) =>
          certificateStatus === undefined ? {} : { certificateStatus },
        ),
      },
    ],
  };
}

type Outcome = 'open' | 'settled' | 'success';

const ROWS: readonly (readonly [Outcome, string | undefined, ...(string | undefined)[]])[] = [
  ['open', 'Pending', 'Awaiting Validation'],
  ['open', 'Pending', 'Awaiting Brand Validation'],
  ['open', 'Pending', 'Issued', 'Awaiting Validation'],
  ['open', 'Pending'],
  ['success', 'Pending', 'Issued'],
  ['success', 'Pending', 'Rejected', 'Issued'],
  ['settled', 'Pending', 'Rejected'],
  ['settled', 'Pending', 'Replaced', 'Expired', 'Revoked'],
  ['success', 'Completed', 'Issued'],
  ['success', 'Completed', 'Issued', 'Awaiting Validation'],
  ['settled', 'Completed', 'Awaiting Validation'],
  ['settled', 'Completed', 'Expired'],
  ['settled', 'Completed'],
  ['settled', 'Rejected', 'Rejected'],
  ['settled', 'Rejected', 'Issued'],
  ['settled', 'Cancelled', 'Issued'],
  ['settled', 'Cancelled', 'Awaiting Validation'],
  // Words that this API does not name.
  ['open', 'Pending', 'On Hold'],
  ['open', 'Pending', 'Issued', 'On Hold'],
  ['open', 'On Hold', 'Issued'],
  ['open', 'Completed', 'On Hold'],
  ['success', 'Completed', 'Issued', 'On Hold'],
  ['settled', 'Rejected', 'On Hold'],
  // Words of known meaning, in other letters, of sibling calls, or with a reason.
  ['success', 'completed', 'ISSUED'],
  ['success', 'Pending', 'Valid'],
  ['success', 'Processed', 'Issued but not yet collected'],
  ['success', 'Awaiting payment', 'current'],
  ['settled', 'Canceled', 'Awaiting Validation'],
  ['settled', 'Refunded', 'Issued'],
  ['settled', 'Pending', 'Rejected: not the owner'],
  ['settled', 'REJECTED: Fraud', 'Awaiting Validation'],
  ['open', 'Pending', 'Awaiting Validation (Brand)'],
  ['open', 'Pending', 'PRE-SIGN FAILED: CAA'],
  ['open', 'Pending', 'POST-SIGN FAILED'],
  ['open', 'Payment promised', 'Issued: not yet'],
  // What another server leaves out.
  ['open', 'Pending', undefined],
  ['open', undefined, 'Awaiting Validation'],
  ['success', undefined, 'Issued'],
  ['settled', undefined, 'Rejected'],
  ['open', undefined],
];

describe('An order is settled, and a success', () => {
  for (const [outcome, orderStatus, ...certificates] of ROWS) {
    test(`${orderStatus} with ${certificates.join(', ') || 'no certificate'}: ${outcome}`, () => {
      const status = order(orderStatus, ...certificates);
      assert.equal(isSettled(status), outcome !== 'open');
      assert.equal(isSuccess(status), outcome === 'success');
    });
  }

  test('an answer without an order is neither', () => {
    assert.equal(isSettled({ orders: [] }), false);
    assert.equal(isSuccess({ orders: [] }), false);
  });

  test('orders that replace it do not count', () => {
    const replaced = [
      ...order('Completed', 'Issued').orders,
      ...order('Pending', 'Awaiting Validation').orders,
    ];
    assert.equal(isSuccess({ orders: replaced }), true);
    assert.equal(isSettled({ orders: replaced.toReversed() }), false);
  });
});
