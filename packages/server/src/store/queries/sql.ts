/**
 * What SQL that both engines understand is written over. Statements have `?` for their values, or `?1`, `?2`, … where
 * one is needed twice; names with capitals are quoted. Integers come as numbers, those above 53 bits have to be cast to
 * text; truth values come as booleans or as 0 and 1.
 */

/** A value of a statement. Integers above 53 bits are given in decimal. */
export type Value = string | number | boolean | null;

/** A limit above every number of rows. */
export const EVERY_ROW = Number.MAX_SAFE_INTEGER;

/** What one engine writes otherwise than the other. */
export interface Dialect {
  /** The time by the database's clock when the transaction began, in milliseconds since 1970. */
  readonly nowMs: string;
  /** The same in whole seconds. */
  readonly nowSeconds: string;
  /**
   * What makes a SELECT lock its rows until the transaction ends. Nothing, where a transaction that writes is the only
   * one.
   */
  readonly lockRows: string;
  /**
   * What makes a SELECT lock its rows until the transaction ends, and leave out those that another transaction has
   * locked.
   */
  readonly lockUnlockedRows: string;
  /**
   * What makes a SELECT keep its rows, until the transaction ends, from being deleted and from changes of columns of a
   * unique index.
   */
  readonly lockKeys: string;
  /**
   * A SELECT that waits until no other transaction writes orders, and keeps others from it until the transaction ends.
   * It reads nothing, where a transaction that writes is the only one.
   */
  readonly lockOrders: string;
  /** A join that goes through the rows of its left side, where the planner has no statistics to choose by. */
  readonly joinFromLeft: string;
  /** What, behind a table's name, makes a SELECT use this index, where the planner has no statistics to choose by. */
  indexedBy(index: string): string;
  /** The 64-bit integers of a list that is given as JSON texts. */
  readonly listed: string;
}

/** A statement that reads. */
export interface Query<Row> {
  readonly text: string;
  all(...values: Value[]): Promise<readonly Row[]>;
  /** The first row. */
  get(...values: Value[]): Promise<Row | undefined>;
}

/** A statement that writes. */
export interface Change {
  readonly text: string;
  /** Runs it in a transaction of its own. Returns how many rows it changed. */
  run(...values: Value[]): Promise<number>;
}

/** One statement of several that belong together, with the values of one run or more. */
export type Step =
  | { readonly reads: string; readonly values: readonly Value[] }
  | { readonly writes: string; readonly runs: readonly (readonly Value[])[] }
  | { readonly locks: string }
  | { readonly asks: 'clock' };

/**
 * Statements that belong together, as a generator function that takes {@link all}, {@link get}, {@link run} and {@link
 * runEach} by `yield*`. SQLite goes through them without leaving the event loop's turn, so nothing else gets between
 * them on its one connection; PostgreSQL waits for each.
 */
export type Steps<Result> = Generator<Step, Result, unknown>;

/** An order database, by SQL that both engines understand. */
export interface Sql {
  readonly dialect: Dialect;
  query<Row>(text: string): Query<Row>;
  change(text: string): Change;
  /**
   * Runs steps in one transaction that may write; on PostgreSQL again when it conflicts with another.
   *
   * @throws {StoreBusy} when another transaction holds its lock for longer than ten seconds.
   */
  transaction<Result>(work: () => Steps<Result>): Promise<Result>;
  /** Runs steps that only read, on one state of the database. */
  snapshot<Result>(work: () => Steps<Result>): Promise<Result>;
}

/**
 * Locks a table against others that lock it, until the transaction ends: so a limit holds whichever nodes write at
 * once. On SQLite a transaction that writes is the only one in any case.
 */
export function* lockTable(table: string): Steps<void> {
  yield { locks: table };
}

/** The time by the database's clock at this step, in milliseconds since 1970. */
export function* clockMs(): Steps<number> {
  return (yield { asks: 'clock' }) as number;
}

/** The rows of a statement that is put together for the occasion, in the engine's own SQL, as a step. */
export function* rowsOf<Row>(text: string, values: readonly Value[]): Steps<readonly Row[]> {
  return (yield { reads: text, values }) as readonly Row[];
}

/** The rows of a query, as a step. */
export function* all<Row>(query: Query<Row>, ...values: Value[]): Steps<readonly Row[]> {
  return yield* rowsOf<Row>(query.text, values);
}

/** The first row of a query, as a step. */
export function* get<Row>(query: Query<Row>, ...values: Value[]): Steps<Row | undefined> {
  return (yield* all(query, ...values))[0];
}

/** A change, as a step. Returns how many rows it changed. */
export function* run(change: Change, ...values: Value[]): Steps<number> {
  return yield* runEach(change, [values]);
}

/**
 * A change with one list of values after another, as one step: PostgreSQL gets them together. Returns how many rows
 * they changed.
 */
export function* runEach(change: Change, runs: readonly (readonly Value[])[]): Steps<number> {
  return (yield { writes: change.text, runs }) as number;
}
