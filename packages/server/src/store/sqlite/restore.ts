/** Replaces a database by a backup. */

import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { flush } from '../../flush.ts';
import { errorMessage, OperatorError } from '../../operator-error.ts';
import { checkCopy, countsOf, type DatabaseCounts } from './backup.ts';
import { realDatabasePath, removeDatabase, sideFilesOf } from './database-files.ts';
import { isSqliteFailure } from './error-advice.ts';
import { renewEpoch } from './history.ts';
import { openToRead, openToWrite } from './open-store.ts';
import { isBusy } from './transaction.ts';

/** For the owner only, as the file holds password hashes. */
const OWNER_ONLY = 0o600;

/** What `restore` has done. */
export interface Restored {
  readonly counts: DatabaseCounts;
  /** Where the data are: elsewhere than asked for when that was a symbolic link. */
  readonly path: string;
  /** Where what was there before is now, if there was anything. */
  readonly aside: readonly string[];
  /** Whether the backup had a write-ahead log beside it, which was taken in. */
  readonly hadLog: boolean;
  /** Of the new file, when it was given to another user than the one that runs the command. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Replaces the database by a copy: checked first, brought up to date, with no sessions and a new epoch of change
 * cursors. At every moment the path holds the old database or the new one, whole.
 *
 * @param isReplacing whether a database that is there goes aside, instead of being in the way.
 * @throws {OperatorError} when the copy is damaged, or a database is in the way or in use; nothing has changed then.
 */
export function restoreDatabase(copy: string, path: string, isReplacing: boolean): Restored {
  const target = realDatabasePath(path);
  checkPlaces(copy, path, target, isReplacing);
  const partial = `${target}.partial-${process.pid}`;
  try {
    const hadLog = copyWithLog(copy, partial);
    checkCopy(partial, copy);
    prepare(partial);
    const counts = checkCopy(partial, copy);
    const isThere = existsSync(target);
    const base = `${target}.before-${new Date().toISOString().replace(/[:.]/g, '')}`;
    const isWhole = isThere && takeLogIn(target, base);
    const owner = handOver(partial, target, isThere);
    flush(partial);
    const aside = moveAside(target, base, isThere, isWhole);
    renameSync(partial, target);
    flush(dirname(target));
    verify(path, counts);
    return { counts, path: target, aside, hadLog, owner };
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(`cannot restore ${path}: ${errorMessage(error)}`, { cause: error });
  } finally {
    removeDatabase(partial);
  }
}

function checkPlaces(copy: string, path: string, target: string, isReplacing: boolean): void {
  if (!existsSync(copy)) throw new OperatorError(`there is no backup at ${copy}`);
  if (!statSync(copy).isFile()) throw new OperatorError(`${copy} is not a file`);
  const folder = dirname(target);
  if (!existsSync(folder)) throw new OperatorError(`the folder ${folder} does not exist`);
  if (!existsSync(target)) return;
  if (!statSync(target).isFile()) throw new OperatorError(`${path} is not a file`);
  if (realpathSync(copy) === target)
    throw new OperatorError(`${copy} is the database itself; name its backup`);
  if (!isReplacing) {
    throw new OperatorError(`there is an order database at ${path} already; --replace moves it aside`);
  }
}

/**
 * Takes the log of the database that is there into its file. That is only possible when no other process has it open.
 *
 * @returns false when it is too damaged for that.
 */
function takeLogIn(path: string, base: string): boolean {
  // SQLite removes the log of a file that it cannot read; it may be of use to someone who can.
  const kept = sideFilesOf(path).filter((end) => isLinked(path + end, base + end));
  let isDamaged = false;
  try {
    const database = new DatabaseSync(path, { timeout: 0 });
    try {
      database.exec('PRAGMA journal_mode = DELETE');
      // What has no log does not show so that it is in use.
      database.exec('BEGIN EXCLUSIVE; COMMIT');
      return true;
    } finally {
      // With it go the locks of this process.
      database.close();
    }
  } catch (error) {
    if (!isSqliteFailure(error)) throw error;
    isDamaged = !isBusy(error) && !isLocked(path);
    if (isDamaged) return false;
    throw new OperatorError(`${path} is in use; stop the service first`, { cause: error });
  } finally {
    if (!isDamaged) for (const end of kept) rmSync(base + end);
  }
}

/**
 * Whether any process holds a lock on the file, as each that has a database open does. SQLite cannot say so of a
 * damaged one.
 */
function isLocked(path: string): boolean {
  let locks: string;
  try {
    locks = readFileSync('/proc/locks', 'utf8');
  } catch {
    return false; // Only Linux has the list.
  }
  const { dev, ino } = statSync(path, { bigint: true });
  const hex = (number: bigint) => number.toString(16).padStart(2, '0');
  // As Linux puts both numbers of a device into one.
  const major = (dev >> 8n) & 0xfffn;
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xfff00n);
  return locks.includes(` ${hex(major)}:${hex(minor)}:${ino} `);
}

