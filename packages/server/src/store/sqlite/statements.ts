import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

/** A prepared statement that reads rows of a known shape. */
export interface ReadStatement<Row> {
  all(...values: SQLInputValue[]): Row[];
  get(...values: SQLInputValue[]): Row | undefined;
  /** Row by row: what is not asked for is not read. */
  iterate(...values: SQLInputValue[]): Iterable<Row>;
  /** Whether integers come as bigints, instead of failing above 53 bits. */
  setReadBigInts(areBigInts: boolean): void;
}

/** Prepares a statement that reads; its rows have the statement's columns. */
export function prepareRead<Row>(database: DatabaseSync, sql: string): ReadStatement<Row> {
  return database.prepare(sql) as unknown as ReadStatement<Row>;
}

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
