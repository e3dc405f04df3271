/** Copies of a whole order book: made while it is in use, and put in its place. */

import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { OperatorError } from '../../operator-error.ts';
import { damageOf } from './damage.ts';
import { isCurrent } from './migrations.ts';

/** How many pages are copied between two looks at the progress. */
const PAGES_AT_ONCE = 2000;

/** What a copy holds. */
export interface BookCounts {
  readonly accounts: number;
  readonly orders: number;
  readonly certificates: number;
  readonly changes: number;
}

/**
 * Copies the book as it is at this moment, whoever uses it meanwhile, opens the copy and looks whether it is whole. It appears
 * under its name only then.
 *
 * @throws {OperatorError} when there is no book, or there is something under the copy's name already.
 */
export async function backupBook(
  path: string,
  copy: string,
  onProgress: (fraction: number) => void,
): Promise<BookCounts> {
  if (!existsSync(path)) throw new OperatorError(`there is no order book at ${path}`);
  if (existsSync(copy)) throw new OperatorError(`${copy} exists already; a backup overwrites nothing`);
  const partial = `${copy}.partial-${process.pid}`;
  const source = new DatabaseSync(path, { readOnly: true });
  try {
    // For its owner only, from the first byte on: it holds password hashes.
    closeSync(openSync(partial, 'wx', 0o600));
    // One state of the book for as long as it takes: what is written meanwhile would begin the copy anew.
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
    throw new OperatorError(`cannot back up to ${copy}: ${(error as Error).message}`, { cause: error });
  } finally {
    source.close();
    removeDatabase(partial);
  }
}

/**
 * Puts a copy in the place of the book.
 *
 * @param isReplacing whether a book that is there goes aside, instead of being in the way.
 * @returns what the copy holds, and where the book that was there is now.
 * @throws {OperatorError} when the copy is damaged, or a book is in the way or in use; nothing has changed then.
 */
export function restoreBook(
  copy: string,
  path: string,
  isReplacing: boolean,
): { readonly counts: BookCounts; readonly aside?: string } {
  if (!existsSync(copy)) throw new OperatorError(`there is no backup at ${copy}`);
  if (!existsSync(dirname(path))) throw new OperatorError(`the folder ${dirname(path)} does not exist`);
  const isThere = existsSync(path);
  if (isThere && !isReplacing) {
    throw new OperatorError(`there is an order book at ${path} already; --replace moves it aside`);
  }
  const partial = `${path}.partial-${process.pid}`;
  try {
    copyFileSync(copy, partial);
    chmodSync(partial, 0o600);
    const counts = checkCopy(partial);
    endSessions(partial);
    flush(partial);
    let aside: string | undefined;
    if (isThere) {
      makeSingleFile(path);
      aside = join(
        dirname(path),
        `${basename(path)}.before-${new Date().toISOString().replace(/[:.]/g, '')}`,
      );
      renameSync(path, aside);
    }
    renameSync(partial, path);
    flush(dirname(path));
    return { counts, ...(aside !== undefined && { aside }) };
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(`cannot restore ${path}: ${(error as Error).message}`, { cause: error });
  } finally {
    removeDatabase(partial);
  }
}

/** @throws {OperatorError} when it is no order book, or damaged. */
function checkCopy(path: string): BookCounts {
  const database = new DatabaseSync(path);
  try {
    // Without a log beside it: the copy is one file.
    database.exec('PRAGMA journal_mode = DELETE');
    // One of an earlier schema is brought up to date when it is used.
    isCurrent(database, path);
    const [damage] = damageOf(database);
    if (damage !== undefined) throw new OperatorError(`${path} is damaged: ${damage}`);
    return countsOf(database);
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(`${path} is no order book, or damaged: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    database.close();
  }
}

function countsOf(database: DatabaseSync): BookCounts {
  const count = (table: string) =>
    database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'] as number;
  const hasHistory =
    database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'change'").get() !== undefined;
  return {
    accounts: count('account'),
    orders: count('"order"'),
    certificates: count('certificate'),
    changes: hasHistory ? count('change') : 0,
  };
}

/** Nobody is signed in by a session that had ended since. */
function endSessions(path: string): void {
  const database = new DatabaseSync(path);
  const hasSessions =
    database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'session'").get() !== undefined;
  if (hasSessions) database.exec('DELETE FROM session');
  database.close();
}

/** Takes the log into the file. Only possible when nobody else has the book open. */
function makeSingleFile(path: string): void {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = DELETE');
  } catch (error) {
    throw new OperatorError(`${path} is in use; stop the service first`, { cause: error });
  } finally {
    database.close();
  }
}

function flush(path: string): void {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
}

function removeDatabase(path: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${end}`, { force: true });
}
