/** The history in PostgreSQL. Whoever writes orders holds `feed` until it is committed: cursors come into sight in order. */

import { randomBytes } from 'node:crypto';
import type { NewChange } from '../../orders/change.ts';
import { EPOCH_BYTES, type Epoch, isOfEpoch, parseCursor } from '../../orders/cursor.ts';
import type { History } from '../../orders/history.ts';
import { PAGE_LENGTH, pageOf, SHOWN_PAGE_LENGTH } from '../queries/change-rows.ts';
import type { Connection } from './connections.ts';

const COLUMNS = `(SELECT epoch FROM feed) || '_' || cursor AS cursor, "orderNumber"::text AS "orderNumber", version, made::float8 AS made,
  "authorKind", "authorName", reason, overruled, created, differences`;

/**
 * The changes that a condition finds, no more of them than are not too much to hold, but one in any case. The last order is
 * that of the table's column: the one that is given bears its name, and is a text.
 */
function page(condition: string, order: string, pageLength = PAGE_LENGTH): string {
  return `
    SELECT ${COLUMNS} FROM (
      SELECT *, row_number() OVER ordered AS place, sum(length(coalesce(created, differences))) OVER ordered AS total
      FROM (SELECT * FROM change WHERE ${condition} ORDER BY ${order} LIMIT $1) limited
      WINDOW ordered AS (ORDER BY ${order})
    ) page
    WHERE place = 1 OR total <= ${pageLength} ORDER BY page.${order}`;
}

const OF_ORDER = page('"orderNumber" = $2::bigint AND version > $3::integer', 'version');
const LATEST_OF_ORDER = page(
  '"orderNumber" = $2::bigint AND version < coalesce($3::integer, 2147483647)',
  'version DESC',
  SHOWN_PAGE_LENGTH,
);
const AFTER = page('cursor > $2::bigint', 'cursor');

const EPOCH = 'SELECT epoch, renewals = 0 AS "isFirst" FROM feed';
const IS_KNOWN = `
  SELECT epoch, renewals = 0 AS "isFirst",
    $1::bigint = 0 OR EXISTS (SELECT 1 FROM change WHERE cursor = $1::bigint) AS "isThere"
  FROM feed`;
const LATEST = `SELECT CASE WHEN "latestCursor" = 0 THEN '0' ELSE epoch || '_' || "latestCursor" END AS cursor FROM feed`;
const RENEW = 'UPDATE feed SET epoch = $1, renewals = renewals + 1';

/** The history in PostgreSQL. */
export function postgresHistory(database: Connection): History {
  return {
    async ofOrder(orderNumber, { after = 0, limit }) {
      const changes = pageOf(await database.run(OF_ORDER, [limit, orderNumber, after]));
      const last = changes.at(-1);
      const next = last === undefined ? [] : await database.run(OF_ORDER, [1, orderNumber, last.version]);
      return { changes, more: next.length > 0 };
    },
    async latestOfOrder(orderNumber, { before, limit }) {
      const rows = await database.run(LATEST_OF_ORDER, [limit, orderNumber, before ?? null]);
      const changes = pageOf(rows, SHOWN_PAGE_LENGTH);
      const last = changes.at(-1);
      const next =
        last === undefined ? [] : await database.run(LATEST_OF_ORDER, [1, orderNumber, last.version]);
      return { changes, more: next.length > 0 };
    },
    async after(cursor, limit) {
      return pageOf(await database.run(AFTER, [limit, parseCursor(cursor).place]));
    },
    async isKnown(cursor) {
      const parsed = parseCursor(cursor);
      const [row] = await database.run(IS_KNOWN, [parsed.place]);
      return row?.['isThere'] === true && isOfEpoch(parsed, row as unknown as Epoch);
    },
    async latest() {
      const [row] = await database.run(LATEST, []);
      return row?.['cursor'] as string;
    },
    async epoch() {
      const [row] = await database.run(EPOCH, []);
      return row as unknown as Epoch;
    },
    async renewEpoch() {
      const epoch = randomBytes(EPOCH_BYTES).toString('hex');
      await database.change(RENEW, [epoch]);
      return epoch;
    },
  };
}

/**
 * Takes the pen: until the transaction ends nobody else changes orders.
 *
 * @returns the cursor of the latest change.
 */
export async function takeFeed(transaction: Connection): Promise<bigint> {
  const [row] = await transaction.run('SELECT "latestCursor"::text AS cursor FROM feed FOR UPDATE', []);
  return BigInt(row?.['cursor'] as string);
}

/** Writes changes down, after the cursor that {@link takeFeed} gave. */
export function* recordChanges(
  transaction: Connection,
  latest: bigint,
  changes: readonly NewChange[],
): Iterable<Promise<unknown>> {
  const rows = changes.map((change, index) => ({
    cursor: String(latest + BigInt(index) + 1n),
    orderNumber: change.orderNumber,
    version: change.version,
    made: change.made,
    authorKind: change.by.kind,
    authorName: change.by.name,
    reason: change.reason,
    overruled: change.waivedRules && JSON.stringify(change.waivedRules),
    created: change.kind === 'created' ? JSON.stringify(change.order) : undefined,
    differences: change.kind === 'changed' ? JSON.stringify(change.differences) : undefined,
  }));
  yield transaction.run(INSERT, [JSON.stringify(rows)]);
  yield transaction.run('UPDATE feed SET "latestCursor" = $1::bigint', [
    String(latest + BigInt(changes.length)),
  ]);
}

const INSERT = `
  INSERT INTO change SELECT * FROM jsonb_to_recordset($1::text::jsonb) AS row (
    cursor bigint, "orderNumber" bigint, version integer, made bigint, "authorKind" text, "authorName" text,
    reason text, overruled text, created text, differences text)`;
