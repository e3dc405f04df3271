/**
 * Scratch space for one import: the lines that look good so far, and what is wrong with the others. Whichever engine
 * the orders are on, it is a SQLite database without a name, which lies in the temporary folder, is unlinked from the
 * start, and so vanishes with the process, however that ends.
 */

import { DatabaseSync } from 'node:sqlite';
import type { OrderRecord } from '@cert-order-status/protocol';
import { loopOfReplacements, type PlacedOrder } from '../orders/placement-rules.ts';
import { describeBrokenRules } from '../orders/rules.ts';
import { prepareRead, prepareWrite } from './sqlite/statements.ts';

const SCHEMA = `
  PRAGMA journal_mode = OFF;
  PRAGMA synchronous = OFF;
  PRAGMA cache_size = -65536;
  CREATE TABLE good (
    orderNumber INTEGER PRIMARY KEY,
    line INTEGER NOT NULL,
    replacesOrderNumber INTEGER,
    relinks INTEGER NOT NULL,
    account TEXT NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX goodReplaces ON good (replacesOrderNumber) WHERE replacesOrderNumber IS NOT NULL;
  CREATE TABLE certificate (certificateID INTEGER PRIMARY KEY, orderNumber INTEGER NOT NULL) STRICT;
  CREATE TABLE bad (orderNumber INTEGER PRIMARY KEY) STRICT;
  CREATE TABLE problem (line INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (line, text)) STRICT, WITHOUT ROWID;
  CREATE TABLE walked (orderNumber INTEGER PRIMARY KEY, walk INTEGER NOT NULL) STRICT;
  CREATE TABLE afterBad (orderNumber INTEGER PRIMARY KEY) STRICT;
  CREATE TABLE placed (orderNumber INTEGER PRIMARY KEY, depth INTEGER NOT NULL) STRICT;
`;

/** A line and what is wrong with it. */
export interface LineProblem {
  readonly line: number;
  readonly text: string;
}

/** An order of the file that replaces another. */
export interface Link {
  readonly orderNumber: string;
  readonly replacesOrderNumber: string;
  readonly account: string;
}

/** How many rows are read at once. */
const PAGE_ORDERS = 1000;

/** The staging database of one import. */
export class StagingDatabase {
  readonly #database = new DatabaseSync('');
  readonly #statements;

