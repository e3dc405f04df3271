/** Connections to PostgreSQL: the primary among several hosts, statements in time, and transactions. */

import { createHash } from 'node:crypto';
import { Client, type ClientConfig, DatabaseError, Pool, type PoolClient, type QueryConfig, types } from 'pg';
import { errorMessage, OperatorError } from '../../operator-error.ts';
import type { Value } from '../queries/sql.ts';
import { type PoolUse, StoreBusy, type StoreMode, StoreUnavailable } from '../store.ts';
import type { DatabaseOptions } from './database-url.ts';
import { startupOptions } from './session-defaults.ts';
import { type TextRow, TextStatements } from './text-rows.ts';

/** A row by its columns' names. */
type Row = Readonly<Record<string, unknown>>;

/** Where statements can be run. Those that do not wait for one another's results go out together. */
export interface Connection {
  /**
   * The rows that a statement gives, of the columns that it names. Integers come as numbers, those above 53 bits fail.
   */
  run<Columns = Row>(statement: string, values?: readonly Value[]): Promise<readonly Columns[]>;
  /** How many rows a statement has changed. */
  change(statement: string, values?: readonly Value[]): Promise<number>;
}

/** The database: statements on any connection, and transactions on one of their own. */
export interface Database extends Connection {
  /** The rows that a statement gives, as texts, on a connection that it shares with others of its kind. */
  texts(statement: string, values: readonly string[]): Promise<readonly TextRow[]>;
  /**
   * Runs the work in a transaction, and again when it conflicts with another: it must be repeatable.
   *
   * @param how `SNAPSHOT`, or else each statement reads what was committed when it began.
   * @throws {StoreBusy} when another transaction does not let go within ten seconds.
   */
  transaction<Result>(
    work: (connection: Connection) => Promise<Result>,
    how?: typeof SNAPSHOT,
  ): Promise<Result>;
  /** A connection for one user, who releases it. */
  reserve(): Promise<Connection & { release(): void }>;
}

/** A transaction that reads one state of the database, and writes nothing. */
export const SNAPSHOT = 'ISOLATION LEVEL REPEATABLE READ READ ONLY';

const ATTEMPTS = 5;
/** serialization_failure, deadlock_detected: the transaction can be done again. */
const CONFLICTS = ['40001', '40P01'];
/** lock_not_available. */
const LOCK_NOT_AVAILABLE = '55P03';
/** How long a transaction waits for the one that writes, in milliseconds. */
const LOCK_TIMEOUT_MS = 10_000;
/**
 * How long the server waits for the next statement of a transaction that may write, in milliseconds; then it undoes the
 * transaction and closes the connection. Whatever becomes of a process (stopped, or its machine lost), others do not
 * wait for its locks for longer.
 */
const IDLE_TIMEOUT_MS = 7000;

/**
 * The classes of PostgreSQL's codes that are about the server, not about what it was asked; and a primary no longer
 * one.
 */
const AWAY = /^(08|53|57P|58)|^25006$/;
/** Exponential backoff of connection attempts, in milliseconds: waiting requests do not all reconnect at once. */
const LONGEST_PAUSE_MS = 1000;
const FIRST_PAUSE_MS = 20;
const CONNECT_TIMEOUT_MS = 3000;

/** How many connections the hot read is shared out to. */
const SHARED_CONNECTIONS = 2;

/** The server asks for a password, and none is given. */
class PasswordMissing extends OperatorError {
  constructor() {
    super(
      'the database wants a password: write it into the URL, postgres://user:password@host/database, or into PGPASSWORD',
    );
  }
}

/** A pool of connections to the primary. */
export class ConnectionPool {
  readonly #options: DatabaseOptions;
  readonly #pool: Pool;
  /** Set explicitly: a pooler's sessions may have other defaults. */
  readonly #isolation: string;
  readonly #sharedClients: (Promise<PoolClient> | undefined)[] = [];
  readonly #textStatements = new WeakMap<PoolClient, TextStatements>();
  readonly #broken = new WeakSet<PoolClient>();
  #turn = 0;
  #host = 0;
  #failures = 0;
  #awayUntil = Number.NEGATIVE_INFINITY;

