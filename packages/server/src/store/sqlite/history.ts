/** The history in SQLite. Only one connection writes at a time, so cursors come into sight in their order. */

import type { DatabaseSync } from 'node:sqlite';
import type { Author, Change } from '../../orders/change.ts';
import type { RuleName } from '../../orders/rules.ts';
import { HISTORY_START, type History } from '../store.ts';
import { prepareWrite } from './write-statement.ts';

const CHANGES = `SELECT CAST(cursor AS TEXT) AS cursor, CAST(orderNumber AS TEXT) AS orderNumber, version, made,
  authorKind, authorName, reason, overruled, created, differences FROM change`;

/** How many characters of JSON, about, a page holds at most. */
const PAGE_LENGTH = 8 * 1024 * 1024;

interface ChangeRow {
  readonly cursor: string;
  readonly orderNumber: string;
  readonly version: number;
  readonly made: number;
  readonly authorKind: Author['kind'];
  readonly authorName: string;
  readonly reason: string | null;
  readonly overruled: string | null;
  readonly created: string | null;
  readonly differences: string;
}

/** A change to be written down; its cursor is its place behind those that are there. */
export type NewChange = Omit<Change, 'cursor' | 'at'> &
  (
    | Pick<Change & { kind: 'created' }, 'kind' | 'order'>
    | Pick<Change & { kind: 'changed' }, 'kind' | 'differences'>
  ) & {
    /** In milliseconds since 1970. */
    readonly made: number;
  };

/** The history in SQLite. */
export function sqliteHistory(database: DatabaseSync): History {
  const ofOrder = database.prepare(
    `${CHANGES} WHERE orderNumber = ? AND version > ? ORDER BY version LIMIT ?`,
  );
  const after = database.prepare(`${CHANGES} WHERE change.cursor > ? ORDER BY change.cursor LIMIT ?`);
  const one = database.prepare('SELECT 1 FROM change WHERE cursor = ?');
  const latest = database.prepare('SELECT CAST(max(cursor) AS TEXT) AS cursor FROM change');

  return {
    async ofOrder(orderNumber, { after = 0, limit }) {
      const changes = pageOf(ofOrder.iterate(BigInt(orderNumber), after, limit));
      const last = changes.at(-1);
      const more = last !== undefined && ofOrder.get(BigInt(orderNumber), last.version, 1) !== undefined;
      return { changes, more };
    },
    async after(cursor, limit) {
      return pageOf(after.iterate(BigInt(cursor), limit));
    },
    async isKnown(cursor) {
      return cursor === HISTORY_START || one.get(BigInt(cursor)) !== undefined;
    },
    async latest() {
      return (latest.get()?.['cursor'] as string | null) ?? HISTORY_START;
    },
  };
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
      change.overruled === undefined ? null : JSON.stringify(change.overruled),
      change.kind === 'created' ? JSON.stringify(change.order) : null,
      change.kind === 'changed' ? JSON.stringify(change.differences) : null,
    );
  };
}

/** As many of the rows as are not too much to hold; the first in any case. */
function pageOf(rows: Iterable<object>): Change[] {
  const changes: Change[] = [];
  let length = 0;
  for (const each of rows) {
    const row = each as ChangeRow;
    length += (row.created ?? row.differences).length;
    if (length > PAGE_LENGTH && changes.length > 0) break;
    changes.push(changeOf(row));
  }
  return changes;
}

function changeOf(row: ChangeRow): Change {
  return {
    cursor: row.cursor,
    orderNumber: row.orderNumber,
    version: row.version,
    at: new Date(row.made).toISOString(),
    by: { kind: row.authorKind, name: row.authorName },
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.overruled !== null && { overruled: JSON.parse(row.overruled) as RuleName[] }),
    ...(row.created === null
      ? { kind: 'changed', differences: JSON.parse(row.differences) }
      : { kind: 'created', order: JSON.parse(row.created) }),
  };
}