  constructor() {
    this.#database.exec(SCHEMA);
    const prepare = <Row>(sql: string) => prepareRead<Row>(this.#database, sql);
    const write = (sql: string) => prepareWrite(this.#database, sql);
    this.#statements = {
      given: prepare<{ line: number; record: string }>('SELECT line, record FROM good WHERE orderNumber = ?'),
      placed: prepare<{ account: string; replacesOrderNumber: string | null }>(
        'SELECT account, CAST(replacesOrderNumber AS TEXT) AS replacesOrderNumber FROM good WHERE orderNumber = ?',
      ),
      isBad: prepare('SELECT 1 FROM bad WHERE orderNumber = ?'),
      add: write('INSERT INTO good VALUES (?, ?, ?, ?, ?, ?)'),
      holder: prepare<{ orderNumber: string }>(
        'SELECT CAST(orderNumber AS TEXT) AS orderNumber FROM certificate WHERE certificateID = ?',
      ),
      hold: write('INSERT INTO certificate VALUES (?, ?)'),
      problem: write('INSERT OR IGNORE INTO problem VALUES (?, ?)'),
      markBad: write('INSERT OR IGNORE INTO bad VALUES (?)'),
      remove: prepare<{ line: number }>('DELETE FROM good WHERE orderNumber = ? RETURNING line'),
      walk: write('INSERT OR IGNORE INTO walked VALUES (?, ?)'),
      walkOf: prepare<{ walk: number }>('SELECT walk FROM walked WHERE orderNumber = ?'),
    };
  }

  close(): void {
    this.#database.close();
  }

  /** Writes of many lines at once are faster in a transaction. */
  batch(work: () => void): void {
    this.#database.exec('BEGIN');
    work();
    this.#database.exec('COMMIT');
  }

  report(line: number, text: string): void {
    this.#statements.problem(line, text);
  }

  /**
   * Takes in an order. Both lines are at fault when the file gives the order differently elsewhere, or the
   * certificate to another order: it is ambiguous which one is meant.
   *
   * @param relinks Whether the order is in the database already, with another link than it has here.
   * @returns False when the same order was given before, word for word.
   */
  add(line: number, record: OrderRecord, relinks: boolean): boolean {
    const { account, orderNumber, replacesOrderNumber } = record;
    const text = JSON.stringify(record);
    const given = this.#statements.given.get(BigInt(orderNumber));
    if (given?.record === text) return false;
    if (given !== undefined || this.#isBad(orderNumber)) {
      const where = given === undefined ? 'on a line that is not valid' : `differently on line ${given.line}`;
      this.report(line, `order ${orderNumber} is also given ${where}`);
      this.reject(orderNumber, `order ${orderNumber} is also given differently on line ${line}`);
      return true;
    }
    const replaces = replacesOrderNumber === undefined ? null : BigInt(replacesOrderNumber);
    this.#statements.add(BigInt(orderNumber), line, replaces, relinks ? 1 : 0, account, text);
    for (const { certificateID } of record.certificates) {
      if (certificateID !== undefined) this.#hold(certificateID, orderNumber);
    }
    return true;
  }

  #hold(certificateID: string, orderNumber: string): void {
    const holder = this.#statements.holder.get(BigInt(certificateID))?.orderNumber;
    if (holder === undefined) {
      this.#statements.hold(BigInt(certificateID), BigInt(orderNumber));
    } else if (holder !== orderNumber) {
      this.reject(holder, `certificate ${certificateID} is also in order ${orderNumber}`);
      this.reject(orderNumber, `certificate ${certificateID} is also in order ${holder}`);
    }
  }

  /** Takes the order out again, and reports why on its line. */
  reject(orderNumber: string, text: string): void {
    this.#statements.markBad(BigInt(orderNumber));
    const removed = this.#statements.remove.get(BigInt(orderNumber));
    if (removed !== undefined) this.report(removed.line, text);
  }

  /** Remembers the number of an order whose line is at fault, for the orders that replace it. */
  markBad(orderNumber: string): void {
    this.#statements.markBad(BigInt(orderNumber));
  }

