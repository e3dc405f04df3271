/** The hot read on PostgreSQL: one statement, so one round trip and one state of the book. */

import type { StatusQuery } from '@cert-order-status/protocol';
import type { CertificateRow, OrderRow } from '../order-rows.ts';
import { type JoinedRow, REPLACEMENTS_LIMIT, readingOf } from '../status-rows.ts';
import type { StatusReader } from '../store.ts';
import type { Connection } from './connections.ts';
import { CERTIFICATE_COLUMNS, ORDER_COLUMNS } from './order-rows.ts';

const COLUMNS = `a."accountID", a."credentialVersion", a.disabled, ${ORDER_COLUMNS}, ${CERTIFICATE_COLUMNS}`;

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

/** The account, the certificate, and the order that holds it if that is the account's. */
const BY_CERTIFICATE_ID = `
  FROM account a
  LEFT JOIN certificate c ON c."certificateID" = $2::bigint
  LEFT JOIN "order" o ON o."orderNumber" = c."orderNumber" AND o."accountID" = a."accountID"
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

/** The same, and after it the orders that replace it. UNION, not UNION ALL: a loop, should there ever be one, ends here. */
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
      SELECT false AS "isLater", asked.* FROM asked
      UNION ALL
      SELECT true, ${COLUMNS}, c.position
      FROM first JOIN "order" o USING ("orderNumber") JOIN account a USING ("accountID")
      JOIN certificate c USING ("orderNumber")
    ) found
    ORDER BY "isLater", "orderDateTime", "orderNumber"::bigint, position`;
}

const STATEMENTS = Object.fromEntries(
  (Object.keys(JOINS) as Join[]).map((join) => [join, [alone(join), withReplacements(join)]]),
) as Record<Join, [string, string]>;

type FoundRow = JoinedRow & { readonly isLater?: boolean };

/** The hot read on PostgreSQL. */
export function postgresStatusReader(database: Connection): StatusReader {
  return {
    async read(loginName, query) {
      const [join, numbers] = numbersOf(query);
      const statement = STATEMENTS[join][query.queryType === 2 ? 1 : 0];
      const rows = (await database.run(statement, [loginName, ...numbers])) as unknown as FoundRow[];
      const later = rows.findIndex((row) => row.isLater === true);
      const asked = later === -1 ? rows : rows.slice(0, later);
      const replacements = later === -1 ? [] : rows.slice(later);
      return readingOf(asked, query, () => replacements as unknown as (OrderRow & CertificateRow)[]);
    },
  };
}

function numbersOf({ orderNumber, certificateID }: StatusQuery): [Join, string[]] {
  if (certificateID === undefined) return ['orderNumber', [orderNumber ?? '0']];
  return orderNumber === undefined
    ? ['certificateID', [certificateID]]
    : ['both', [orderNumber, certificateID]];
}
