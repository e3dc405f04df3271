/**
 * Rows of the hot read, as every engine gives them, and the response they make. A row is a list of values, not an
 * object: on the hottest of all paths the names of twenty columns would cost more than their values.
 */

import {
  CERTIFICATE_ON_WIRE,
  CERTIFICATE_ON_WIRE_BY_REVISION,
  type CertificateStatus,
  checkStatusOf,
  formatOrderDateTime,
  LATEST_REVISION,
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
/** A certificate's fields of revision 1.2, those of every queryType first. */
const CERTIFICATE_FIELDS = CERTIFICATE_ON_WIRE_BY_REVISION['1.2'].toSorted(
  (a, b) => a.fromQueryType - b.fromQueryType,
);
const QUERY_TYPE_0_FIELDS = CERTIFICATE_FIELDS.filter((field) => field.fromQueryType === 0);
/** The ends of its validity period. */
const VALIDITY_FIELDS = CERTIFICATE_ON_WIRE.filter((field) => field.form === 'seconds');
/** Few certificates have one of these, so they come in one column. */
const LATER_FIELDS = CERTIFICATE_ON_WIRE.filter((field) => field.form === 'text').filter(
  ({ since }) => since !== '1.2',
);

/** Then those of an order `o`, the first as text: nulls when it is not the account's. */
export const STATUS_ORDER_COLUMNS = ORDER_FIELDS.map(({ name }) => name);
/** Then those of a certificate `c`: nulls when there is none, the first only then. */
export const STATUS_CERTIFICATE_COLUMNS = [
  'certificateStatusMeaning',
  ...[...CERTIFICATE_FIELDS, ...VALIDITY_FIELDS].map(({ name }) => name),
] as const;
/** Then one with a JSON list of these columns of `c`, as text; null when they are all null. */
export const STATUS_LATER_COLUMNS = LATER_FIELDS.map(({ name }) => name);
/** Columns that hold seconds since 1970. */
export const STATUS_TIME_COLUMNS: ReadonlySet<string> = new Set(
  [...ORDER_FIELDS, ...VALIDITY_FIELDS]
    .filter(({ form }) => form === 'minute' || form === 'seconds')
    .map(({ name }) => name),
);

type Text = string | null;

/** Values of all these columns, in this order. Engines may add others behind them. */
export type StatusRow = readonly (string | number | boolean | null)[];

const ORDER_AT = ACCOUNT_COLUMNS.length;
const ORDER_NUMBER_AT = ORDER_AT + STATUS_ORDER_COLUMNS.indexOf('orderNumber');
const CERTIFICATE_MEANING_AT = ORDER_AT + STATUS_ORDER_COLUMNS.length;
const CERTIFICATE_AT = CERTIFICATE_MEANING_AT + 1;

const VALIDITY_AT = CERTIFICATE_AT + CERTIFICATE_FIELDS.length;
const LATER_AT = VALIDITY_AT + VALIDITY_FIELDS.length;

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
  if (first[CERTIFICATE_MEANING_AT] === null) return { account, notOfAccount: 'certificateID' };

  const orders = ordersOf(rows, query);
  let hasLater = rows.some(hasLaterFields);
  if (query.queryType === 2) {
    const further = replacements(orderNumber, accountID);
    orders.push(...ordersOf(further, query));
    hasLater ||= further.some(hasLaterFields);
  }
  const revision = query.showValidityPeriod || hasLater ? LATEST_REVISION : '1.2';
  return { account, status: { orders }, revision };
}

function hasLaterFields(row: StatusRow): boolean {
  return row[LATER_AT] !== null;
}

type GrowingOrder = Writable<OrderStatus> & { certificates: CertificateStatus[] };

/** Rows of one order follow one another. */
function ordersOf(rows: readonly StatusRow[], query: StatusQuery): GrowingOrder[] {
  const orders: GrowingOrder[] = [];
  let order: GrowingOrder | undefined;
  for (const row of rows) {
    if (order === undefined || order.orderNumber !== row[ORDER_NUMBER_AT]) {
      order = orderOf(row);
      orders.push(order);
    }
    order.certificates.push(certificateOf(row, query));
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

function certificateOf(row: StatusRow, { queryType, showValidityPeriod }: StatusQuery): CertificateStatus {
  const certificate: Writable<CertificateStatus> = {};
  const withChecks = queryType !== 0;
  let at = CERTIFICATE_AT;
  for (const field of withChecks ? CERTIFICATE_FIELDS : QUERY_TYPE_0_FIELDS) {
    const value = row[at++];
    if (field.form === 'check') {
      if (typeof value === 'number') certificate[field.name] = checkStatusOf(value);
    } else if (field.form === 'text' && typeof value === 'string') {
      certificate[field.name] = value;
    }
  }
  if (showValidityPeriod) addValidityPeriod(certificate, row);
  const later = row[LATER_AT];
  if (withChecks && typeof later === 'string') addLaterFields(certificate, later);
  return certificate;
}

function addValidityPeriod(certificate: Writable<CertificateStatus>, row: StatusRow): void {
  let at = VALIDITY_AT;
  for (const field of VALIDITY_FIELDS) {
    const value = row[at++];
    if (typeof value === 'number') certificate[field.name] = new Date(value * 1000);
  }
}

function addLaterFields(certificate: Writable<CertificateStatus>, list: string): void {
  const values: readonly Text[] = JSON.parse(list);
  for (const [index, field] of LATER_FIELDS.entries()) {
    const value = values[index];
    if (typeof value === 'string') certificate[field.name] = value;
  }
}
