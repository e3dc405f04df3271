/**
 * Statements of the hot read, which share a connection. The driver's own way costs more than the work: it has each
 * result described and makes it an object, and each statement a promise more and a timer of its own.
 */

import { type PoolClient, Query } from 'pg';
import { StoreUnavailable } from '../store.ts';

/** The columns of a row as the server writes them. */
export type TextRow = readonly (string | null)[];

/** A statement, and the name that it is prepared under, unless each connection has to prepare it anew. */
interface Statement {
  readonly text: string;
  readonly name: string | undefined;
  readonly values: readonly (string | null)[];
}

/** What the driver's connection does for a statement; it is not part of its types. */
interface Wire {
  parse(statement: Pick<Statement, 'text' | 'name'>): void;
  bind(statement: {
    readonly portal: string;
    readonly statement: string | undefined;
    readonly values: Statement['values'];
    readonly valueMapper: (value: unknown) => unknown;
  }): void;
  execute(portal: { readonly portal: string }): void;
  sync(): void;
  /** By name: what the server has prepared, and what it is going to. */
  readonly parsedStatements: Readonly<Record<string, string>>;
  readonly submittedNamedStatements: Record<string, string>;
}

type Done = (error: Error | null, rows: readonly TextRow[]) => void;

/** A statement that gives texts. Unlike that of the driver, it does not ask what columns there are. */
class TextQuery extends Query {
  readonly #statement: Statement;
  readonly #done: Done;
  readonly #rows: TextRow[] = [];

  constructor(statement: Statement, done: Done) {
    // The values make the driver use the protocol for prepared statements.
    super({ text: statement.text, name: statement.name, values: [...statement.values] });
    this.#statement = statement;
    this.#done = done;
  }

  /** The driver calls this in the place of its own method, with its connection corked. */
  prepare(wire: Wire): void {
    const { text, name, values } = this.#statement;
    if (name === undefined) {
      wire.parse({ text, name });
    } else if ((wire.parsedStatements[name] ?? wire.submittedNamedStatements[name]) === undefined) {
      wire.parse({ text, name });
      wire.submittedNamedStatements[name] = text;
    }
    wire.bind({ portal: '', statement: name, values, valueMapper: (value) => value });
    wire.execute({ portal: '' });
    wire.sync();
  }

  handleDataRow({ fields }: { readonly fields: TextRow }): void {
    this.#rows.push(fields);
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#done(null, this.#rows);
  }

  handleError(error: Error): void {
    this.#done(error, []);
  }
}

/** One that waits for its rows. */
interface Waiting {
  readonly untilMs: number;
  reject(error: Error): void;
}

/** Statements on one connection: they and their results travel together, and wake the other side once. */
export class TextStatements {
  readonly #client: PoolClient;
  readonly #timeLimitMs: number;
  /** The oldest first: results come in the order of the statements. */
  readonly #waiting = new Set<Waiting>();
  #timer: NodeJS.Timeout | undefined;

  /** @param timeLimitMs how long a statement may take. */
  constructor(client: PoolClient, timeLimitMs: number) {
    this.#client = client;
    this.#timeLimitMs = timeLimitMs;
  }

  /** @throws {StoreUnavailable} when there is no result in time; then the connection is of no use any more. */
  rows(statement: Statement): Promise<readonly TextRow[]> {
    return new Promise((resolve, reject) => {
      const waiting = { untilMs: performance.now() + this.#timeLimitMs, reject };
      this.#waiting.add(waiting);
      this.#timer ??= setTimeout(() => this.#check(), this.#timeLimitMs).unref();
      const query = new TextQuery(statement, (error, rows) => {
        this.#waiting.delete(waiting);
        if (error === null) resolve(rows);
        else reject(error);
      });
      this.#client.query(query);
    });
  }

  /** One timer for all: it runs as long as anything waits. */
  #check(): void {
    const [oldest] = this.#waiting;
    this.#timer = undefined;
    if (oldest === undefined) return;
    const leftMs = oldest.untilMs - performance.now();
    if (leftMs > 0) {
      this.#timer = setTimeout(() => this.#check(), leftMs).unref();
      return;
    }
    for (const { reject } of this.#waiting) reject(new StoreUnavailable('the database does not answer'));
    this.#waiting.clear();
  }
}
