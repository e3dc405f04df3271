/** Rows of parts and summaries of orders, as every engine gives them, and what they stand for. */

import { formatDateTime } from '@cert-order-status/protocol';
import type { Chain, ChainedOrder, OrderPart, OrderSummary } from '../orders/order-views.ts';
import { type CertificateRow, type OrderRow, orderRecord } from './queries/order-rows.ts';

/** How many orders of a chain are read in either direction. */
export const CHAIN_LIMIT = 100;

/** The columns that {@link orderPart} makes a part of. */
export type PartRow = OrderRow & {
  readonly loginName: string;
  readonly version: number;
  readonly changed: number;
  readonly certificateCount: number;
};

/** The part that rows make. */
export function orderPart(row: PartRow, certificates: readonly CertificateRow[]): OrderPart {
  return {
    record: orderRecord(row.loginName, row, certificates),
    version: row.version,
    changed: new Date(row.changed).toISOString(),
    certificateCount: row.certificateCount,
  };
}

/** An order of a chain, and its place: below 0 before the order that was asked for, above 0 after it. */
export type ChainRow = ChainedOrder & { readonly place: number };

/** The chain that rows make, each direction of which may hold one more than is shown. */
export function chainOf(rows: readonly ChainRow[]): Chain {
  const earlier = rows.filter(({ place }) => place < 0);
  const later = rows.filter(({ place }) => place > 0);
  const shown = [
    ...earlier.slice(-CHAIN_LIMIT),
    ...rows.filter(({ place }) => place === 0),
    ...later.slice(0, CHAIN_LIMIT),
  ];
  return {
    orders: shown.map(({ orderNumber, orderStatus }) => ({ orderNumber, orderStatus })),
    more: earlier.length > CHAIN_LIMIT || later.length > CHAIN_LIMIT,
  };
}

/** The columns that {@link orderSummary} makes a summary of; times in seconds, and in milliseconds, since 1970. */
export type SummaryRow = Pick<OrderRow, 'orderNumber' | 'orderDateTime' | 'orderStatus'> &
  Pick<CertificateRow, 'objectType' | 'FQDN' | 'certificateStatus'> &
  Pick<PartRow, 'loginName' | 'changed' | 'certificateCount'>;

/** The summary that a row makes. */
export function orderSummary(row: SummaryRow): OrderSummary {
  return {
    orderNumber: row.orderNumber,
    account: row.loginName,
    orderDateTime: formatDateTime(row.orderDateTime),
    orderStatus: row.orderStatus,
    changed: new Date(row.changed).toISOString(),
    certificateCount: row.certificateCount,
    objectType: row.objectType,
    FQDN: row.FQDN ?? undefined,
    certificateStatus: row.certificateStatus,
  };
}
