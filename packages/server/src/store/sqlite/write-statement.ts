import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

/**
 * Prepares a statement that writes; running it tells how many rows it changed. `run()` also reports the row ID of
 * the connection's last insertion, whichever statement that was, and throws when it needs more than 53 bits, after
 * the fact: so it must be read as a bigint, always.
 */
export function prepareWrite(database: DatabaseSync, sql: string): (...values: SQLInputValue[]) => number {
  const statement = database.prepare(sql);
  statement.setReadBigInts(true);
  return (...values) => Number(statement.run(...values).changes);
}
