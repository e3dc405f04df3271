/** Whether an order is done, and whether that is good news. A word that this API does not name settles nothing. */

import type { DetailedOrderStatus } from './detailed-order-status.ts';
import { AWAITING_STATUSES, CERTIFICATE_STATUSES } from './states.ts';

const DECIDED: readonly (string | undefined)[] = CERTIFICATE_STATUSES.filter(
  (word) => !AWAITING_STATUSES.includes(word),
);

/**
 * Whether there is nothing more to wait for: the order asked about is Completed, Rejected or Cancelled, or none
 * of its certificates (of those in the answer) is awaiting. Orders that replace it do not count.
 */
export function isSettled({ orders: [order] }: DetailedOrderStatus): boolean {
  switch (order?.orderStatus) {
    case 'Completed':
    case 'Rejected':
    case 'Cancelled':
      return true;
    case 'Pending':
    case undefined: {
      const certificates = order?.certificates ?? [];
      return (
        certificates.length > 0 &&
        certificates.every(({ certificateStatus }) => DECIDED.includes(certificateStatus))
      );
    }
    default:
      return false;
  }
}

/**
 * Whether it is settled (see {@link isSettled}) with a certificate to use: at least one is Issued, and the order
 * is neither Rejected nor Cancelled.
 */
export function isSuccess(status: DetailedOrderStatus): boolean {
  const [order] = status.orders;
  return (
    isSettled(status) &&
    order?.orderStatus !== 'Rejected' &&
    order?.orderStatus !== 'Cancelled' &&
    (order?.certificates ?? []).some(({ certificateStatus }) => certificateStatus === 'Issued')
  );
}
