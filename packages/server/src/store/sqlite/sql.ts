/** The shared SQL on SQLite. */

import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Dialect, Sql, Step, Steps, Value } from '../queries/sql.ts';
import { prepareRead, prepareWrite, type ReadStatement } from './statements.ts';
import { inSnapshot, inTransaction } from './transaction.ts';

/** The time in milliseconds since 1970. Rounded, as the product is no exact one. */
export const NOW_MS = "CAST(round(unixepoch('subsec') * 1000) AS INTEGER)";

const DIALECT: Dialect = {
  nowMs: NOW_MS,
  nowSeconds: 'unixepoch()',
  lockRows: '',
  lockUnlockedRows: '',
  lockKeys: '',
  lockOrders: 'SELECT 1',
  joinFromLeft: 'CROSS JOIN',
  indexedBy: (index) => `INDEXED BY ${index}`,
  listed: 'SELECT CAST(value AS INTEGER) FROM json_each(?1)',
};

/** The shared SQL, and steps for those who have begun a transaction or a snapshot themselves. */
export interface SqliteSql extends Sql {
  follow<Result>(steps: Steps<Result>): Result;
}

/** Each statement is prepared once, when it first runs. */
export function sqliteSql(database: DatabaseSync): SqliteSql {
  const reads = new Map<string, ReadStatement<unknown>>();
  const writes = new Map<string, (...values: SQLInputValue[]) => number>();

  function take(step: Step): unknown {
    if ('locks' in step) return undefined;
    if ('asks' in step) return Date.now();
    if ('reads' in step) {
      const statement = reads.get(step.reads) ?? prepareRead(database, step.reads);
      return statement.all(...step.values.map(stored));
    }
    const statement = writes.get(step.writes) ?? prepareWrite(database, step.writes);
    return step.runs.reduce((changed, values) => changed + statement(...values.map(stored)), 0);
  }

  function follow<Result>(steps: Steps<Result>): Result {
    for (let next = steps.next(); ; next = steps.next(take(next.value))) if (next.done) return next.value;
  }

  return {
    dialect: DIALECT,
    follow,
    query<Row>(text: string) {
      const statement = prepareRead<Row>(database, text);
      reads.set(text, statement);
      return {
        text,
        all: async (...values: Value[]) => statement.all(...values.map(stored)),
        get: async (...values: Value[]) => statement.get(...values.map(stored)),
      };
    },
    change(text) {
      const statement = prepareWrite(database, text);
      writes.set(text, statement);
      return {
        text,
        run: (...values) => inTransaction(database, () => statement(...values.map(stored))),
      };
    },
    transaction: (work) => inTransaction(database, () => follow(work())),
    snapshot: async (work) => inSnapshot(database, () => follow(work())),
  };
}

/** A value as SQLite takes it, which has no booleans. */
export function stored(value: Value): SQLInputValue {
  return typeof value === 'boolean' ? Number(value) : value;
}
