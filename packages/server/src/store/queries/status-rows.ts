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

/** Then those of an order `o`, the first as text: nulls when it is not the account's. */
export const STATUS_ORDER_COLUMNS = ORDER_FIELDS.map(({ name }) => name);
/** Then those of a certificate `c`: nulls when there is none, the first only then. */
export const STATUS_CERTIFICATE_COLUMNS = [
  'certificateStatusMeaning',
  ...CERTIFICATE_ON_WIRE.map(({ name }) => name),
] as const;
/** Columns that hold seconds since 1970. */
export const STATUS_TIME_COLUMNS: ReadonlySet<string> = new Set(
  [...ORDER_FIELDS, ...CERTIFICATE_ON_WIRE]
    .filter(({ form }) => form === 'minute' || form === 'seconds')
    .map(({ name }) => name),
);

type Text = string | null;

/** Values of all these columns, in this order. Engines may add others behind them. */
export type StatusRow = readonly (string | number | boolean | null)[];

const ORDER_AT = ACCOUNT_COLUMNS.length;
const ORDER_NUMBER_AT = ORDER_AT + STATUS_ORDER_COLUMNS.indexOf('orderNumber');
const CERTIFICATE_MEANING_AT = ORDER_AT + STATUS_ORDER_COLUMNS.length;

/** A certificate's fields, each with its place in a row. */
const CERTIFICATE_FIELDS = CERTIFICATE_ON_WIRE.map((field, index) => ({
  field,
  at: CERTIFICATE_MEANING_AT + 1 + index,
}));
type CertificateFields = typeof CERTIFICATE_FIELDS;

/** The fields that a query gets: those of its queryType, and validity periods only when it asks for them. */
function fieldsFor(queryType: 0 | 1, withValidity: boolean): CertificateFields {
  return CERTIFICATE_FIELDS.filter(
    ({ field }) => field.fromQueryType <= queryType && (withValidity || field.form !== 'seconds'),
  );
}

const FIELDS_BY_QUERY = {
  plain: [fieldsFor(0, false), fieldsFor(1, false)],
  withValidity: [fieldsFor(0, true), fieldsFor(1, true)],
} as const;

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

  const fields =
    FIELDS_BY_QUERY[query.showValidityPeriod ? 'withValidity' : 'plain'][query.queryType === 0 ? 0 : 1];
  const orders = ordersOf(rows, fields);
  if (query.queryType === 2) orders.push(...ordersOf(replacements(orderNumber, accountID), fields));
  return { account, status: { orders } };
}

type GrowingOrder = Writable<OrderStatus> & { certificates: CertificateStatus[] };

/** Rows of one order follow one another. */
function ordersOf(rows: readonly StatusRow[], fields: CertificateFields): GrowingOrder[] {
  const orders: GrowingOrder[] = [];
  let order: GrowingOrder | undefined;
  for (const row of rows) {
    if (order === undefined || order.orderNumber !== row[ORDER_NUMBER_AT]) {
      order = orderOf(row);
      orders.push(order);
    }
    order.certificates.push(certificateOf(row, fields));
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

function certificateOf(row: StatusRow, fields: CertificateFields): CertificateStatus {
  const certificate: Writable<CertificateStatus> = {};
  for (const { field, at } of fields) {
    const value = row[at];
    if (field.form === 'check') {
      if (typeof value === 'number') certificate[field.name] = checkStatusOf(value);
    } else if (field.form === 'seconds') {
      if (typeof value === 'number') certificate[field.name] = value;
    } else if (typeof value === 'string') {
      certificate[field.name] = value;
    }
  }
  return certificate;
}
