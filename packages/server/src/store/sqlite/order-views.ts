/** Parts and summaries of orders in SQLite. */

import type { DatabaseSync } from 'node:sqlite';
import type { OrderSummary, OrderViews } from '../../orders/order-views.ts';
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
import { CERTIFICATE_COLUMNS, ORDER_COLUMNS } from './order-rows.ts';
import { searchOrders } from './order-search.ts';
import { inSnapshot } from './transaction.ts';

/** Positions are counted from 0 without a gap, as no certificate is ever removed from its order: a look at the last is enough. */
const CERTIFICATE_COUNT = `(SELECT max(c.position) + 1 FROM certificate c WHERE c.orderNumber = o.orderNumber)`;

const PART = `
  SELECT a.loginName, o.version, o.changed, ${ORDER_COLUMNS}, ${CERTIFICATE_COUNT} AS certificateCount
  FROM "order" o JOIN account a USING (accountID)
  WHERE o.orderNumber = ?1 AND o.accountID = coalesce(?2, o.accountID)`;
const CERTIFICATES = `
  SELECT ${CERTIFICATE_COLUMNS} FROM certificate c
  WHERE c.orderNumber = ?1 AND c.position >= ?2 AND c.position < ?2 + ?3 ORDER BY c.position`;

/** The order that holds the certificate, if it is the account's: one of another account takes the same steps as none. */
const LOCATE = `
  SELECT CAST(o.orderNumber AS TEXT) AS orderNumber,
    (SELECT position FROM certificate WHERE certificateID = ?1) AS position
  FROM "order" o
  WHERE o.orderNumber = coalesce((SELECT orderNumber FROM certificate WHERE certificateID = ?1), 0)
    AND o.accountID = coalesce(?2, o.accountID)`;

/** UNION, not UNION ALL, and a limit: a loop, should one ever get into the database, ends here. */
const CHAIN = `
  WITH RECURSIVE earlier (orderNumber, place) AS (
    SELECT replacesOrderNumber, -1 FROM "order" WHERE orderNumber = ?1
    UNION
    SELECT o.replacesOrderNumber, place - 1 FROM "order" o JOIN earlier USING (orderNumber)
    LIMIT ${CHAIN_LIMIT + 1}
  ), later (orderNumber) AS (
    SELECT orderNumber FROM "order" WHERE replacesOrderNumber = ?1
    UNION
    SELECT o.orderNumber FROM "order" o JOIN later ON o.replacesOrderNumber = later.orderNumber
    LIMIT ${CHAIN_LIMIT + 1}
  )
  SELECT CAST(o.orderNumber AS TEXT) AS orderNumber, o.orderStatus, place
  FROM (
    SELECT orderNumber, place FROM earlier
    UNION ALL
    SELECT ?1, 0
    UNION ALL
    SELECT orderNumber, 1 FROM later
  ) JOIN "order" o USING (orderNumber)
  WHERE o.accountID = (SELECT accountID FROM "order" WHERE orderNumber = ?1) AND (place = 0 OR o.orderNumber <> ?1)
  ORDER BY place, o.orderDateTime, o.orderNumber`;

/** More replacements than are shown make no difference. */
const MARK = `
  SELECT version || '+' || (SELECT count(*) FROM (
    SELECT 1 FROM "order" r WHERE r.replacesOrderNumber = o.orderNumber LIMIT ${CHAIN_LIMIT + 1}
  )) AS mark
  FROM "order" o WHERE orderNumber = ?`;

const SUMMARY = `
  SELECT CAST(o.orderNumber AS TEXT) AS orderNumber, a.loginName, o.orderDateTime, o.orderStatus, o.changed,
    ${CERTIFICATE_COUNT} AS certificateCount, c.objectType, c.FQDN, c.certificateStatus
  FROM "order" o JOIN account a USING (accountID) JOIN certificate c ON c.orderNumber = o.orderNumber AND c.position = 0
  WHERE o.orderNumber = ?`;

/** The views in SQLite. */
export function sqliteOrderViews(database: DatabaseSync): OrderViews {
  const part = database.prepare(PART);
  const certificates = database.prepare(CERTIFICATES);
  const locate = database.prepare(LOCATE);
  const chain = database.prepare(CHAIN);
  const mark = database.prepare(MARK);
  const summary = database.prepare(SUMMARY);

  return {
    async part(orderNumber, { accountID, from, limit }) {
      return inSnapshot(database, () => {
        const row = part.get(BigInt(orderNumber), accountID ?? null) as unknown as PartRow | undefined;
        if (row === undefined) return undefined;
        const rows = certificates.all(BigInt(orderNumber), from, limit);
        return orderPart(row, rows as unknown as CertificateRow[]);
      });
    },
    async locate(certificateID, accountID) {
      return locate.get(BigInt(certificateID), accountID ?? null) as
        | { orderNumber: string; position: number }
        | undefined;
    },
    async chain(orderNumber) {
      return chainOf(chain.all(BigInt(orderNumber)) as unknown as ChainRow[]);
    },
    async marks(orderNumbers) {
      return inSnapshot(database, () => {
        const marks = new Map<string, string>();
        for (const orderNumber of orderNumbers) {
          const row = mark.get(BigInt(orderNumber));
          if (row !== undefined) marks.set(orderNumber, row['mark'] as string);
        }
        return marks;
      });
    },
    async list(filter, page) {
      return inSnapshot(database, () => {
        const numbers = searchOrders(database, filter, { ...page, limit: page.limit + 1 });
        const orders: OrderSummary[] = numbers
          .slice(0, page.limit)
          .map((orderNumber) => orderSummary(summary.get(BigInt(orderNumber)) as unknown as SummaryRow));
        return { orders, more: numbers.length > page.limit };
      });
    },
  };
}
