/** Rows of the hot read, as every engine gives them, and the answer they make. */

import type { OrderStatus, StatusQuery } from '@cert-order-status/protocol';
import { type CertificateRow, certificateStatus, type OrderRow, orderStatus } from './order-rows.ts';
import type { AccountState, StatusReading } from './store.ts';

/** The most replacement orders that an answer to queryType 2 holds. */
export const REPLACEMENTS_LIMIT = 100;

/** What every join gives: the account, and the order and the certificate or nulls in their place. */
export type JoinedRow = Omit<AccountState, 'disabled'> & { readonly disabled: boolean | number } & (
    | (OrderRow & (CertificateRow | { readonly certificateID: null }))
    | { readonly orderNumber: null }
  );

/**
 * The reading that rows make.
 *
 * @param rows of the order asked about: one for each of its certificates.
 * @param replacements those of the orders that replace it; only called for queryType 2.
 */
export function readingOf(
  rows: readonly JoinedRow[],
  query: StatusQuery,
  replacements: (orderNumber: string, accountID: number) => readonly (OrderRow & CertificateRow)[],
): StatusReading {
  const [first] = rows;
  if (first === undefined) return { account: undefined };
  const { accountID, credentialVersion } = first;
  const account = { accountID, credentialVersion, disabled: Boolean(first.disabled) };
  if (first.orderNumber === null) {
    return { account, notOfAccount: query.orderNumber === undefined ? 'certificateID' : 'orderNumber' };
  }
  if (first.certificateID === null) return { account, notOfAccount: 'certificateID' };

  const withChecks = query.queryType !== 0;
  const orders = ordersOf(rows as readonly (OrderRow & CertificateRow)[], withChecks);
  if (query.queryType === 2) {
    orders.push(...ordersOf(replacements(first.orderNumber, accountID), withChecks));
  }
  return { account, status: { orders } };
}

/** Rows of one order follow one another. */
function ordersOf(rows: readonly (OrderRow & CertificateRow)[], withChecks: boolean): OrderStatus[] {
  const orders: ReturnType<typeof orderStatus>[] = [];
  for (const row of rows) {
    let order = orders.at(-1);
    if (order?.orderNumber !== row.orderNumber) {
      order = orderStatus(row);
      orders.push(order);
    }
    order.certificates.push(certificateStatus(row, withChecks));
  }
  return orders;
}
