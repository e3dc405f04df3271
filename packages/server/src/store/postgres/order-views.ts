/** Parts and summaries of orders in PostgreSQL. */

import type { CertificatePlace, OrderViews } from '../../orders/order-views.ts';
import {
  CHAIN_LIMIT,
  type ChainRow,
  chainOf,
  orderPart,
  orderSummary,
  type PartRow,
  type SummaryRow,
} from '../order-views.ts';
import type { CertificateRow } from '../queries/order-rows.ts';
import { type Database, SNAPSHOT } from './connections.ts';
import { CERTIFICATE_COLUMNS, LISTED, ORDER_COLUMNS } from './order-rows.ts';
import { searchOrders } from './order-search.ts';

/** Positions are counted from 0 without a gap, as no certificate is ever removed from its order: a look at the last is enough. */
const CERTIFICATE_COUNT = `(SELECT max(n.position) + 1 FROM certificate n WHERE n."orderNumber" = o."orderNumber")`;

const PART = `
  SELECT a."loginName", o.version, o.changed::float8 AS changed, ${ORDER_COLUMNS},
    ${CERTIFICATE_COUNT} AS "certificateCount", ${CERTIFICATE_COLUMNS}
  FROM "order" o JOIN account a USING ("accountID")
  LEFT JOIN certificate c ON c."orderNumber" = o."orderNumber"
    AND c.position >= $3::integer AND c.position < $3::integer + $4::integer
  WHERE o."orderNumber" = $1::bigint AND o."accountID" = coalesce($2::integer, o."accountID")
  ORDER BY c.position`;

/** The order that holds the certificate, if it is the account's: one of another account takes the same steps as none. */
const LOCATE = `
  SELECT o."orderNumber"::text AS "orderNumber",
    (SELECT position FROM certificate WHERE "certificateID" = $1::bigint) AS position
  FROM "order" o
  WHERE o."orderNumber" = coalesce((SELECT "orderNumber" FROM certificate WHERE "certificateID" = $1::bigint), 0)
    AND o."accountID" = coalesce($2::integer, o."accountID")`;

/**
 * UNION, not UNION ALL, and a limit: a loop, should one ever get into the database, ends here. The limits are outside, where rows that
 * nobody asks for are never made.
 */
const CHAIN = `
  WITH RECURSIVE earlier ("orderNumber", place) AS (
    SELECT "replacesOrderNumber", -1 FROM "order" WHERE "orderNumber" = $1::bigint
    UNION
    SELECT o."replacesOrderNumber", place - 1 FROM "order" o JOIN earlier USING ("orderNumber")
  ), later ("orderNumber") AS (
    SELECT "orderNumber" FROM "order" WHERE "replacesOrderNumber" = $1::bigint
    UNION
    SELECT o."orderNumber" FROM "order" o JOIN later ON o."replacesOrderNumber" = later."orderNumber"
  )
  SELECT o."orderNumber"::text AS "orderNumber", o."orderStatus", place
  FROM (
    (SELECT "orderNumber", place FROM earlier LIMIT ${CHAIN_LIMIT + 1})
    UNION ALL
    SELECT $1::bigint, 0
    UNION ALL
    (SELECT "orderNumber", 1 FROM later LIMIT ${CHAIN_LIMIT + 1})
  ) listed JOIN "order" o USING ("orderNumber")
  WHERE o."accountID" = (SELECT "accountID" FROM "order" WHERE "orderNumber" = $1::bigint)
    AND (place = 0 OR o."orderNumber" <> $1::bigint)
  ORDER BY place, o."orderDateTime", o."orderNumber"`;

/** More replacements than are shown make no difference. */
const MARKS = `
  SELECT o."orderNumber"::text AS "orderNumber", version || '+' || (SELECT count(*) FROM (
    SELECT 1 FROM "order" r WHERE r."replacesOrderNumber" = o."orderNumber" LIMIT ${CHAIN_LIMIT + 1}
  ) few) AS mark
  FROM "order" o WHERE "orderNumber" IN (${LISTED})`;

const SUMMARIES = `
  SELECT o."orderNumber"::text AS "orderNumber", a."loginName", o."orderDateTime"::float8 AS "orderDateTime",
    o."orderStatus", o.changed::float8 AS changed, ${CERTIFICATE_COUNT} AS "certificateCount",
    c."objectType", c."FQDN", c."certificateStatus"
  FROM "order" o JOIN account a USING ("accountID")
  JOIN certificate c ON c."orderNumber" = o."orderNumber" AND c.position = 0
  WHERE o."orderNumber" IN (${LISTED}) ORDER BY o."orderNumber"`;

/**
 * The views in PostgreSQL.
 *
 * @param quick for what is bounded by what is shown.
 * @param patient for searches, which may have to go through many orders.
 */
export function postgresOrderViews(quick: Database, patient: Database): OrderViews {
  return {
    async part(orderNumber, { accountID, from, limit }) {
      const rows = await quick.run(PART, [orderNumber, accountID ?? null, from, limit]);
      const [first] = rows as unknown as PartRow[];
      if (first === undefined) return undefined;
      // Without certificates there, the order comes with nulls in their place.
      const certificates = rows.filter((row) => row['certificateID'] !== null);
      return orderPart(first, certificates as unknown as CertificateRow[]);
    },
    async locate(certificateID, accountID) {
      const [row] = await quick.run(LOCATE, [certificateID, accountID ?? null]);
      return row as unknown as CertificatePlace | undefined;
    },
    async chain(orderNumber) {
      return chainOf((await quick.run(CHAIN, [orderNumber])) as unknown as ChainRow[]);
    },
    async marks(orderNumbers) {
      const rows = await quick.run(MARKS, [JSON.stringify(orderNumbers)]);
      return new Map(rows.map((row) => [row['orderNumber'] as string, row['mark'] as string]));
    },
    async list(filter, { limit, ...page }) {
      return patient.transaction(async (snapshot) => {
        const found = await searchOrders(snapshot, filter, { ...page, limit: limit + 1 });
        const numbers = found.slice(0, limit).map(({ orderNumber }) => orderNumber);
        const rows = await snapshot.run(SUMMARIES, [JSON.stringify(numbers)]);
        return {
          orders: (rows as unknown as SummaryRow[]).map(orderSummary),
          more: found.length > limit,
        };
      }, SNAPSHOT);
    },
  };
}
