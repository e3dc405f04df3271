/** Rows of the order and certificate tables, and what they stand for. */

import {
  type CertificateRecord,
  type CertificateStatus,
  CHECK_STATUS_NUMBERS,
  CHECKS,
  type CheckName,
  type CheckStatus,
  checkStatusOf,
  formatDateTime,
  formatOrderDateTime,
  type OrderRecord,
  type OrderStatus,
  parseDateTime,
} from '@cert-order-status/protocol';

type Text = string | null;

/** {@link ORDER_COLUMNS} as node:sqlite gives them. */
export interface OrderRow {
  readonly orderNumber: string;
  readonly orderDateTime: number;
  readonly orderStatus: OrderRecord['orderStatus'];
  readonly orderStatusReason: Text;
  readonly replacesOrderNumber: Text;
  readonly suggestedOrgDetails: Text;
}

/** {@link CERTIFICATE_COLUMNS} as node:sqlite gives them. */
export interface CertificateRow extends Readonly<Record<CheckName, number>> {
  readonly certificateID: string;
  readonly objectType: string;
  readonly FQDN: Text;
  readonly certificateStatus: CertificateRecord['certificateStatus'];
  readonly certificateStatusReason: Text;
  readonly serialNumber: Text;
}

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

/** The order as an answer holds it; the certificates are added by the caller. */
export function orderStatus(row: OrderRow): OrderStatus & { certificates: CertificateStatus[] } {
  return {
    orderNumber: row.orderNumber,
    orderDateTime: formatOrderDateTime(row.orderDateTime),
    orderStatus: row.orderStatus,
    ...present('orderStatusReason', row.orderStatusReason),
    ...(row.suggestedOrgDetails !== null && { suggestedOrgDetails: JSON.parse(row.suggestedOrgDetails) }),
    certificates: [],
  };
}

/** The certificate as an answer holds it. */
export function certificateStatus(row: CertificateRow, withChecks: boolean): CertificateStatus {
  return {
    ...present('serialNumber', row.serialNumber),
    objectType: row.objectType,
    ...present('FQDN', row.FQDN),
    certificateStatus: row.certificateStatus,
    ...present('certificateStatusReason', row.certificateStatusReason),
    ...(withChecks && checksOf(row)),
  };
}

function checksOf(row: CertificateRow): Record<CheckName, CheckStatus> {
  const checks = {} as Record<CheckName, CheckStatus>;
  for (const check of CHECKS) checks[check] = checkStatusOf(row[check]) as CheckStatus;
  return checks;
}

function present<Name extends string>(name: Name, value: Text): { [N in Name]?: string } {
  return value === null ? {} : ({ [name]: value } as { [N in Name]?: string });
}
