/** Rows of the order and certificate tables, as every engine gives them, and what they stand for. */

import {
  type CertificateRecord,
  CHECKS,
  type CheckName,
  type CheckStatus,
  checkStatusOf,
  formatDateTime,
  type OrderRecord,
} from '@cert-order-status/protocol';
import type { PlacedOrder } from '../../orders/placement-rules.ts';

/** How many certificates orders that are held at once have, unless it is a single order: they take 50 MB at most. */
export const HELD_CERTIFICATES = 10_000;

type Text = string | null;

/** An order's columns. Numbers of orders come as text: they do not fit a JavaScript number. */
export interface OrderRow {
  readonly orderNumber: string;
  readonly orderDateTime: number;
  readonly orderStatus: OrderRecord['orderStatus'];
  readonly orderStatusReason: Text;
  readonly replacesOrderNumber: Text;
  readonly suggestedOrgDetails: Text;
}

/** A certificate's columns. */
export interface CertificateRow extends Readonly<Record<CheckName, number>> {
  readonly certificateID: string;
  readonly objectType: string;
  readonly FQDN: Text;
  readonly certificateStatus: CertificateRecord['certificateStatus'];
  readonly certificateStatusReason: Text;
  readonly serialNumber: Text;
}

/** The record in canonical form, as `readOrderRecord` makes it. */
export function orderRecord(
  account: string,
  row: OrderRow,
  certificates: readonly CertificateRow[],
): OrderRecord {
  return {
    account,
    orderNumber: row.orderNumber,
    orderDateTime: formatDateTime(row.orderDateTime),
    orderStatus: row.orderStatus,
    ...present('orderStatusReason', row.orderStatusReason),
    ...present('replacesOrderNumber', row.replacesOrderNumber),
    ...(row.suggestedOrgDetails !== null && { suggestedOrgDetails: JSON.parse(row.suggestedOrgDetails) }),
    certificates: certificates.map((certificate) => ({
      certificateID: certificate.certificateID,
      objectType: certificate.objectType,
      ...present('FQDN', certificate.FQDN),
      certificateStatus: certificate.certificateStatus,
      ...present('certificateStatusReason', certificate.certificateStatusReason),
      ...present('serialNumber', certificate.serialNumber),
      ...checksOf(certificate),
    })),
  };
}

/** The columns of {@link PlacedOrder}. */
export interface PlacedRow {
  readonly loginName: string;
  readonly replacesOrderNumber: Text;
}

/** Where an order belongs. */
export function placedOrder({ loginName, replacesOrderNumber }: PlacedRow): PlacedOrder {
  return { account: loginName, ...present('replacesOrderNumber', replacesOrderNumber) };
}

function checksOf(row: CertificateRow): Record<CheckName, CheckStatus> {
  const checks = {} as Record<CheckName, CheckStatus>;
  for (const check of CHECKS) checks[check] = checkStatusOf(row[check]) as CheckStatus;
  return checks;
}

function present<Name extends string>(name: Name, value: Text): { [N in Name]?: string } {
  return value === null ? {} : ({ [name]: value } as { [N in Name]?: string });
}
