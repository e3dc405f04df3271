import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { StoreBusy, StoreUnavailable } from '../store.ts';
import { adviceOn, isOutOfOrder, isSqliteFailure } from './error-advice.ts';

/** How long a statement or a transaction waits for another process's lock, in milliseconds. */
export const LOCK_TIMEOUT_MS = 10_000;
/** How often it looks whether that is over: often, because a process that writes in batches pauses only briefly. */
const LOCK_INTERVAL_MS = 1;

const SQLITE_BUSY = 5;

/**
 * Runs the work in one write transaction. While another process writes it waits without holding up this one's
 * event loop; the work itself must not.
 *
 * @throws {StoreBusy} when the other process does not let go within ten seconds.
 */
export async function inTransaction<Result>(database: DatabaseSync, work: () => Result): Promise<Result> {
  for (const deadline = performance.now() + LOCK_TIMEOUT_MS; ; await pause(LOCK_INTERVAL_MS)) {
    try {
      beginAtOnce(database);
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() < deadline) continue;
      throw new StoreBusy(
        'another process is writing to the order database and does not let go; try again later',
        {
          cause: error,
        },
      );
    }
    try {
      return finish(database, work);
    } catch (error) {
      if (!isOutOfOrder(error)) throw error;
      throw new StoreUnavailable(`the database failed: ${error.message}: ${adviceOn(error)}`, {
        cause: error,
      });
    }
  }
}

/** The same where no event loop is to be kept free: it waits in SQLite. */
export function inBlockingTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  return finish(database, work);
}

/** Runs several reads on one state of the database. */
export function inSnapshot<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN');
  return finish(database, work);
}

/** The same for a connection that does so all the time: what begins and ends a transaction is prepared once. */
export function snapshotsOf(database: DatabaseSync): (work: () => void) => void {
  const begin = database.prepare('BEGIN');
  const commit = database.prepare('COMMIT');
  return (work) => {
    begin.run();
    finish(database, work, () => commit.run());
  };
}

/**
 * It begins `IMMEDIATE`: a transaction that begins by reading and writes later would fail at once, time-out or
 * not, when another process has written in between.
 */
function beginAtOnce(database: DatabaseSync): void {
  database.exec('PRAGMA busy_timeout = 0');
  try {
    database.exec('BEGIN IMMEDIATE');
  } finally {
    database.exec(`PRAGMA busy_timeout = ${LOCK_TIMEOUT_MS}`);
  }
}

/** Whether another connection holds the lock. */
export function isBusy(error: unknown): boolean {
  return isSqliteFailure(error) && (error.errcode & 0xff) === SQLITE_BUSY;
}

function finish<Result>(
  database: DatabaseSync,
  work: () => Result,
  commit: () => unknown = () => database.exec('COMMIT'),
): Result {
  try {
    const result = work();
    commit();
    return result;
  } catch (error) {
    // A full disk, for one, has rolled back already.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
