/** `--secret-key-file` for the commands that need the keys of secrets. */

import type { Command } from 'commander';
import { KeyRing, type KeySource, SECRET_KEY_VARIABLE } from '../secrets/key-ring.ts';
import { isSqlite, sqlitePath } from '../store/open-store.ts';
import { realDatabasePath } from '../store/sqlite/database-files.ts';
import { databaseOf } from './database-option.ts';
import { addSettings, settingsOf } from './setting-options.ts';

const KEYS = ['database', 'secretKeyFile'] as const;

/** What SQLite's key file is called: the database's name with this behind it. */
const OWN_FILE_END = '.secret-key';

/** Adds `--database` and `--secret-key-file`. */
export function addSecretKeyOption(command: Command): Command {
  return addSettings(command, KEYS);
}

/** The keys that a command was given. They are not read yet. */
export function keyRingOf(command: Command): KeyRing {
  const { database, secretKeyFile } = settingsOf(command, KEYS);
  // Only the default depends on the database.
  return new KeyRing(
    keySourceOf(secretKeyFile === undefined ? databaseOf(command) : (database ?? ''), secretKeyFile),
  );
}

/** Where the keys of a database are. What is wrong with that shows when a key is needed. */
export function keySourceOf(database: string, file: string | undefined): KeySource {
  const isInEnvironment = (process.env[SECRET_KEY_VARIABLE] ?? '') !== '';
  if (isInEnvironment && file !== undefined) {
    const reason = `--secret-key-file and ${SECRET_KEY_VARIABLE} exclude each other: leave one out`;
    return { kind: 'none', reason };
  }
  if (isInEnvironment) return { kind: 'environment' };
  if (file !== undefined) return { kind: 'file', path: file, isMade: false };
  if (isSqlite(database)) {
    const path = `${realDatabasePath(sqlitePath(database))}${OWN_FILE_END}`;
    return { kind: 'file', path, isMade: true };
  }
  return {
    kind: 'none',
    reason: `there is no key for the secrets in the database: give --secret-key-file, which 'cert-order-status secret-key add' makes, or ${SECRET_KEY_VARIABLE}`,
  };
}