  constructor(options: DatabaseOptions, mode: StoreMode) {
    this.#options = options;
    const { hosts, poolSize, preparedStatements, password = process.env['PGPASSWORD'], ...config } = options;
    this.#isolation = `ISOLATION LEVEL READ COMMITTED ${mode === 'read' ? 'READ ONLY' : 'READ WRITE'}`;
    const chosen = () => hosts[this.#host % hosts.length] as { host: string; port: number };
    class ChosenClient extends Client {
      constructor(given?: string | ClientConfig) {
        // A pool hides the password among its settings, so that no copy of them has it.
        super({ ...(given as ClientConfig), ...chosen(), password: password ?? passwordMissing });
        this.setTypeParser(types.builtins.INT8, exactNumber);
      }
    }
    this.#pool = new Pool({
      ...config,
      // A pooler takes no settings of a session.
      options: preparedStatements ? startupOptions(mode) : undefined,
      Client: ChosenClient,
      max: poolSize,
      pipeline: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      application_name: 'cert-order-status',
      allowExitOnIdle: true,
      verify: hosts.length > 1 ? verifyPrimary : undefined,
    } as ConstructorParameters<typeof Pool>[0]);
    // A connection that breaks while it is idle is replaced when one is needed.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  /**
   * The database, for clients who wait so long (in milliseconds) for a statement or a transaction, and then no longer.
   */
  within(timeLimitMs: number): Database {
    const use = <Result>(work: (client: PoolClient) => Promise<Result>) => this.#use(work, timeLimitMs);
    return {
      run: (statement, values) => use(async (client) => (await this.#query(client, statement, values)).rows),
      texts: (statement, values) => this.#textsTogether(statement, values, timeLimitMs),
      change: (statement, values) =>
        use(async (client) => (await this.#query(client, statement, values)).rowCount ?? 0),
      transaction: (work, how) => use((client) => this.#transaction(client, work, how)),
      reserve: async () => {
        const client = await this.#acquire();
        return { ...this.#connection(client), release: () => client.release() };
      },
    };
  }

  /** How many there are now. */
  use(): PoolUse {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return { open: totalCount, idle: idleCount, waiting: waitingCount };
  }

  async close(): Promise<void> {
    for (const shared of await Promise.allSettled(this.#sharedClients)) {
      const client = shared.status === 'fulfilled' ? shared.value : undefined;
      if (client === undefined || this.#broken.has(client)) continue;
      // One that breaks from now on has been given back already.
      this.#broken.add(client);
      client.release();
    }
    await this.#pool.end();
  }

  async #use<Result>(work: (client: PoolClient) => Promise<Result>, timeLimitMs: number): Promise<Result> {
    const client = await this.#acquire();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new StoreUnavailable('the database does not answer')), timeLimitMs);
    let isUsable = false;
    try {
      const result = await Promise.race([work(client), late]);
      isUsable = true;
      return result;
    } catch (error) {
      isUsable = error instanceof DatabaseError && !AWAY.test(error.code ?? '');
      if (error instanceof DatabaseError ? isUsable : !isLost(error)) {
        if (error instanceof DatabaseError && error.code === LOCK_NOT_AVAILABLE) throw busy(error);
        throw error;
      }
      throw this.#unavailable(error);
    } finally {
      clearTimeout(timer);
      release(client, isUsable);
    }
  }

  /**
   * A statement on one of a few shared connections: many statements and results then travel in one packet,
   * and wake the other side once.
   */
  async #textsTogether(
    text: string,
    values: readonly string[],
    timeLimitMs: number,
  ): Promise<readonly TextRow[]> {
    const index = this.#turn++ % Math.min(SHARED_CONNECTIONS, this.#options.poolSize);
    const client = await this.#shared(index);
    let statements = this.#textStatements.get(client);
    if (statements === undefined) {
      statements = new TextStatements(client, timeLimitMs);
      this.#textStatements.set(client, statements);
    }
    try {
      return await statements.rows({ text, name: this.#nameOf(text), values });
    } catch (error) {
      if (error instanceof DatabaseError ? !AWAY.test(error.code ?? '') : !isLost(error)) throw error;
      this.#dropShared(index, client);
      throw this.#unavailable(error);
    }
  }

  #shared(index: number): Promise<PoolClient> {
    const begun = this.#sharedClients[index];
    if (begun !== undefined) return begun;
    const client = this.#acquire();
    this.#sharedClients[index] = client;
    client.then(
      // One that breaks while it is idle is no longer used either.
      (connected) => connected.once('error', () => this.#dropShared(index, connected)),
      () => this.#forgetShared(index, client),
    );
    return client;
  }

  #dropShared(index: number, client: PoolClient): void {
    if (!this.#broken.has(client)) {
      this.#broken.add(client);
      release(client, false);
      this.#sharedClients[index] = undefined;
    }
  }

  #forgetShared(index: number, client: Promise<PoolClient>): void {
    if (this.#sharedClients[index] === client) this.#sharedClients[index] = undefined;
  }

  async #acquire(): Promise<PoolClient> {
    if (performance.now() < this.#awayUntil) throw new StoreUnavailable('the database is away');
    for (let attempt = 1; ; attempt++) {
      try {
        const client = await this.#pool.connect();
        this.#failures = 0;
        return client;
      } catch (error) {
        // What the server itself refuses, a wrong password or database, is not about being away.
        if (error instanceof PasswordMissing) throw error;
        if (error instanceof DatabaseError && !AWAY.test(error.code ?? '')) throw error;
        this.#host++;
        if (attempt < this.#options.hosts.length) continue;
        const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures++);
        this.#awayUntil = performance.now() + longest * (0.5 + Math.random() / 2);
        throw this.#unavailable(error);
      }
    }
  }

  #unavailable(error: unknown): StoreUnavailable {
    if (error instanceof StoreUnavailable) return error;
    return new StoreUnavailable(`the database is away: ${errorMessage(error)}`, { cause: error });
  }

  #connection(client: PoolClient): Connection {
    return {
      run: async (statement, values) => (await this.#query(client, statement, values)).rows,
      change: async (statement, values) => (await this.#query(client, statement, values)).rowCount ?? 0,
    };
  }

  /** Statements with values are the program's own, and fixed: each connection prepares them once. */
  #query(client: PoolClient, text: string, values?: readonly Value[]) {
    if (values === undefined) return client.query(text);
    return client.query({ text, values: [...values], name: this.#nameOf(text) } as QueryConfig);
  }

  #nameOf(text: string): string | undefined {
    return this.#options.preparedStatements ? nameOf(text) : undefined;
  }

  async #transaction<Result>(
    client: PoolClient,
    work: (connection: Connection) => Promise<Result>,
    how?: typeof SNAPSHOT,
  ): Promise<Result> {
    const connection = this.#connection(client);
    for (let attempt = 1; ; attempt++) {
      // Sent together with what the work sends first.
      const begun = client.query(
        how === undefined
          ? `BEGIN ${this.#isolation}; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS};
             SET LOCAL idle_in_transaction_session_timeout = ${IDLE_TIMEOUT_MS}`
          : `BEGIN ${how}`,
      );
      try {
        const [result] = await Promise.all([work(connection), begun]);
        await client.query('COMMIT');
        return result;
      } catch (error) {
        const code = error instanceof DatabaseError ? (error.code ?? '') : '';
        if (isLost(error) || AWAY.test(code)) throw error;
        await client.query('ROLLBACK');
        if (!CONFLICTS.includes(code) || attempt >= ATTEMPTS) throw error;
      }
    }
  }
}

/** A 64-bit integer, as SQLite gives it. @throws {RangeError} when it does not fit a JavaScript number. */
function exactNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${text} does not fit a JavaScript number`);
  return number;
}

/** What the driver calls when it is asked for a password and has none. */
function passwordMissing(): never {
  throw new PasswordMissing();
}

/** A standby is not what is looked for. */
function verifyPrimary(client: PoolClient, done: (error?: Error) => void): void {
  client
    .query('SELECT pg_is_in_recovery() AS standby')
    .then(
      ({ rows }) => done(rows[0]?.standby ? new StoreUnavailable('the host is a standby') : undefined),
      done,
    );
}

/** A connection that may still carry something is closed, not given to others. */
function release(client: PoolClient, isUsable: boolean): void {
  if (!isUsable) {
    // An orderly end would wait for what may never come.
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }
  client.release(!isUsable);
}

/** Whether the connection has failed, in the driver's or the operating system's words. */
function isLost(error: unknown): boolean {
  if (error instanceof DatabaseError || !(error instanceof Error)) return false;
  if (error instanceof StoreUnavailable) return true;
  const { code } = error as NodeJS.ErrnoException;
  return (
    /^E[A-Z]+$/.test(code ?? '') ||
    /^(Connection terminated|Client has encountered|Client was closed|timeout )/.test(error.message)
  );
}

function busy(error: Error): StoreBusy {
  return new StoreBusy(
    'another process is writing to the order database and does not let go; try again later',
    {
      cause: error,
    },
  );
}

const names = new Map<string, string>();

/** The name that a statement is prepared under. */
function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = createHash('sha256').update(text).digest('base64url').slice(0, 22);
    names.set(text, name);
  }
  return name;
}
