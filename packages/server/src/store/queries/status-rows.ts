/**
 * Rows of the hot read, as every engine gives them, and the answer they make. A row is a list of values, not an object: on the
 * hottest of all paths the names of twenty columns would cost more than their values.
 */

import {
  type CertificateStatus,
  CHECKS,
  type CheckName,
  type CheckStatus,
  checkStatusOf,
  formatOrderDateTime,
  type OrderStatus,
  type StatusQuery,
} from '@cert-order-status/protocol';
import type { StatusReading } from '../../orders/status-reader.ts';

/** The most replacement orders that an answer to queryType 2 holds. */
export const REPLACEMENTS_LIMIT = 100;

/** The columns of an account `a`, which come first. */
export const ACCOUNT_COLUMNS = ['accountID', 'credentialVersion', 'disabled'] as const;
/** Then those of an order `o`, the first as text: nulls when it is not the account's. */
export const STATUS_ORDER_COLUMNS = [
  'orderNumber',
  'orderDateTime',
  'orderStatus',
  'orderStatusReason',
  'suggestedOrgDetails',
] as const;
/** Then those of a certificate `c`: nulls when there is none. */
export const STATUS_CERTIFICATE_COLUMNS = [
  'objectType',
  'serialNumber',
  'FQDN',
  'certificateStatus',
  'certificateStatusReason',
  ...CHECKS,
] as const;

type Text = string | null;
type OrderValues = readonly [string, number, string, Text, Text];
type CertificateValues = readonly [string, Text, Text, string, Text];

/** Values of all these columns, in this order. Engines may add others behind them. */
export type StatusRow = readonly (string | number | boolean | null)[];

const ORDER_AT = ACCOUNT_COLUMNS.length;
const CERTIFICATE_AT = ORDER_AT + STATUS_ORDER_COLUMNS.length;
const CHECKS_AT = CERTIFICATE_AT + STATUS_CERTIFICATE_COLUMNS.length - CHECKS.length;

/**
 * The reading that rows make.
 *
 * @param rows of the order asked about: one for each of its certificates.
 * @param replacements those of the orders that replace it; only called for queryType 2.
 */
export function readingOf(
  rows: readonly StatusRow[],
  query: StatusQuery,
  replacements: (orderNumber: string, accountID: number) => readonly StatusRow[],
): StatusReading {
  const [first] = rows;
  if (first === undefined) return { account: undefined };
  const accountID = first[0] as number;
  const account = { accountID, credentialVersion: first[1] as number, disabled: Boolean(first[2]) };
  const orderNumber = first[ORDER_AT] as Text;
  if (orderNumber === null) {
    return { account, notOfAccount: query.orderNumber === undefined ? 'certificateID' : 'orderNumber' };
  }
  if (first[CERTIFICATE_AT] === null) return { account, notOfAccount: 'certificateID' };

  const withChecks = query.queryType !== 0;
  const orders = ordersOf(rows, withChecks);
  if (query.queryType === 2) orders.push(...ordersOf(replacements(orderNumber, accountID), withChecks));
  return { account, status: { orders } };
}

type GrowingOrder = OrderStatus & { certificates: CertificateStatus[] };

/** Rows of one order follow one another. */
function ordersOf(rows: readonly StatusRow[], withChecks: boolean): GrowingOrder[] {
  const orders: GrowingOrder[] = [];
  let order: GrowingOrder | undefined;
  for (const row of rows) {
    if (order === undefined || order.orderNumber !== row[ORDER_AT]) {
      order = orderOf(row);
      orders.push(order);
    }
    order.certificates.push(certificateOf(row, withChecks));
  }
  return orders;
}

function orderOf(row: StatusRow): GrowingOrder {
  const [orderNumber, orderDateTime, orderStatus, orderStatusReason, suggestedOrgDetails] = row.slice(
    ORDER_AT,
    CERTIFICATE_AT,
  ) as unknown as OrderValues;
  return {
    orderNumber,
    orderDateTime: formatOrderDateTime(orderDateTime),
    orderStatus,
    ...(orderStatusReason !== null && { orderStatusReason }),
    ...(suggestedOrgDetails !== null && { suggestedOrgDetails: JSON.parse(suggestedOrgDetails) }),
    certificates: [],
  };
}

function certificateOf(row: StatusRow, withChecks: boolean): CertificateStatus {
  const [objectType, serialNumber, FQDN, certificateStatus, certificateStatusReason] = row.slice(
    CERTIFICATE_AT,
    CHECKS_AT,
  ) as unknown as CertificateValues;
  const certificate: { -readonly [Key in keyof CertificateStatus]: CertificateStatus[Key] } = {
    objectType,
    certificateStatus,
  };
  if (serialNumber !== null) certificate.serialNumber = serialNumber;
  if (FQDN !== null) certificate.FQDN = FQDN;
  if (certificateStatusReason !== null) certificate.certificateStatusReason = certificateStatusReason;
  if (withChecks) {
    for (let index = 0; index < CHECKS.length; index++) {
      const check = CHECKS[index] as CheckName;
      certificate[check] = checkStatusOf(row[CHECKS_AT + index] as number) as CheckStatus;
    }
  }
  return certificate;
}