/** The copy's side files go with it: what is committed may be in the log alone. The copy itself stays untouched. */
function copyWithLog(copy: string, partial: string): boolean {
  const ends = ['', ...sideFilesOf(copy).filter((end) => end !== '-shm')];
  const stateOf = () =>
    ends.map((end) => JSON.stringify(statSync(copy + end, { throwIfNoEntry: false }))).join();
  const before = stateOf();
  for (const end of ends) {
    closeSync(openSync(partial + end, 'wx', OWNER_ONLY));
    copyFileSync(copy + end, partial + end);
    chmodSync(partial + end, OWNER_ONLY);
  }
  const after = stateOf();
  if (withoutAccess(after) !== withoutAccess(before)) {
    throw new OperatorError(
      `${copy} is being written to; make a backup of it with 'cert-order-status backup'`,
    );
  }
  return ends.length > 1;
}

/** Reading a file changes when it was last read, and nothing else. */
function withoutAccess(states: string): string {
  return states.replace(/"atime(Ms)?":[^,}]*,?/g, '');
}

/** Brings the schema up to date, ends the sessions that had ended since the backup, and renews the epoch of cursors. */
function prepare(partial: string): void {
  const database = openToWrite(partial, () => {});
  try {
    database.exec('DELETE FROM session');
    renewEpoch(database);
    database.exec('PRAGMA journal_mode = DELETE');
  } finally {
    database.close();
  }
}

/**
 * Gives the new file to whom the old one belongs, or the folder when there was none: only root can, and only root has
 * to.
 */
function handOver(partial: string, target: string, isThere: boolean): Restored['owner'] {
  const { uid, gid, mode } = statSync(isThere ? target : dirname(target));
  if (isThere) chmodSync(partial, mode & 0o777);
  if (process.getuid?.() !== 0 || uid === 0) return undefined;
  chownSync(partial, uid, gid);
  return { uid, gid };
}

/** Moves what is there aside. A whole database stays under its name until the new one takes it. */
function moveAside(target: string, base: string, isThere: boolean, isWhole: boolean): string[] {
  // Not before they are gone may another file have the name that they belong to.
  for (const end of sideFilesOf(target)) renameSync(target + end, base + end);
  if (isThere && !(isWhole && isLinked(target, base))) renameSync(target, base);
  flush(dirname(target));
  return [...(isThere ? [base] : []), ...sideFilesOf(base).map((end) => base + end)];
}

/** Some file systems have no hard links. */
function isLinked(target: string, name: string): boolean {
  try {
    linkSync(target, name);
    return true;
  } catch {
    return false;
  }
}

/** As the service will open it. */
function verify(path: string, counts: DatabaseCounts): void {
  const database = openToRead(path);
  try {
    const found = countsOf(database);
    if (JSON.stringify(found) === JSON.stringify(counts)) return;
    throw new OperatorError(
      `what was restored is not whole: ${JSON.stringify(found)} instead of ${JSON.stringify(counts)}`,
    );
  } finally {
    database.close();
  }
}
