/** Parts and summaries of orders, for pages and lists. */

import type { OrderFilter } from '../../orders/order-filter.ts';
import type { OrderPage } from '../../orders/order-store.ts';
import type {
  CertificatePlace,
  Chain,
  ChainedOrder,
  OrderPart,
  OrderSummary,
  OrderViews,
} from '../../orders/order-views.ts';
import {
  type CertificateRow,
  FOLLOWED,
  FOLLOWING_COLUMNS,
  type OrderRow,
  orderRecord,
  type StoredColumns,
  storedOrder,
} from './order-rows.ts';
import { all, type Sql, type Steps } from './sql.ts';
import { dateTimeOfMs, dateTimeOfSeconds } from './times.ts';

/** How many orders of a chain are read in either direction. */
const CHAIN_LIMIT = 100;

/** What an engine does its own way. */
interface Engine {
  /** The columns of {@link OrderRow}, of an order `o`. */
  readonly orderColumns: string;
  /** The columns of {@link CertificateRow}, of a certificate `c`. */
  readonly certificateColumns: string;
  /** The numbers of the orders that match, in order. */
  search(filter: OrderFilter, page: OrderPage): Steps<readonly string[]>;
}

type PartRow = OrderRow &
  CertificateRow &
  StoredColumns & {
    readonly loginName: string;
    readonly certificateCount: number;
    /** Null in the one row of a part without certificates, as are their columns. */
    readonly position: number | null;
  };

/** An order of a chain, and its place: below 0 before the order that was asked for, above 0 after it. */
type ChainRow = ChainedOrder & { readonly place: number };

type SummaryRow = Pick<OrderRow, 'orderNumber' | 'orderDateTime' | 'orderStatus'> &
  Pick<CertificateRow, 'objectType' | 'FQDN' | 'certificateStatus'> &
  Pick<PartRow, 'loginName' | 'changed' | 'certificateCount'>;

/**
 * Positions are counted from 0 without a gap, as no certificate is ever removed from its order: a look at the last is
 * enough.
 */
const CERTIFICATE_COUNT = `(SELECT max(n.position) + 1 FROM certificate n WHERE n."orderNumber" = o."orderNumber")`;

/** Another after any observation of an order that is followed (`f`), and when its upstream (`u`) fails or is paused. */
const FOLLOWING_MARK = `(' ' || f.state || coalesce(f.observed, 0) || '-' || coalesce(u."failingSince", 0) || u.state)`;

/**
 * The views.
 *
 * @param sql for what is bounded by what is shown.
 * @param patient for searches, which may have to go through many orders.
 */
