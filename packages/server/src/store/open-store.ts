/** Opens the order book that a `--database` value names. */

import { OperatorError } from '../operator-error.ts';
import { openSqliteStore } from './sqlite/open-store.ts';
import type { Store, StoreMode } from './store.ts';

const SQLITE = 'sqlite:';

/** What is wrong with a `--database` value, or undefined. */
export function databaseProblem(database: string): string | undefined {
  const path = database.startsWith(SQLITE) ? database.slice(SQLITE.length) : '';
  if (path === '' || path.startsWith(':')) return 'must be sqlite:PATH, for example sqlite:orders.db';
  return undefined;
}

/**
 * Opens the order book and brings its schema up to date. Opened to write, a book that is not there yet is made
 * (`onCreate` is told); opened to read, it must exist.
 *
 * @throws {OperatorError} when it cannot be opened, is no order book, or is newer than this program.
 */
export async function openStore(database: string, mode: StoreMode, onCreate?: () => void): Promise<Store> {
  const problem = databaseProblem(database);
  if (problem !== undefined) throw new OperatorError(`database ${problem}`);
  return openSqliteStore(database.slice(SQLITE.length), mode, onCreate);
}
