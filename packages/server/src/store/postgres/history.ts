/**
 * What the history in PostgreSQL does its own way. What writes orders holds `feed` until it is committed: cursors come
 * into sight in order.
 */

import type { NewChange } from '../../orders/change.ts';
import type { History } from '../../orders/history.ts';
import { createdEntry } from '../queries/created-entry.ts';
import { type ChangeRow, historyOn, LENGTH_OF_CHANGE, pageOf } from '../queries/history.ts';
import type { Sql } from '../queries/sql.ts';
import type { Connection } from './connection-pool.ts';

/** The history in PostgreSQL. */
export function postgresHistory(sql: Sql): History {
  return historyOn(sql, {
    epochTable: 'feed',
    epochColumn: 'epoch',
    // The changes that are too much to hold are left out by the database, before they are sent.
    pages(columns, condition, order, pageLength) {
      const query = sql.query<ChangeRow>(`
        SELECT ${columns} FROM (
          SELECT *, row_number() OVER ordered AS place,
            sum(${LENGTH_OF_CHANGE}) OVER ordered AS total
          FROM (SELECT * FROM change WHERE ${condition} ORDER BY ${order} LIMIT ?1) limited
          WINDOW ordered AS (ORDER BY ${order})
        ) page
        WHERE place = 1 OR total <= ${pageLength} ORDER BY page.${order}`);
      return async (...values) => pageOf(await query.all(...values), pageLength);
    },
  });
}

/**
 * Until the transaction ends, no other changes orders.
 *
 * @returns the cursor of the latest change.
 */
export async function takeFeed(transaction: Connection): Promise<bigint> {
  const [row] = await transaction.run<{ cursor: string }>(
    'SELECT "latestCursor"::text AS cursor FROM feed FOR UPDATE',
    [],
  );
  return BigInt(row?.cursor ?? 0);
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
    made: change.madeMs,
    authorKind: change.by.kind,
    authorName: change.by.name,
    reason: change.reason,
    overruled: change.waivedRules && JSON.stringify(change.waivedRules),
    created: change.kind === 'created' ? createdEntry(change.order) : undefined,
    differences: change.kind === 'changed' ? JSON.stringify(change.differences) : undefined,
    isSilent: change.isSilent ?? false,
  }));
  yield transaction.run(INSERT, [JSON.stringify(rows)]);
  yield transaction.run('UPDATE feed SET "latestCursor" = $1::bigint', [
    String(latest + BigInt(changes.length)),
  ]);
}

/** Their orders are written before them. */
const INSERT = `
  INSERT INTO change (cursor, "orderNumber", version, made, "authorKind", "authorName", reason, overruled, created,
    differences, "isSilent", "accountID")
  SELECT row.*, (SELECT "accountID" FROM "order" o WHERE o."orderNumber" = row."orderNumber")
  FROM jsonb_to_recordset($1::text::jsonb) AS row (
    cursor bigint, "orderNumber" bigint, version integer, made bigint, "authorKind" text, "authorName" text,
    reason text, overruled text, created text, differences text, "isSilent" boolean)`;
