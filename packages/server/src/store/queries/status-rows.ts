/**
 * Rows of the hot read, as every engine gives them, and the response they make. A row is a list of values, not an
 * object: on the hottest of all paths the names of twenty columns would cost more than their values.
 */

import {
  CERTIFICATE_ON_WIRE,
  type CertificateStatus,
  checkStatusOf,
  formatOrderDateTime,
  ORDER_ON_WIRE,
  type OrderStatus,
  type StatusQuery,
  type Writable,
} from '@cert-order-status/protocol';
import type { StatusReading } from '../../orders/status-reader.ts';

/** The most replacement orders that a response to queryType 2 holds. */
export const REPLACEMENTS_LIMIT = 100;

/** The columns of an account `a`, which come first. */
export const ACCOUNT_COLUMNS = ['accountID', 'credentialVersion', 'disabled'] as const;
/** An order's fields; certificates have rows of their own. */
const ORDER_FIELDS = ORDER_ON_WIRE.filter((field) => field.form !== 'certificates');
/** A certificate's fields, those of every queryType first. */
const CERTIFICATE_FIELDS = CERTIFICATE_ON_WIRE.toSorted((a, b) => a.fromQueryType - b.fromQueryType);
const QUERY_TYPE_0_FIELDS = CERTIFICATE_FIELDS.filter((field) => field.fromQueryType === 0);

/** Then those of an order `o`, the first as text: nulls when it is not the account's. */
export const STATUS_ORDER_COLUMNS = ORDER_FIELDS.map(({ name }) => name);
/** Then those of a certificate `c`: nulls when there is none. */
export const STATUS_CERTIFICATE_COLUMNS = CERTIFICATE_FIELDS.map(({ name }) => name);

type Text = string | null;

/** Values of all these columns, in this order. Engines may add others behind them. */
export type StatusRow = readonly (string | number | boolean | null)[];

const ORDER_AT = ACCOUNT_COLUMNS.length;
const ORDER_NUMBER_AT = ORDER_AT + STATUS_ORDER_COLUMNS.indexOf('orderNumber');
const CERTIFICATE_AT = ORDER_AT + STATUS_ORDER_COLUMNS.length;
/** A column that every certificate has. */
const CERTIFICATE_STATUS_AT = CERTIFICATE_AT + STATUS_CERTIFICATE_COLUMNS.indexOf('certificateStatus');

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
  const orderNumber = first[ORDER_NUMBER_AT] as Text;
  if (orderNumber === null) {
    return { account, notOfAccount: query.orderNumber === undefined ? 'certificateID' : 'orderNumber' };
  }
  if (first[CERTIFICATE_STATUS_AT] === null) return { account, notOfAccount: 'certificateID' };

  const withChecks = query.queryType !== 0;
  const orders = ordersOf(rows, withChecks);
  if (query.queryType === 2) orders.push(...ordersOf(replacements(orderNumber, accountID), withChecks));
  return { account, status: { orders } };
}

type GrowingOrder = Writable<OrderStatus> & { certificates: CertificateStatus[] };

/** Rows of one order follow one another. */
function ordersOf(rows: readonly StatusRow[], withChecks: boolean): GrowingOrder[] {
  const orders: GrowingOrder[] = [];
  let order: GrowingOrder | undefined;
  for (const row of rows) {
    if (order === undefined || order.orderNumber !== row[ORDER_NUMBER_AT]) {
      order = orderOf(row);
      orders.push(order);
    }
    order.certificates.push(certificateOf(row, withChecks));
  }
  return orders;
}

function orderOf(row: StatusRow): GrowingOrder {
  const order: GrowingOrder = { certificates: [] };
  let at = ORDER_AT;
  for (const field of ORDER_FIELDS) {
    const value = row[at++];
    if (field.form === 'minute') {
      if (typeof value === 'number') order[field.name] = formatOrderDateTime(value);
    } else if (typeof value === 'string') {
      order[field.name] = field.form === 'organizations' ? JSON.parse(value) : value;
    }
  }
  return order;
}

function certificateOf(row: StatusRow, withChecks: boolean): CertificateStatus {
  const certificate: Writable<CertificateStatus> = {};
  let at = CERTIFICATE_AT;
  for (const field of withChecks ? CERTIFICATE_FIELDS : QUERY_TYPE_0_FIELDS) {
    const value = row[at++];
    if (field.form === 'check') {
      if (typeof value === 'number') certificate[field.name] = checkStatusOf(value);
    } else if (typeof value === 'string') {
      certificate[field.name] = value;
    }
  }
  return certificate;
}
