/** `secret-key rotate` and `retire`: another key for the secrets, and the end of those before. */

import { print } from '@cert-order-status/client/cli';
import { count } from '@cert-order-status/protocol';
import { Command } from 'commander';
import { OperatorError } from '../operator-error.ts';
import type { KeyRing } from '../secrets/key-ring.ts';
import type { SecretRows } from '../secrets/secret-rows.ts';
import { Secrets } from '../secrets/secrets.ts';
import { isSqlite } from '../store/open-store.ts';
import { databaseOf, withStore } from './database-option.ts';
import { Progress } from './progress.ts';
import { addSecretKeyOption, keyRingOf } from './secret-key-option.ts';

const ROTATE_DETAILS = `
The service may run meanwhile. With SQLite the command makes the new key itself. On
PostgreSQL, and with keys in the environment, each node must have the new key before
it is used: the first run puts it into the file and says what to do, the second run
encrypts the secrets with it. Earlier keys stay in the file, for backups of before;
'secret-key retire' removes them. A rotation that was interrupted goes on when the
command is run again.`;

const ABANDON = 'abandon-unreadable';

/** Makes `rotate`. */
export function rotateCommand(): Command {
  const command = new Command('rotate')
    .description('encrypt all secrets with a new key')
    .option(`--${ABANDON}`, 'go on although secrets were encrypted with a key that is lost')
    .addHelpText('after', ROTATE_DETAILS)
    .action(async ({ abandonUnreadable }: { abandonUnreadable?: true }, self: Command) => {
      const keys = keyRingOf(self);
      const isShared = !isSqlite(databaseOf(self));
      await withStore(self, 'write', async ({ secretRows }) => {
        if (!(await hasNext(secretRows, keys, isShared, abandonUnreadable === true))) return;
        await reencrypt(secretRows, keys);
      });
    });
  return addSecretKeyOption(command);
}

/** Whether the newest key can be used now; otherwise says what there is to do. Makes one where it can. */
async function hasNext(
  rows: SecretRows,
  keys: KeyRing,
  isShared: boolean,
  mayAbandon: boolean,
): Promise<boolean> {
  const current = await rows.currentKeyID();
  if (current === undefined) {
    print("there are no secrets to encrypt; 'secret-key add' makes a new key for those to come");
    return false;
  }
  const uses = await rows.keyUses();
  const here = keys.all().map(({ id }) => id);
  // What a lost key has encrypted stays as it is, and is no rotation that was interrupted.
  const isInterrupted = uses.some(({ keyID }) => keyID !== current && here.includes(keyID));
  if (!here.includes(current) && !mayAbandon) {
    throw new OperatorError(
      `the secrets are encrypted with the key ${current}, which is not in ${keys.place}: put it there, or, if it is lost, give --${ABANDON}`,
    );
  }
  if (here[0] !== current || isInterrupted) return true;
  if (keys.source.kind === 'environment') {
    throw new OperatorError(
      `there is no new key in ${keys.place}: put what 'cert-order-status secret-key generate' prints in front of it, with a space between, on every node; restart the nodes, and run this again`,
    );
  }
  const added = await keys.add();
  if (!isShared) return true;
  print(`the key ${added} is in ${keys.place} now, and encrypts nothing yet`);
  print('copy that file to every other node; keep a copy of it, too; then run this command again');
  return false;
}

async function reencrypt(rows: SecretRows, keys: KeyRing): Promise<void> {
  const [newest] = keys.all();
  if (newest === undefined) return;
  const progress = new Progress();
  const { reencrypted, unreadable } = await new Secrets(rows, keys).reencrypt(newest.id, (secrets) =>
    progress.update('encrypting', () => ({ fraction: undefined, text: count(secrets, 'secret') })),
  );
  progress.clear();
  print(
    `${count(reencrypted, 'secret was', 'secrets were')} encrypted with the key ${newest.id}, which is in ${keys.place}`,
  );
  print("keep a copy of it; earlier keys stay for backups of before, until 'secret-key retire'");
  if (unreadable > 0) {
    throw new OperatorError(
      `${count(unreadable, 'secret')} could not be decrypted, and ${unreadable === 1 ? 'stays' : 'stay'} as before: 'cert-order-status verify' lists them`,
    );
  }
}

const RETIRE_DETAILS = `
Run it once you would restore no backup of before the rotation any more: secrets in such
a backup need the earlier key. If a key was disclosed, run it after the rotation at
once.`;

/** Makes `retire`. */
export function retireCommand(): Command {
  const command = new Command('retire')
    .description('remove the earlier keys, which no secret needs any more, from the key file')
    .addHelpText('after', RETIRE_DETAILS)
    .action(async (_options: unknown, self: Command) => {
      const keys = keyRingOf(self);
      const unneeded = await withStore(self, 'read', ({ secretRows }) => unneededKeys(secretRows, keys));
      if (unneeded.length === 0) {
        print(`every key in ${keys.place} is needed`);
        return;
      }
      const listed = unneeded.join(', ');
      if (keys.source.kind === 'environment') {
        throw new OperatorError(
          `no secret needs ${unneeded.length === 1 ? 'the key' : 'the keys'} ${listed}: leave ${keys.place} only the first ${count(keys.all().length - unneeded.length, 'key')} on every node`,
        );
      }
      await keys.drop(new Set(unneeded));
      print(`${listed} ${unneeded.length === 1 ? 'is' : 'are'} no longer in ${keys.place}`);
    });
  return addSecretKeyOption(command);
}

/** Those behind the one that encrypts that no secret needs. */
async function unneededKeys(rows: SecretRows, keys: KeyRing): Promise<readonly string[]> {
  const all = keys.all().map(({ id }) => id);
  const current = (await rows.currentKeyID()) ?? all[0] ?? '';
  if (!all.includes(current)) {
    throw new OperatorError(
      `the secrets are encrypted with the key ${current}, which is not in ${keys.place}: nothing was removed`,
    );
  }
  const needed = new Set((await rows.keyUses()).map(({ keyID }) => keyID));
  return all.slice(all.indexOf(current) + 1).filter((keyID) => !needed.has(keyID));
}
