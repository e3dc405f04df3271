/**
 * The files that a SQLite database consists of. The main file is useless without its side files, and these are worse
 * than useless beside another main file: SQLite would apply them to it.
 */

import { existsSync, lstatSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** What SQLite puts behind the main file's name: the write-ahead log, its index, and the rollback journal. */
const SIDE_FILES = ['-wal', '-shm', '-journal'] as const;
/** How many links lead to a file at most; more are a circle. */
const LINKS_LIMIT = 40;

/** The side files that are there, by their ends. */
export function sideFilesOf(path: string): readonly (typeof SIDE_FILES)[number][] {
  return SIDE_FILES.filter((end) => existsSync(path + end));
}

/** Removes a database and the files beside it. */
export function removeDatabase(path: string): void {
  for (const end of ['', ...SIDE_FILES]) rmSync(path + end, { force: true });
}

/** Where a path leads, through symbolic links, whether or not there is a file: SQLite has its side files there. */
export function realDatabasePath(path: string): string {
  let target = resolve(path);
  for (let links = 0; links < LINKS_LIMIT; links++) {
    if (existsSync(target)) return realpathSync(target);
    if (lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return target;
    target = resolve(dirname(target), readlinkSync(target));
  }
  return target;
}
