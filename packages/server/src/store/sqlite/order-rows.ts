/** The order and certificate tables' columns, read and written. */

import {
  type CertificateRecord,
  CHECK_STATUS_NUMBERS,
  CHECKS,
  type OrderRecord,
  parseDateTime,
} from '@cert-order-status/protocol';

/** Of an order `o`. Numbers come as text: they do not fit a JavaScript number. */
export const ORDER_COLUMNS = `CAST(o.orderNumber AS TEXT) AS orderNumber, o.orderDateTime, o.orderStatus,
  o.orderStatusReason, CAST(o.replacesOrderNumber AS TEXT) AS replacesOrderNumber, o.suggestedOrgDetails`;

/** Of a certificate `c`. */
export const CERTIFICATE_COLUMNS = `CAST(c.certificateID AS TEXT) AS certificateID, c.objectType, c.FQDN,
  c.certificateStatus, c.certificateStatusReason, c.serialNumber, ${CHECKS.map((check) => `c.${check}`).join(', ')}`;

/** The values of an order's columns, in the table's order; `changed` in milliseconds since 1970. */
export function orderValues(accountID: number, record: OrderRecord, version: number, changed: number) {
  return [
    BigInt(record.orderNumber),
    accountID,
    parseDateTime(record.orderDateTime) as number,
    record.orderStatus,
    record.orderStatusReason ?? null,
    record.replacesOrderNumber === undefined ? null : BigInt(record.replacesOrderNumber),
    record.suggestedOrgDetails === undefined ? null : JSON.stringify(record.suggestedOrgDetails),
    version,
    changed,
  ];
}

/** The values of a certificate's columns, in the table's order. */
export function certificateValues(orderNumber: string, position: number, record: CertificateRecord) {
  return [
    BigInt(record.certificateID),
    BigInt(orderNumber),
    position,
    record.objectType,
    record.FQDN ?? null,
    record.certificateStatus,
    record.certificateStatusReason ?? null,
    record.serialNumber ?? null,
    ...CHECKS.map((check) => CHECK_STATUS_NUMBERS[record[check]]),
  ];
}
