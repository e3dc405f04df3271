/** Opens the order database that a `--database` value names. */

import { OperatorError } from '../operator-error.ts';
import { POSTGRES_EXAMPLE, postgresUrlProblem, withoutPassword } from './postgres/database-url.ts';
import { openSqliteStore } from './sqlite/open-store.ts';
import type { Store, StoreMode } from './store.ts';

const SQLITE = 'sqlite:';
const POSTGRES = /^postgres(ql)?:/;

/** What is wrong with a `--database` value, or undefined. It never repeats the value, which may hold a password. */
export function databaseProblem(database: string): string | undefined {
  if (POSTGRES.test(database)) return postgresUrlProblem(database);
  const path = database.startsWith(SQLITE) ? database.slice(SQLITE.length) : '';
  if (path === '' || path.startsWith(':')) {
    return `must be sqlite:PATH or a postgres:// URL, for example sqlite:orders.db or ${POSTGRES_EXAMPLE}`;
  }
  return undefined;
}

/** Whether a `--database` value names a file of SQLite. */
export function isSqlite(database: string): boolean {
  return database.startsWith(SQLITE);
}

/** That file. */
export function sqlitePath(database: string): string {
  return database.slice(SQLITE.length);
}

/** A `--database` value as it may be shown: without a password. */
export function shownDatabase(database: string): string {
  return POSTGRES.test(database) ? withoutPassword(database) : database;
}

/**
 * Opens the order database and brings its schema up to date. Opened to write, a database that is not there yet is made
 * (`onCreate` is told); opened to read, it must exist.
 *
 * @throws {OperatorError} when it cannot be opened, is no order database, or is newer than this program.
 */
export async function openStore(database: string, mode: StoreMode, onCreate?: () => void): Promise<Store> {
  const problem = databaseProblem(database);
  if (problem !== undefined) throw new OperatorError(`database ${problem}`);
  if (!POSTGRES.test(database)) return openSqliteStore(sqlitePath(database), mode, onCreate);
  // Only loaded by those who use it.
  const { openPostgresStore } = await import('./postgres/open-store.ts');
  return openPostgresStore(database, mode, onCreate);
}
