/**
 * Defaults of a session that an operator may have set otherwise for a role, a database or the server, and that the SQL
 * here relies on. A connection of our own pins them as it starts, which wins over all of these; through a pooler, which
 * takes no settings of a session, they are checked. What is not named here (time zone, date style, null comparisons, …)
 * the SQL does not depend on; the client encoding is the driver's, and `search_path` says by intention where the tables
 * are.
 */

import { OperatorError } from '../../operator-error.ts';
import type { StoreMode } from '../store.ts';
import type { Connection } from './connection-pool.ts';

/** By name, as `SHOW` prints them. */
const PINNED = {
  // At a stricter level concurrent writes fail instead of waiting for one another.
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  // How long anything may take is limited here, by what it is; a migration may take hours.
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  standard_conforming_strings: 'on',
  // Less would round times in milliseconds.
  extra_float_digits: '1',
} as const;

function defaultsFor(mode: StoreMode): Readonly<Record<string, string>> {
  return { ...PINNED, default_transaction_read_only: mode === 'read' ? 'on' : 'off' };
}

/** The settings as a connection starts with them: `-c name=value …`. */
export function startupOptions(mode: StoreMode): string {
  return Object.entries(defaultsFor(mode))
    .map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`)
    .join(' ');
}

/**
 * @param isPinned whether connections start with {@link startupOptions}.
 * @throws {OperatorError} for a database in which some texts cannot be stored, and for defaults that cannot be pinned
 * and are others.
 */
export async function checkDatabase(database: Connection, mode: StoreMode, isPinned: boolean): Promise<void> {
  const [row] = await database.run(
    'SELECT pg_encoding_to_char(encoding) AS encoding, datname AS name FROM pg_database WHERE datname = current_database()',
  );
  if (row?.['encoding'] !== 'UTF8') {
    throw new OperatorError(
      `the database '${row?.['name']}' has the encoding ${row?.['encoding']}, which does not hold every text; make one with ` +
        `CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and copy what is in this one with pg_dump and pg_restore`,
    );
  }
  if (isPinned) return;
  const wanted = defaultsFor(mode);
  // Reading needs no permission to write, and does not get it either way.
  const names = Object.keys(wanted).filter(
    (name) => mode === 'write' || name !== 'default_transaction_read_only',
  );
  const settings = await database.run(
    `SELECT name, current_setting(name) AS value, current_user AS role FROM pg_settings WHERE name IN (${names.map((name) => `'${name}'`).join(', ')})`,
  );
  const wrong = settings.filter(({ name, value }) => value !== wanted[name as string]);
  if (wrong.length === 0) return;
  const [{ role } = {}] = wrong;
  throw new OperatorError(
    `through a pooler the settings of a session cannot be changed, and these are not what the service needs: ` +
      `${wrong.map(({ name, value }) => `${name} is '${value}'`).join(', ')}; set them with ` +
      `${wrong.map(({ name }) => `ALTER ROLE "${role}" SET ${name} = '${wanted[name as string]}'`).join('; ')}, and reconnect the pooler`,
  );
}
