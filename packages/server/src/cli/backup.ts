/** `backup` and `restore`: a whole order database as one file. */

import { resolve } from 'node:path';
import { print } from '@cert-order-status/client/cli';
import { count } from '@cert-order-status/protocol';
import { Command } from 'commander';
import { verifySecrets } from '../maintenance/verify-secrets.ts';
import { WrongUsage } from '../operator-error.ts';
import type { KeyRing } from '../secrets/key-ring.ts';
import { isSqlite, openStore, sqlitePath } from '../store/open-store.ts';
import type { DatabaseCounts } from '../store/sqlite/backup.ts';
import { databaseOf } from './database-option.ts';
import { Progress } from './progress.ts';
import { addSecretKeyOption, keyRingOf } from './secret-key-option.ts';

const BACKUP_DETAILS = `
The copy is a consistent state of the database, even during writes. It is opened,
checked and counted before it appears under its name. It contains everything:
orders, history, accounts, tokens (as digests), secrets (encrypted). The key of the
secrets is not in it: keep a copy of the key elsewhere (secret-key --help). Keep the
backup where only you can read it.
For PostgreSQL use pg_dump: see docs/operating.md.`;

const RESTORE_DETAILS = `
Stop the service first. The backup is checked before anything is changed, and the
restored database is opened and counted afterwards. With --replace, an existing
database, even a damaged one, is renamed first. Of a symbolic link, the target is
replaced. All browser sessions end. Passwords, tokens and orders are as they were
when the backup was made. Secrets need the key of that time, which is not in a backup.`;

/** Makes `backup`. */
export function backupCommand(): Command {
  const command = new Command('backup')
    .description('copy an order database in SQLite to a file; the service may run meanwhile')
    .argument('<FILE>', 'the new file; it must not exist yet')
    .addHelpText('after', BACKUP_DETAILS)
    .action(async (file: string, _options: unknown, self: Command) => {
      const path = pathOf(databaseOf(self), 'pg_dump backs up a PostgreSQL database; see docs/operating.md');
      const { backupDatabase: backup } = await import('../store/sqlite/backup.ts');
      const progress = new Progress();
      const counts = await backup(path, file, (fraction) =>
        progress.update('copying', () => ({ fraction, text: '' })),
      );
      progress.clear();
      print(`${file} holds ${shown(counts)}`);
      if (counts.secrets > 0) {
        print(
          `the key of ${count(counts.secrets, 'secret')} is not in it, but in ${keyRingOf(self).place}: keep a copy of that elsewhere`,
        );
      }
    });
  return addSecretKeyOption(command);
}

/** Makes `restore`. */
export function restoreCommand(): Command {
  const command = new Command('restore')
    .description('replace an order database in SQLite by a backup')
    .argument('<FILE>', 'what backup made')
    .option('--replace', 'move the database that is there aside')
    .addHelpText('after', RESTORE_DETAILS)
    .action(async (file: string, { replace }: { replace?: true }, self: Command) => {
      const database = databaseOf(self);
      const path = pathOf(database, 'pg_restore restores a PostgreSQL database; see docs/operating.md');
      const { restoreDatabase: restore } = await import('../store/sqlite/restore.ts');
      const { counts, path: target, aside, hadLog, owner } = restore(file, path, replace === true);
      for (const [index, name] of aside.entries()) {
        print(
          index === 0
            ? `the database that was there is now ${name}`
            : `and what belonged to it is now ${name}`,
        );
      }
      if (hadLog) print(`what was in the write-ahead log beside ${file} is in it, too`);
      print(`${path} holds ${shown(counts)}`);
      if (target !== resolve(path)) print(`the file is ${target}, where the link leads`);
      if (owner !== undefined) print(`it belongs to user ${owner.uid}, group ${owner.gid}`);
      if (counts.secrets > 0) await tellOfKeys(database, keyRingOf(self));
      print('earlier cursors of /v1/changes now get 410: clients that follow the feed read all orders again');
    });
  return addSecretKeyOption(command);
}

/** The key is not in a backup, and may be another one by now. */
async function tellOfKeys(database: string, keys: KeyRing): Promise<void> {
  const store = await openStore(database, 'read');
  try {
    const unreadable = new Set<string>();
    const { secrets, isDecrypted } = await verifySecrets(store, keys, (problem) => unreadable.add(problem));
    const subject = count(secrets, 'secret');
    if (!isDecrypted)
      print(`the key of ${subject} is not in the backup, and ${keys.missingReason}: put it there`);
    else if (unreadable.size === 0) print(`the key of ${subject} is in ${keys.place}`);
    else {
      print(
        `${unreadable.size} of ${subject} cannot be decrypted with ${keys.place}: put the key of before there`,
      );
    }
  } finally {
    await store.close();
  }
}

function pathOf(database: string, otherwise: string): string {
  if (!isSqlite(database)) throw new WrongUsage([otherwise]);
  return sqlitePath(database);
}

function shown({ accounts, orders, certificates, changes }: DatabaseCounts): string {
  return [
    count(orders, 'order'),
    count(certificates, 'certificate'),
    count(changes, 'change'),
    count(accounts, 'account'),
  ].join(', ');
}
