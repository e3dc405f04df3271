/** The hot read on PostgreSQL: one statement, so one round trip and one state of the database. */

import type { StatusQuery } from '@cert-order-status/protocol';
import type { StatusReader } from '../../orders/status-reader.ts';
import {
  ACCOUNT_COLUMNS,
  REPLACEMENTS_LIMIT,
  readingOf,
  STATUS_CERTIFICATE_COLUMNS,
  STATUS_LATER_COLUMNS,
  STATUS_ORDER_COLUMNS,
  STATUS_TIME_COLUMNS,
} from '../queries/status-rows.ts';
import type { Connection } from './connection-pool.ts';

/** A number of an order does not fit a JavaScript number, and `float8` holds a time exactly. */
const castOf = (column: string) => {
  if (column === 'orderNumber') return '::text';
  return STATUS_TIME_COLUMNS.has(column) ? '::float8' : '';
};
const LATER = STATUS_LATER_COLUMNS.map((column) => `c."${column}"`).join(', ');
const COLUMNS = [
  ...ACCOUNT_COLUMNS.map((column) => `a."${column}"`),
  ...STATUS_ORDER_COLUMNS.map((column) => `o."${column}"${castOf(column)} AS "${column}"`),
  ...STATUS_CERTIFICATE_COLUMNS.map((column) => `c."${column}"${castOf(column)} AS "${column}"`),
  `CASE WHEN coalesce(${LATER}) IS NOT NULL THEN json_build_array(${LATER})::text END AS "laterFields"`,
].join(', ');

/** The account, the order if it is the account's, and that order's certificates. */
const BY_ORDER_NUMBER = `
  FROM account a
  LEFT JOIN "order" o ON o."orderNumber" = $2::bigint AND o."accountID" = a."accountID"
  LEFT JOIN certificate c ON c."orderNumber" = o."orderNumber"
  WHERE a."loginName" = $1`;

/** The same, with at most the one certificate. */
const BY_BOTH_NUMBERS = `
  FROM account a
  LEFT JOIN "order" o ON o."orderNumber" = $2::bigint AND o."accountID" = a."accountID"
  LEFT JOIN certificate c ON c."certificateID" = $3::bigint AND c."orderNumber" = o."orderNumber"
  WHERE a."loginName" = $1`;

/**
 * The account, the order that holds the certificate if that is the account's, and then the certificate: one that
 * belongs to another account takes the same steps as one that does not exist.
 */
const BY_CERTIFICATE_ID = `
  FROM account a
  LEFT JOIN "order" o
    ON o."orderNumber" = coalesce((SELECT "orderNumber" FROM certificate WHERE "certificateID" = $2::bigint), 0)
    AND o."accountID" = a."accountID"
  LEFT JOIN certificate c ON c."certificateID" = $2::bigint AND c."orderNumber" = o."orderNumber"
  WHERE a."loginName" = $1`;

/** Which numbers are given, and so which join finds them. */
type Join = 'orderNumber' | 'certificateID' | 'both';
const JOINS = {
  orderNumber: BY_ORDER_NUMBER,
  certificateID: BY_CERTIFICATE_ID,
  both: BY_BOTH_NUMBERS,
} as const;

/** The order asked about alone, its certificates in their order. */
function alone(join: Join): string {
  return `SELECT ${COLUMNS} ${JOINS[join]} ORDER BY c.position`;
}

/**
 * The same, and after it the orders that replace it. UNION, not UNION ALL: a loop, should there ever be one, ends here.
 */
function withReplacements(join: Join): string {
  return `
    WITH RECURSIVE asked AS (SELECT ${COLUMNS}, c.position ${JOINS[join]}),
    later ("orderNumber") AS (
      SELECT o."orderNumber" FROM asked JOIN "order" o ON o."replacesOrderNumber" = asked."orderNumber"::bigint
      UNION
      SELECT o."orderNumber" FROM "order" o JOIN later ON o."replacesOrderNumber" = later."orderNumber"
    ), first AS (
      SELECT o."orderNumber" FROM later JOIN "order" o USING ("orderNumber")
      WHERE (o."accountID", true) IN (SELECT "accountID", asked."orderNumber"::bigint <> o."orderNumber" FROM asked)
      ORDER BY o."orderDateTime", o."orderNumber" LIMIT ${REPLACEMENTS_LIMIT}
    )
    SELECT * FROM (
      SELECT asked.*, false AS "isLater" FROM asked
      UNION ALL
      SELECT ${COLUMNS}, c.position, true
      FROM first JOIN "order" o USING ("orderNumber") JOIN account a USING ("accountID")
      JOIN certificate c USING ("orderNumber")
    ) found
    ORDER BY "isLater", "orderDateTime", "orderNumber"::bigint, position`;
}

const STATEMENTS = Object.fromEntries(
  (Object.keys(JOINS) as Join[]).map((join) => [join, [alone(join), withReplacements(join)]]),
) as Record<Join, [string, string]>;

/** The hot read on PostgreSQL. */
export function postgresStatusReader(database: Connection): StatusReader {
  return {
    async read(loginName, query) {
      const [join, numbers] = numbersOf(query);
      const statement = STATEMENTS[join][query.queryType === 2 ? 1 : 0];
      const rows = await database.lists(statement, [loginName, ...numbers]);
      if (query.queryType !== 2) return readingOf(rows, query, () => []);
      const later = rows.findIndex((row) => row.at(-1) === true);
      const asked = later === -1 ? rows : rows.slice(0, later);
      return readingOf(asked, query, () => (later === -1 ? [] : rows.slice(later)));
    },
  };
}

function numbersOf({ orderNumber, certificateID }: StatusQuery): [Join, string[]] {
  if (certificateID === undefined) return ['orderNumber', [orderNumber ?? '0']];
  return orderNumber === undefined
    ? ['certificateID', [certificateID]]
    : ['both', [orderNumber, certificateID]];
}
