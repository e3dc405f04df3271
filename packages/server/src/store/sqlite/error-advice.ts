/** What SQLite's failures mean for the operator, and what to do about them. */

/** Primary result codes: the lowest byte of `errcode`. */
const ERROR = 1;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

const RESTORE = "restore a backup ('cert-order-status restore --help')";

/** Whether it is SQLite that failed. */
export function isSqliteFailure(error: unknown): error is Error & { readonly errcode: number } {
  return (error as NodeJS.ErrnoException)?.code === 'ERR_SQLITE_ERROR';
}

/** Whether the file or its disk failed, and not the statement. */
export function isOutOfOrder(error: unknown): error is Error & { readonly errcode: number } {
  return adviceOn(error) !== '';
}

/** What to do when a database cannot be opened. */
export function adviceOnOpening(error: unknown): string {
  // Statements that do not fit the tables: the tables are not what the file says that they are.
  if (isSqliteFailure(error) && (error.errcode & 0xff) === ERROR) {
    return `its tables are not those of its version: it was changed by something else, or put together from parts; ${RESTORE}`;
  }
  return adviceOn(error);
}

/** What to do about any failure; empty when there is nothing special to say. */
export function adviceOn(error: unknown): string {
  switch (isSqliteFailure(error) ? error.errcode & 0xff : undefined) {
    case CORRUPT:
      return `the file is damaged; stop the service, keep a copy, and ${RESTORE}`;
    case NOTADB:
      return `it is no order database, or its beginning is damaged; name another file, or ${RESTORE}`;
    case READONLY:
    case CANTOPEN:
      return 'the service must be able to write to the file and its folder; look at their owner, their permissions, and whether the file system is mounted read-only';
    case FULL:
    case IOERR:
      return 'nothing of the change is in the database; make room on the disk, or look whether it is failing';
    default:
      return '';
  }
}
