/** Copies of a whole database, made while it is in use. */

import { closeSync, existsSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { flush } from '../../flush.ts';
import { errorMessage, OperatorError } from '../../operator-error.ts';
import { removeDatabase, sideFilesOf } from './database-files.ts';
import { integrityProblems } from './integrity-check.ts';
import { isCurrent } from './migrations.ts';

/** How many pages are copied between two looks at the progress. */
const PAGES_AT_ONCE = 2000;

/** What a copy holds. */
export interface DatabaseCounts {
  readonly accounts: number;
  readonly orders: number;
  readonly certificates: number;
  readonly changes: number;
  /** Encrypted with a key that is not in the database. */
  readonly secrets: number;
}

/**
 * Copies the database as it is at this moment, also while it is in use, opens the copy and looks whether it is whole.
 * It appears under its name only then.
 *
 * @throws {OperatorError} when there is no database, or there is something under the copy's name already.
 */
export async function backupDatabase(
  path: string,
  copy: string,
  onProgress: (fraction: number) => void,
): Promise<DatabaseCounts> {
  if (!existsSync(path)) throw new OperatorError(`there is no order database at ${path}`);
  if (existsSync(copy)) throw new OperatorError(`${copy} exists already; a backup overwrites nothing`);
  const [end] = sideFilesOf(copy);
  if (end !== undefined) {
    throw new OperatorError(
      `${copy}${end} is left from an earlier file of that name, and would be taken for a part of the backup; remove it, or choose another name`,
    );
  }
  const partial = `${copy}.partial-${process.pid}`;
  const source = new DatabaseSync(path, { readOnly: true });
  try {
    // For its owner only, from the first byte on: it holds password hashes.
    closeSync(openSync(partial, 'wx', 0o600));
    // One state of the database for as long as it takes: what is written meanwhile would begin the copy anew.
    source.exec('BEGIN');
    const counts = countsOf(source);
    await backup(source, partial, {
      rate: PAGES_AT_ONCE,
      progress: ({ totalPages, remainingPages }) => onProgress(1 - remainingPages / Math.max(totalPages, 1)),
    });
    source.exec('COMMIT');
    const copied = checkCopy(partial);
    if (JSON.stringify(copied) !== JSON.stringify(counts)) {
      throw new OperatorError(
        `the copy is not whole: ${JSON.stringify(copied)} instead of ${JSON.stringify(counts)}`,
      );
    }
    flush(partial);
    renameSync(partial, copy);
    flush(dirname(copy));
    return counts;
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(`cannot back up to ${copy}: ${errorMessage(error)}`, { cause: error });
  } finally {
    source.close();
    removeDatabase(partial);
  }
}

/**
 * Opens a copy, with what is in its log.
 *
 * @param name what errors call it.
 * @throws {OperatorError} when it is no order database, or damaged.
 */
export function checkCopy(path: string, name = path): DatabaseCounts {
  const database = new DatabaseSync(path);
  try {
    // Without a log beside it: the copy is one file.
    database.exec('PRAGMA journal_mode = DELETE');
    // One of an earlier schema is brought up to date when it is used.
    isCurrent(database, name);
    const [damage] = integrityProblems(database);
    if (damage !== undefined) throw new OperatorError(`${name} is damaged: ${damage}`);
    return countsOf(database);
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(`${name} is no order database, or damaged: ${errorMessage(error)}`, {
      cause: error,
    });
  } finally {
    database.close();
  }
}

/** Of a database of any schema. */
export function countsOf(database: DatabaseSync): DatabaseCounts {
  const count = (table: string) =>
    database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'] as number;
  const countIfThere = (table: string) =>
    database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table) === undefined
      ? 0
      : count(table);
  return {
    accounts: count('account'),
    orders: count('"order"'),
    certificates: count('certificate'),
    changes: countIfThere('change'),
    secrets: countIfThere('secret'),
  };
}
