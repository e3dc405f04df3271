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

/** Of an order `o`. Times come as the numbers they are, which `float8` holds exactly. */
export const ORDER_COLUMNS = ORDER_FIELD_COLUMNS.map((column) => readAs('o', column)).join(', ');

/** Of a certificate `c`. */
export const CERTIFICATE_COLUMNS = CERTIFICATE_FIELD_COLUMNS.map((column) => readAs('c', column)).join(', ');

function readAs(table: string, { name, kind }: Column): string {
  const cast = kind === 'number' ? '::text' : kind === 'time' ? '::float8' : '';
  return `${table}."${name}"${cast} AS "${name}"`;
}

/** The numbers of a JSON list, the statement's first value. */
export const LISTED = 'SELECT value::bigint FROM jsonb_array_elements_text($1::text::jsonb)';

/** The columns of a row and their types. */
type Types = readonly (readonly [name: string, type: string])[];

const ORDER_TYPES: Types = [
  ...typesOf(ORDER_FIELD_COLUMNS),
  ...DERIVED_OF_ORDER.map((name) => [name, 'text'] as const),
  ['accountID', 'integer'],
  ['version', 'integer'],
  ['changed', 'bigint'],
  ['packedCertificates', 'text'],
  ['isObserved', 'boolean'],
];
const CERTIFICATE_TYPES: Types = [
  ...typesOf(CERTIFICATE_FIELD_COLUMNS),
  ...DERIVED_OF_CERTIFICATE.map((name) => [name, 'text'] as const),
  ['orderNumber', 'bigint'],
  ['position', 'integer'],
];

function typesOf(columns: readonly Column[]): Types {
  return columns.map(({ name, kind }) => {
    if (kind === 'number' || kind === 'time') return [name, 'bigint'];
    return [name, kind === 'check' ? 'smallint' : 'text'];
  });
}

/**
 * Writes the rows that {@link orderValues} make, a JSON list of them; of orders that are there already, all but their
 * account.
 */
export const WRITE_ORDERS = `${insertInto('"order"', ORDER_TYPES)}
  ${updateOnConflict(namesOf(ORDER_TYPES), ['orderNumber'], ['accountID'])}`;

/** Writes the rows that {@link certificateValues} make, a JSON list of them. */
export const WRITE_CERTIFICATES = `${insertInto('certificate', CERTIFICATE_TYPES)}
  ${updateOnConflict(namesOf(CERTIFICATE_TYPES), ['orderNumber', 'position'])}`;

function namesOf(types: Types): string[] {
  return types.map(([name]) => name);
}

function insertInto(table: string, types: Types): string {
  const names = types.map(([name]) => `"${name}"`).join(', ');
  const typed = types.map(([name, type]) => `"${name}" ${type}`).join(', ');
  return `INSERT INTO ${table} (${names})
  SELECT ${names} FROM jsonb_to_recordset($1::text::jsonb) AS row (${typed})`;
}

/** An order's row, to be sent as JSON. */
export function orderValues(accountID: number, record: OrderRecord, written: WrittenAs) {
  return {
    ...valuesOf(ORDER_FIELD_COLUMNS, record),
    ...derivedOfOrder(record),
    ...written,
    accountID,
    packedCertificates: packedCertificates(record),
  };
}

/** A certificate's row, to be sent as JSON. */
export function certificateValues(orderNumber: string, position: number, record: CertificateRecord) {
  return {
    ...valuesOf(CERTIFICATE_FIELD_COLUMNS, record),
    ...derivedOfCertificate(record),
    orderNumber,
    position,
  };
}

function valuesOf<Name extends string>(
  columns: readonly Column<Name>[],
  record: { readonly [N in Name]?: unknown },
): Record<string, string | number | null> {
  return Object.fromEntries(columns.map(({ name, kind }) => [name, columnValue(kind, record[name])]));
}
