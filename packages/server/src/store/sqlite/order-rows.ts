/** The order and certificate tables' columns, read and written. */

import type { CertificateRecord, OrderRecord } from '@cert-order-status/protocol';
import {
  CERTIFICATE_FIELD_COLUMNS,
  type Column,
  columnValue,
  ORDER_FIELD_COLUMNS,
} from '../queries/order-rows.ts';

/** Of an order `o`. Numbers come as text: they do not fit a JavaScript number. */
export const ORDER_COLUMNS = ORDER_FIELD_COLUMNS.map((column) => readAs('o', column)).join(', ');

/** Of a certificate `c`. */
export const CERTIFICATE_COLUMNS = CERTIFICATE_FIELD_COLUMNS.map((column) => readAs('c', column)).join(', ');

function readAs(table: string, { name, kind }: Column): string {
  return kind === 'number' ? `CAST(${table}.${name} AS TEXT) AS ${name}` : `${table}.${name}`;
}

const ORDER_NAMES = [...ORDER_FIELD_COLUMNS.map(({ name }) => name), 'accountID', 'version', 'changed'];
const CERTIFICATE_NAMES = [...CERTIFICATE_FIELD_COLUMNS.map(({ name }) => name), 'orderNumber', 'position'];

/** Writes the row that {@link orderValues} make; of an order that is there already, all but its account. */
export const WRITE_ORDER = `INSERT INTO "order" (${ORDER_NAMES.join(', ')}) VALUES (${ORDER_NAMES.map(() => '?').join(', ')})
  ON CONFLICT (orderNumber) DO UPDATE SET ${ORDER_NAMES.filter(
    (name) => name !== 'orderNumber' && name !== 'accountID',
  )
    .map((name) => `${name} = excluded.${name}`)
    .join(', ')}`;

/** Adds the row that {@link certificateValues} make. */
export const ADD_CERTIFICATE = `INSERT INTO certificate (${CERTIFICATE_NAMES.join(', ')})
  VALUES (${CERTIFICATE_NAMES.map(() => '?').join(', ')})`;

/** The values of {@link WRITE_ORDER}; `changed` in milliseconds since 1970. */
export function orderValues(accountID: number, record: OrderRecord, version: number, changed: number) {
  return [...ORDER_FIELD_COLUMNS.map((column) => columnOf(column, record)), accountID, version, changed];
}

/** The values of {@link ADD_CERTIFICATE}. */
export function certificateValues(orderNumber: string, position: number, record: CertificateRecord) {
  const fields = CERTIFICATE_FIELD_COLUMNS.map((column) => columnOf(column, record));
  return [...fields, BigInt(orderNumber), position];
}

function columnOf<Name extends string>(
  { name, kind }: Column<Name>,
  record: { readonly [N in Name]?: unknown },
) {
  const value = columnValue(kind, record[name]);
  return kind === 'number' && value !== null ? BigInt(value) : value;
}
