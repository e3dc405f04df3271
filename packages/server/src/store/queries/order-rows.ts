/** Rows of the order and certificate tables, as every engine gives them, and what they stand for. */

import {
  CERTIFICATE_SHAPE,
  type CertificateRecord,
  CHECK_STATUS_NUMBERS,
  CHECK_STATUSES,
  certificateMeaning,
  checkStatusOf,
  type Field,
  fieldsOf,
  formatDateTime,
  ORDER_SHAPE,
  type OrderRecord,
  orderMeaning,
  parseDateTime,
  type RecordOf,
  type Shape,
} from '@cert-order-status/protocol';
import type { StoredOrder } from '../../orders/change-request.ts';
import type { PlacedOrder } from '../../orders/placement-rules.ts';
import { dateTimeOfMs } from './times.ts';

/** How many certificates orders that are held at once have, unless it is a single order: they take 50 MB at most. */
export const HELD_CERTIFICATES = 10_000;

type Text = string | null;

/** What a column holds: checks the wire's number, times seconds, numbers of orders text, objects JSON. */
type ColumnOf<F extends Field> =
  | (F extends { readonly kind: 'check' | 'time' } ? number : string)
  | (F extends { readonly mayBeUnobserved: true }
      ? null
      : F extends { readonly required: 'always' }
        ? never
        : null);

type RowOf<S extends Shape> = { readonly [Name in keyof S]: ColumnOf<S[Name]> };

/** An order's columns. Numbers of orders come as text: they do not fit a JavaScript number. */
export interface OrderRow extends Omit<RowOf<typeof ORDER_SHAPE>, 'account' | 'certificates'> {}

/** A certificate's columns, as far as they are its fields. */
export interface CertificateRow extends RowOf<typeof CERTIFICATE_SHAPE> {}

/** A field that is a column of the same name. */
export interface Column<Name extends string = string> {
  readonly name: Name;
  readonly kind: Field['kind'];
}

/** The columns of an order; its account and its certificates are rows of other tables. */
export const ORDER_FIELD_COLUMNS = columnsOf(ORDER_SHAPE).filter(
  ({ name, kind }) => name !== 'account' && kind !== 'list',
);

/** The columns of a certificate. */
export const CERTIFICATE_FIELD_COLUMNS = columnsOf(CERTIFICATE_SHAPE);

/** What the columns beside the fields hold of an order: what its state means. */
export function derivedOfOrder({ orderStatus }: OrderRecord) {
  return { orderStatusMeaning: orderMeaning(orderStatus) };
}

/** Likewise of a certificate. */
export function derivedOfCertificate({ certificateStatus }: CertificateRecord) {
  return { certificateStatusMeaning: certificateMeaning(certificateStatus) };
}

/** The names of these columns. */
export const DERIVED_OF_ORDER = ['orderStatusMeaning'] as const satisfies (keyof ReturnType<
  typeof derivedOfOrder
>)[];
export const DERIVED_OF_CERTIFICATE = ['certificateStatusMeaning'] as const satisfies (keyof ReturnType<
  typeof derivedOfCertificate
>)[];

function columnsOf<S extends Shape>(shape: S): readonly Column<keyof S & string>[] {
  return fieldsOf(shape).map(([name, { kind }]) => ({ name, kind }));
}

/** The record in canonical form, as `readOrderRecord` makes it. */
export function orderRecord(
  account: string,
  row: OrderRow,
  certificates: readonly CertificateRow[],
): OrderRecord {
  const ofOtherTables = {
    account,
    certificates: certificates.map((certificate) => recordFrom(CERTIFICATE_SHAPE, certificate)),
  };
  return recordFrom(ORDER_SHAPE, { ...row, ...ofOtherTables });
}

/** The record in canonical form of columns of {@link OrderRow} or {@link CertificateRow}; of lists, of records. */
export function recordFrom<S extends Shape>(
  shape: S,
  row: { readonly [Name in keyof S]?: unknown },
): RecordOf<S> {
  const record: Record<string, unknown> = {};
  for (const [name, { kind }] of fieldsOf(shape)) {
    const value = fieldValue(kind, row[name]);
    if (value !== undefined) record[name] = value;
  }
  return record as RecordOf<S>;
}

function fieldValue(kind: Field['kind'], column: unknown): unknown {
  if (column === null || column === undefined) return undefined;
  switch (kind) {
    case 'time':
      return formatDateTime(Number(column));
    case 'check':
      return checkStatusOf(Number(column));
    case 'object':
      return JSON.parse(String(column));
    default:
      return column;
  }
}

/** What a column holds for a field; see {@link OrderRow}. */
export function columnValue(kind: Field['kind'], value: unknown): string | number | null {
  if (value === undefined) return null;
  switch (kind) {
    case 'time':
      return parseDateTime(String(value)) ?? null;
    case 'check': {
      const state = CHECK_STATUSES.find((each) => each === value);
      return state === undefined ? null : CHECK_STATUS_NUMBERS[state];
    }
    case 'object':
      return JSON.stringify(value);
    default:
      return String(value);
  }
}

/**
 * What an INSERT does where a row with this key is there already: it sets every column but those of the key and those
 * that are fixed.
 */
export function updateOnConflict(
  names: readonly string[],
  key: readonly string[],
  fixed: readonly string[] = [],
): string {
  const set = names.filter((name) => !key.includes(name) && !fixed.includes(name));
  return `ON CONFLICT (${key.map((name) => `"${name}"`).join(', ')})
  DO UPDATE SET ${set.map((name) => `"${name}" = excluded."${name}"`).join(', ')}`;
}

/**
 * How an order `o` is followed, if it is: what {@link FOLLOWED} joins. One that was last written so was observed then.
 */
export const FOLLOWING_COLUMNS = `u.name AS "followedAt", coalesce(f.observed, o.changed) AS observed,
  CASE WHEN u.state = 'active' AND f.state IN ('waiting', 'open') THEN u."intervalSeconds" END AS "intervalSeconds"`;
/** Joins that to an order `o`. */
export const FOLLOWED = `LEFT JOIN "followedOrder" f ON f."orderNumber" = o."orderNumber"
  LEFT JOIN upstream u ON u."upstreamID" = f."upstreamID"`;

/** The row of an order as far as it is not its record; `changed` in milliseconds since 1970. */
export interface StoredColumns {
  readonly version: number;
  readonly changed: number;
  /** Null for an order that is not followed. */
  readonly followedAt: string | null;
  /** In milliseconds since 1970. */
  readonly observed: number;
  readonly intervalSeconds: number | null;
}

/** The order of a row. */
export function storedOrder(record: OrderRecord, row: StoredColumns): StoredOrder {
  const { version, followedAt, observed, intervalSeconds } = row;
  const order = { record, version, changed: dateTimeOfMs(row.changed) };
  if (followedAt === null) return order;
  return {
    ...order,
    following: {
      upstream: followedAt,
      observed: dateTimeOfMs(observed),
      intervalSeconds: intervalSeconds ?? undefined,
    },
  };
}

/** What of an order's row is about how it was written. */
export interface WrittenAs {
  readonly version: number;
  /** In milliseconds since 1970. */
  readonly changed: number;
  /** Whether it is what was observed at an upstream. */
  readonly isObserved: boolean;
}

/** The columns of {@link PlacedOrder}. */
export interface PlacedRow {
  readonly loginName: string;
  readonly replacesOrderNumber: Text;
}

/** Where an order belongs. */
export function placedOrder({ loginName, replacesOrderNumber }: PlacedRow): PlacedOrder {
  return replacesOrderNumber === null ? { account: loginName } : { account: loginName, replacesOrderNumber };
}