  #isBad(orderNumber: string): boolean {
    return this.#statements.isBad.get(BigInt(orderNumber)) !== undefined;
  }

  /** The orders that replace another; of those, only the ones whose link is new in the database, if so wanted. */
  *links(wanted: 'all' | 'changed'): Iterable<Link> {
    yield* this.#paged<Link>(`
      SELECT orderNumber AS key, CAST(orderNumber AS TEXT) AS orderNumber,
        CAST(replacesOrderNumber AS TEXT) AS replacesOrderNumber, account
      FROM good WHERE replacesOrderNumber IS NOT NULL AND orderNumber > ?
      ${wanted === 'changed' ? 'AND relinks = 1' : ''}`);
  }

  /**
   * Rows by their key, some at a time: what is done with a row may take its order out of the table, and all of
   * them may be more than memory holds.
   */
  *#paged<Row>(sql: string): Iterable<Row> {
    const page = prepareRead<Row & { readonly key: bigint }>(
      this.#database,
      `${sql} ORDER BY key LIMIT ${PAGE_ORDERS}`,
      { bigInts: true },
    );
    for (let after = 0n; ; ) {
      const rows = page.all(after);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.key;
    }
  }

  /** What the file says of an order: undefined when it does not hold it, `bad` when its line is at fault. */
  look(orderNumber: string): PlacedOrder | 'bad' | undefined {
    const given = this.#statements.placed.get(BigInt(orderNumber));
    if (given !== undefined) {
      return { account: given.account, replacesOrderNumber: given.replacesOrderNumber ?? undefined };
    }
    return this.#isBad(orderNumber) ? 'bad' : undefined;
  }

  /** Notes that a walk along the links came by an order, and returns which walk did before, if any did. */
  visit(orderNumber: string, walk: number): 'no walk' | 'this walk' | 'an earlier walk' {
    if (this.#statements.walk(BigInt(orderNumber), walk) === 1) return 'no walk';
    return this.#statements.walkOf.get(BigInt(orderNumber))?.walk === walk ? 'this walk' : 'an earlier walk';
  }

  /** Rejects every order that replaces, directly or through others, an order whose line is invalid. */
  rejectAfterBad(): void {
    this.#database.exec(`
      INSERT INTO afterBad
      WITH RECURSIVE later (orderNumber) AS (
        SELECT g.orderNumber FROM good g JOIN bad ON bad.orderNumber = g.replacesOrderNumber
        UNION
        SELECT g.orderNumber FROM good g JOIN later ON g.replacesOrderNumber = later.orderNumber
      )
      SELECT orderNumber FROM later`);
    const rows = this.#paged<Pick<Link, 'orderNumber' | 'replacesOrderNumber'>>(`
      SELECT orderNumber AS key, CAST(orderNumber AS TEXT) AS orderNumber,
        CAST(replacesOrderNumber AS TEXT) AS replacesOrderNumber
      FROM good JOIN afterBad USING (orderNumber) WHERE orderNumber > ?`);
    for (const { orderNumber, replacesOrderNumber } of rows) {
      this.reject(orderNumber, `it replaces order ${replacesOrderNumber}, whose line is not valid`);
    }
  }

  /** Finds in which order to apply the lines, replaced orders first; rejects those that go round in circles. */
  place(): void {
    this.#database.exec(`
      INSERT INTO placed
      WITH RECURSIVE next (orderNumber, depth) AS (
        SELECT orderNumber, 0 FROM good g WHERE replacesOrderNumber IS NULL
          OR NOT EXISTS (SELECT 1 FROM good WHERE orderNumber = g.replacesOrderNumber)
        UNION ALL
        SELECT g.orderNumber, depth + 1 FROM next JOIN good g ON g.replacesOrderNumber = next.orderNumber
      )
      SELECT orderNumber, depth FROM next`);
    const circling = this.#paged<Pick<Link, 'orderNumber'>>(`
      SELECT orderNumber AS key, CAST(orderNumber AS TEXT) AS orderNumber FROM good g
      WHERE orderNumber > ? AND NOT EXISTS (SELECT 1 FROM placed WHERE orderNumber = g.orderNumber)`);
    for (const { orderNumber } of circling) {
      this.reject(orderNumber, describeBrokenRules([loopOfReplacements(orderNumber)]));
    }
  }

  countGood(): number {
    return this.#count('SELECT count(*) AS n FROM good');
  }

  /** How many lines have something wrong. */
  countBadLines(): number {
    return this.#count('SELECT count(DISTINCT line) AS n FROM problem');
  }

  #count(sql: string): number {
    return prepareRead<{ n: number }>(this.#database, sql).get()?.n ?? 0;
  }

  problems(): Iterable<LineProblem> {
    const sql = 'SELECT line, text FROM problem ORDER BY line, text';
    return prepareRead<LineProblem>(this.#database, sql).iterate();
  }

  /** The orders to apply, those that are replaced before those that replace them; and how long they are as JSON. */
  *records(): Iterable<{ readonly record: OrderRecord; readonly length: number }> {
    const sql = 'SELECT record FROM placed JOIN good USING (orderNumber) ORDER BY depth, orderNumber';
    for (const { record } of prepareRead<{ record: string }>(this.#database, sql).iterate()) {
      yield { record: JSON.parse(record), length: record.length };
    }
  }
}
