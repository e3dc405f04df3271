/** Whether an order is done, and whether that is good news. A word of no known meaning decides nothing. */

import type { DetailedOrderStatus } from './detailed-order-status.ts';
import { type CertificateMeaning, certificateMeaning, orderMeaning } from './states.ts';

/**
 * How the order asked about (not those that replace it) ended:
 *
 * - `issued`: there is nothing more to wait for, and a certificate is issued
 * - `not-issued`: there is nothing more to wait for, and no certificate is issued
 * - `open`: there is something to wait for, or a state that decides it is left out or has a word of no known meaning
 */
export type Outcome = 'open' | 'issued' | 'not-issued';

const DECIDED: readonly CertificateMeaning[] = ['issued', 'expired', 'revoked', 'replaced', 'rejected'];

/** How an order ended, by the meaning of its states ({@link orderMeaning}, {@link certificateMeaning}). */
export function outcomeOf({ orders: [order] }: DetailedOrderStatus): Outcome {
  if (order === undefined) return 'open';
  const meanings = order.certificates.map(({ certificateStatus }) => certificateMeaning(certificateStatus));
  const decided = meanings.includes('issued') ? 'issued' : 'not-issued';
  switch (order.orderStatus === undefined ? 'pending' : orderMeaning(order.orderStatus)) {
    case 'rejected':
    case 'cancelled':
      return 'not-issued';
    case 'completed':
      return decided === 'not-issued' && meanings.includes('unknown') ? 'open' : decided;
    case 'pending':
      return meanings.length > 0 && meanings.every((meaning) => DECIDED.includes(meaning)) ? decided : 'open';
    case 'unknown':
      return 'open';
  }
}

/**
 * Whether there is nothing more to wait for: the order asked about is completed, rejected or cancelled, or none of its
 * certificates (of those in the response) is awaiting. Orders that replace it do not count; see {@link outcomeOf}.
 */
export function isSettled(status: DetailedOrderStatus): boolean {
  return outcomeOf(status) !== 'open';
}

/**
 * Whether it is settled (see {@link isSettled}) with a certificate to use: at least one is issued, and the order
 * is neither rejected nor cancelled.
 */
export function isSuccess(status: DetailedOrderStatus): boolean {
  return outcomeOf(status) === 'issued';
}