export function orderViewsOn(sql: Sql, patient: Sql, engine: Engine): OrderViews {
  const { joinFromLeft, listed } = sql.dialect;
  const part = sql.query<PartRow>(`
    SELECT a."loginName", o.version, o.changed, ${FOLLOWING_COLUMNS}, ${engine.orderColumns},
      ${CERTIFICATE_COUNT} AS "certificateCount", c.position, ${engine.certificateColumns}
    FROM "order" o JOIN account a ON a."accountID" = o."accountID" ${FOLLOWED}
    LEFT JOIN certificate c ON c."orderNumber" = o."orderNumber" AND c.position >= ?3 AND c.position < ?4
    WHERE o."orderNumber" = ?1 AND o."accountID" = coalesce(CAST(?2 AS integer), o."accountID")
    ORDER BY c.position`);
  // The order that holds the certificate, if it is the account's: one of another account takes the same steps as none.
  const locate = sql.query<CertificatePlace>(`
    SELECT CAST(o."orderNumber" AS text) AS "orderNumber",
      (SELECT position FROM certificate WHERE "certificateID" = ?1) AS position
    FROM "order" o
    WHERE o."orderNumber" = coalesce((SELECT "orderNumber" FROM certificate WHERE "certificateID" = ?1), 0)
      AND o."accountID" = coalesce(CAST(?2 AS integer), o."accountID")`);
  // UNION, not UNION ALL, and a limit: a loop, should one ever get into the database, ends here. The limits are
  // outside, where rows that are not asked for are never made.
  const asked = 'CAST(?1 AS bigint)';
  const chain = sql.query<ChainRow>(`
    WITH RECURSIVE earlier ("orderNumber", place) AS (
      SELECT "replacesOrderNumber", -1 FROM "order" WHERE "orderNumber" = ${asked}
      UNION
      SELECT o."replacesOrderNumber", place - 1 FROM "order" o JOIN earlier USING ("orderNumber")
    ), later ("orderNumber") AS (
      SELECT "orderNumber" FROM "order" WHERE "replacesOrderNumber" = ${asked}
      UNION
      SELECT o."orderNumber" FROM "order" o JOIN later ON o."replacesOrderNumber" = later."orderNumber"
    )
    SELECT CAST(o."orderNumber" AS text) AS "orderNumber", o."orderStatus", listed.place
    FROM (
      SELECT * FROM (SELECT "orderNumber", place FROM earlier LIMIT ${CHAIN_LIMIT + 1}) before
      UNION ALL
      SELECT ${asked}, 0
      UNION ALL
      SELECT * FROM (SELECT "orderNumber", 1 FROM later LIMIT ${CHAIN_LIMIT + 1}) after
    ) listed ${joinFromLeft} "order" o ON o."orderNumber" = listed."orderNumber"
    WHERE o."accountID" = (SELECT "accountID" FROM "order" WHERE "orderNumber" = ${asked})
      AND (listed.place = 0 OR o."orderNumber" <> ${asked})
    ORDER BY listed.place, o."orderDateTime" NULLS LAST, o."orderNumber"`);
  // More replacements than are shown make no difference.
  const marks = sql.query<{ orderNumber: string; mark: string }>(`
    SELECT CAST(o."orderNumber" AS text) AS "orderNumber", version || '+' || (SELECT count(*) FROM (
      SELECT 1 FROM "order" r WHERE r."replacesOrderNumber" = o."orderNumber" LIMIT ${CHAIN_LIMIT + 1}
    ) few) || coalesce(${FOLLOWING_MARK}, '') AS mark
    FROM "order" o ${FOLLOWED} WHERE o."orderNumber" IN (${listed})
    UNION ALL
    SELECT CAST(f."orderNumber" AS text), ${FOLLOWING_MARK}
    FROM "followedOrder" f JOIN upstream u ON u."upstreamID" = f."upstreamID" WHERE f."orderNumber" IN (${listed})
      AND NOT EXISTS (SELECT 1 FROM "order" o WHERE o."orderNumber" = f."orderNumber")`);
  const summaries = patient.query<SummaryRow>(`
    SELECT CAST(o."orderNumber" AS text) AS "orderNumber", a."loginName", o."orderDateTime", o."orderStatus",
      o.changed, ${CERTIFICATE_COUNT} AS "certificateCount", c."objectType", c."FQDN", c."certificateStatus"
    FROM "order" o JOIN account a USING ("accountID")
    JOIN certificate c ON c."orderNumber" = o."orderNumber" AND c.position = 0
    WHERE o."orderNumber" IN (${listed}) ORDER BY o."orderNumber"`);

  return {
    async part(orderNumber, { accountID, from, limit }) {
      const rows = await part.all(orderNumber, accountID ?? null, from, from + limit);
      const [first] = rows;
      return first && orderPart(first, rows);
    },
    locate: (certificateID, accountID) => locate.get(certificateID, accountID ?? null),
    async chain(orderNumber) {
      return chainOf(await chain.all(orderNumber));
    },
    async marks(orderNumbers) {
      const rows = await marks.all(JSON.stringify(orderNumbers));
      return new Map(rows.map(({ orderNumber, mark }) => [orderNumber, mark]));
    },
    list(filter, { limit, ...page }) {
      return patient.snapshot(function* () {
        const numbers = yield* engine.search(filter, { ...page, limit: limit + 1 });
        const rows = yield* all(summaries, JSON.stringify(numbers.slice(0, limit)));
        return { orders: rows.map(orderSummary), more: numbers.length > limit };
      });
    },
  };
}

function orderPart(row: PartRow, rows: readonly PartRow[]): OrderPart {
  const certificates = rows.filter(({ position }) => position !== null);
  return {
    ...storedOrder(orderRecord(row.loginName, row, certificates), row),
    certificateCount: row.certificateCount,
  };
}

/** @param rows in each direction there may be one more than is shown. */
function chainOf(rows: readonly ChainRow[]): Chain {
  const earlier = rows.filter(({ place }) => place < 0);
  const later = rows.filter(({ place }) => place > 0);
  const shown = [
    ...earlier.slice(-CHAIN_LIMIT),
    ...rows.filter(({ place }) => place === 0),
    ...later.slice(0, CHAIN_LIMIT),
  ];
  return {
    orders: shown.map(({ orderNumber, orderStatus }) => ({ orderNumber, orderStatus })),
    more: earlier.length > CHAIN_LIMIT || later.length > CHAIN_LIMIT,
  };
}

function orderSummary(row: SummaryRow): OrderSummary {
  return {
    orderNumber: row.orderNumber,
    account: row.loginName,
    orderDateTime: dateTimeOfSeconds(row.orderDateTime),
    orderStatus: row.orderStatus,
    changed: dateTimeOfMs(row.changed),
    certificateCount: row.certificateCount,
    objectType: row.objectType ?? undefined,
    FQDN: row.FQDN ?? undefined,
    certificateStatus: row.certificateStatus ?? undefined,
  };
}
