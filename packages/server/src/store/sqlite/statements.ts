import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

/** A statement that reads rows of a known shape. */
export interface ReadStatement<Row> {
  all(...values: SQLInputValue[]): Row[];
  get(...values: SQLInputValue[]): Row | undefined;
  /** Row by row: what is not asked for is not read. */
  iterate(...values: SQLInputValue[]): Iterable<Row>;
}

/**
 * A statement that reads; its rows have the statement's columns. It is prepared when it first runs: a store has two
 * hundred statements, of which a command runs a few, and to prepare all of them takes longer than to open the database.
 *
 * @param options.bigInts whether integers come as bigints, instead of failing above 53 bits.
 */
export function prepareRead<Row>(
  database: DatabaseSync,
  sql: string,
  { bigInts = false }: { readonly bigInts?: boolean } = {},
): ReadStatement<Row> {
  const statement = onFirstUse(() => {
    const prepared = database.prepare(sql);
    prepared.setReadBigInts(bigInts);
    return prepared as unknown as ReadStatement<Row>;
  });
  return {
    all: (...values) => statement().all(...values),
    get: (...values) => statement().get(...values),
    iterate: (...values) => statement().iterate(...values),
  };
}

/**
 * A statement that writes, prepared when it first runs; running it tells how many rows it changed. `run()` also reports
 * the row ID of the connection's last insertion, whichever statement that was, and throws when it needs more than 53
 * bits, after the fact: so it must be read as a bigint, always.
 */
export function prepareWrite(database: DatabaseSync, sql: string): (...values: SQLInputValue[]) => number {
  const statement = onFirstUse(() => {
    const prepared = database.prepare(sql);
    prepared.setReadBigInts(true);
    return prepared;
  });
  return (...values) => Number(statement().run(...values).changes);
}

/** Makes it when it is first asked for. */
function onFirstUse<Made extends object>(make: () => Made): () => Made {
  let made: Made | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
