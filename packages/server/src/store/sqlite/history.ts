/** What the history in SQLite does its own way: pages are read row by row, up to what is not too much to hold. */

import type { DatabaseSync } from 'node:sqlite';
import type { NewChange } from '../../orders/change.ts';
import type { History } from '../../orders/history.ts';
import { createdEntry } from '../queries/created-entry.ts';
import { type ChangeRow, historyOn, newEpoch, pageOf, REMEMBER_EPOCH } from '../queries/history.ts';
import type { Sql } from '../queries/sql.ts';
import { stored } from './sql.ts';
import { prepareRead, prepareWrite } from './statements.ts';

/** The history in SQLite. */
export function sqliteHistory(database: DatabaseSync, sql: Sql): History {
  return historyOn(sql, {
    epochTable: 'epoch',
    epochColumn: 'value',
    pages(columns, condition, order, pageLength) {
      const statement = prepareRead<ChangeRow>(
        database,
        `SELECT ${columns} FROM change WHERE ${condition} ORDER BY change.${order} LIMIT ?1`,
      );
      return async (...values) => pageOf(statement.iterate(...values.map(stored)), pageLength);
    },
  });
}

/** Begins another epoch of cursors, in the transaction that is open, if one is. */
export function renewEpoch(database: DatabaseSync): void {
  prepareWrite(database, REMEMBER_EPOCH('epoch', 'value'))();
  prepareWrite(database, 'UPDATE epoch SET value = ?, renewals = renewals + 1')(newEpoch());
}

/** Prepares what writes a change down, after its order and inside the transaction that makes it. */
export function prepareRecordChange(database: DatabaseSync): (change: NewChange) => void {
  const insert = prepareWrite(
    database,
    `INSERT INTO change
       (orderNumber, version, made, authorKind, authorName, reason, overruled, created, differences, isSilent,
        accountID)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, (SELECT accountID FROM "order" WHERE orderNumber = ?1))`,
  );
  return (change) => {
    insert(
      BigInt(change.orderNumber),
      change.version,
      change.madeMs,
      change.by.kind,
      change.by.name,
      change.reason ?? null,
      change.waivedRules === undefined ? null : JSON.stringify(change.waivedRules),
      change.kind === 'created' ? createdEntry(change.order) : null,
      change.kind === 'changed' ? JSON.stringify(change.differences) : null,
      Number(change.isSilent ?? false),
    );
  };
}
