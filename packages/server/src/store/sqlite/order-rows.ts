/** The order and certificate tables' columns, read and written. */

import type { CertificateRecord, OrderRecord } from '@cert-order-status/protocol';
import {
  CERTIFICATE_FIELD_COLUMNS,
  type Column,
  columnValue,
  DERIVED_OF_CERTIFICATE,
  DERIVED_OF_ORDER,
  derivedOfCertificate,
  derivedOfOrder,
  ORDER_FIELD_COLUMNS,
  updateOnConflict,
  type WrittenAs,
} from '../queries/order-rows.ts';
import { packedCertificates } from '../queries/packed-certificates.ts';

/** Of an order `o`. Numbers come as text: they do not fit a JavaScript number. */
export const ORDER_COLUMNS = ORDER_FIELD_COLUMNS.map((column) => readAs('o', column)).join(', ');

/** Of a certificate `c`. */
export const CERTIFICATE_COLUMNS = CERTIFICATE_FIELD_COLUMNS.map((column) => readAs('c', column)).join(', ');

function readAs(table: string, { name, kind }: Column): string {
  return kind === 'number' ? `CAST(${table}.${name} AS TEXT) AS ${name}` : `${table}.${name}`;
}

const ORDER_NAMES = [
  ...ORDER_FIELD_COLUMNS.map(({ name }) => name),
  ...DERIVED_OF_ORDER,
  'accountID',
  'version',
  'changed',
  'packedCertificates',
  'isObserved',
];
const CERTIFICATE_NAMES = [
  ...CERTIFICATE_FIELD_COLUMNS.map(({ name }) => name),
  ...DERIVED_OF_CERTIFICATE,
  'orderNumber',
  'position',
];

/** Writes the row that {@link orderValues} make; of an order that is there already, all but its account. */
export const WRITE_ORDER = `${insertInto('"order"', ORDER_NAMES)}
  ${updateOnConflict(ORDER_NAMES, ['orderNumber'], ['accountID'])}`;

/** Writes the row that {@link certificateValues} make. */
export const WRITE_CERTIFICATE = `${insertInto('certificate', CERTIFICATE_NAMES)}
  ${updateOnConflict(CERTIFICATE_NAMES, ['orderNumber', 'position'])}`;

function insertInto(table: string, names: readonly string[]): string {
  return `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
}

/** The values of {@link WRITE_ORDER}. */
export function orderValues(
  accountID: number,
  record: OrderRecord,
  { version, changed, isObserved }: WrittenAs,
) {
  const derived = derivedOfOrder(record);
  return [
    ...ORDER_FIELD_COLUMNS.map((column) => columnOf(column, record)),
    ...DERIVED_OF_ORDER.map((name) => derived[name]),
    accountID,
    version,
    changed,
    packedCertificates(record),
    Number(isObserved),
  ];
}

/** The values of {@link WRITE_CERTIFICATE}. */
export function certificateValues(orderNumber: string, position: number, record: CertificateRecord) {
  const derived = derivedOfCertificate(record);
  return [
    ...CERTIFICATE_FIELD_COLUMNS.map((column) => columnOf(column, record)),
    ...DERIVED_OF_CERTIFICATE.map((name) => derived[name]),
    BigInt(orderNumber),
    position,
  ];
}

function columnOf<Name extends string>(
  { name, kind }: Column<Name>,
  record: { readonly [N in Name]?: unknown },
) {
  const value = columnValue(kind, record[name]);
  return kind === 'number' && value !== null ? BigInt(value) : value;
}
