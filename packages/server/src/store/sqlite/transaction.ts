import type { DatabaseSync } from 'node:sqlite';

/**
 * Runs the work in one write transaction. It begins `IMMEDIATE`: one that begins by reading and writes later
 * would fail at once, time-out or not, when another process has written in between.
 */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  return bracketed(database, 'BEGIN IMMEDIATE', work);
}

/** Runs several reads on one state of the database. */
export function inSnapshot<Result>(database: DatabaseSync, work: () => Result): Result {
  return bracketed(database, 'BEGIN', work);
}

function bracketed<Result>(database: DatabaseSync, begin: string, work: () => Result): Result {
  database.exec(begin);
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk, for one, has rolled back already.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
