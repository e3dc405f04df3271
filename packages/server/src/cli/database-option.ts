/** `--database` for the commands that work on an order database themselves. */

import { printError } from '@cert-order-status/client/cli';
import type { Command } from 'commander';
import { WrongUsage } from '../operator-error.ts';
import { openStore, shownDatabase } from '../store/open-store.ts';
import type { Store, StoreMode } from '../store/store.ts';
import { addSettings, settingsOf } from './setting-options.ts';

const KEYS = ['database'] as const;

/** Adds the option. */
export function addDatabaseOption(command: Command): Command {
  return addSettings(command, KEYS);
}

/** The message of a command that needs a database and was given none. */
export const DATABASE_MISSING =
  '--database is missing: say where the order database is, for example --database sqlite:orders.db';

/** The `--database` value that a command was given. */
export function databaseOf(command: Command): string {
  const { database } = settingsOf(command, KEYS);
  if (database === undefined) throw new WrongUsage([DATABASE_MISSING]);
  return database;
}

/** Opens the order database that a command was given, does the work, and closes it, however the work ends. */
export async function withStore<Result>(
  command: Command,
  mode: StoreMode,
  work: (store: Store) => Promise<Result>,
): Promise<Result> {
  const database = databaseOf(command);
  const store = await openStore(database, mode, () => {
    printError(`cert-order-status: made a new, empty order database at ${shownDatabase(database)}`);
  });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
