/** The history in SQLite. Only one connection writes at a time, so cursors come into sight in their order. */

import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { NewChange } from '../../orders/change.ts';
import { EPOCH_BYTES, type Epoch, isOfEpoch, parseCursor } from '../../orders/cursor.ts';
import { HISTORY_START, type History } from '../../orders/history.ts';
import { pageOf, SHOWN_PAGE_LENGTH } from '../queries/change-rows.ts';
import { inTransaction } from './transaction.ts';
import { prepareWrite } from './write-statement.ts';

const CHANGES = `SELECT (SELECT value FROM epoch) || '_' || cursor AS cursor, CAST(orderNumber AS TEXT) AS orderNumber, version, made,
  authorKind, authorName, reason, overruled, created, differences FROM change`;

/** Above every version. */
const MOST_VERSIONS = Number.MAX_SAFE_INTEGER;

/** The history in SQLite. */
export function sqliteHistory(database: DatabaseSync): History {
  const ofOrder = database.prepare(
    `${CHANGES} WHERE orderNumber = ? AND version > ? ORDER BY version LIMIT ?`,
  );
  const latestOfOrder = database.prepare(
    `${CHANGES} WHERE orderNumber = ? AND version < ? ORDER BY version DESC LIMIT ?`,
  );
  const after = database.prepare(`${CHANGES} WHERE change.cursor > ? ORDER BY change.cursor LIMIT ?`);
  const one = database.prepare('SELECT 1 FROM change WHERE cursor = ?');
  const latest = database.prepare(
    "SELECT (SELECT value FROM epoch) || '_' || max(cursor) AS cursor FROM change",
  );
  const epoch = database.prepare('SELECT value, renewals FROM epoch');
  const epochNow = (): Epoch => {
    const row = epoch.get();
    return { epoch: row?.['value'] as string, isFirst: row?.['renewals'] === 0 };
  };

  return {
    async ofOrder(orderNumber, { after = 0, limit }) {
      const changes = pageOf(ofOrder.iterate(BigInt(orderNumber), after, limit));
      const last = changes.at(-1);
      const more = last !== undefined && ofOrder.get(BigInt(orderNumber), last.version, 1) !== undefined;
      return { changes, more };
    },
    async latestOfOrder(orderNumber, { before = MOST_VERSIONS, limit }) {
      const rows = latestOfOrder.iterate(BigInt(orderNumber), before, limit);
      const changes = pageOf(rows, SHOWN_PAGE_LENGTH);
      const last = changes.at(-1);
      const more =
        last !== undefined && latestOfOrder.get(BigInt(orderNumber), last.version, 1) !== undefined;
      return { changes, more };
    },
    async after(cursor, limit) {
      return pageOf(after.iterate(BigInt(parseCursor(cursor).place), limit));
    },
    async isKnown(cursor) {
      const parsed = parseCursor(cursor);
      if (!isOfEpoch(parsed, epochNow())) return false;
      return parsed.place === HISTORY_START || one.get(BigInt(parsed.place)) !== undefined;
    },
    async latest() {
      return (latest.get()?.['cursor'] as string | null) ?? HISTORY_START;
    },
    async epoch() {
      return epochNow();
    },
    async renewEpoch() {
      return inTransaction(database, () => renewEpoch(database));
    },
  };
}

/** Begins another epoch of cursors, in the transaction that is open, if one is. */
export function renewEpoch(database: DatabaseSync): string {
  const value = randomBytes(EPOCH_BYTES).toString('hex');
  database.prepare('UPDATE epoch SET value = ?, renewals = renewals + 1').run(value);
  return value;
}

/** Prepares what writes a change down, inside the transaction that makes it. */
export function prepareRecordChange(database: DatabaseSync): (change: NewChange) => void {
  const insert = prepareWrite(
    database,
    `INSERT INTO change (orderNumber, version, made, authorKind, authorName, reason, overruled, created, differences)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return (change) => {
    insert(
      BigInt(change.orderNumber),
      change.version,
      change.made,
      change.by.kind,
      change.by.name,
      change.reason ?? null,
      change.waivedRules === undefined ? null : JSON.stringify(change.waivedRules),
      change.kind === 'created' ? JSON.stringify(change.order) : null,
      change.kind === 'changed' ? JSON.stringify(change.differences) : null,
    );
  };
}
