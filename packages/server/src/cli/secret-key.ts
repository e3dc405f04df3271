/** `secret-key …`: the keys of the secrets in an order database. */

import { jsonLine, print, printError, table } from '@cert-order-status/client/cli';
import { Command } from 'commander';
import type { KeyRing } from '../secrets/key-ring.ts';
import { newSecretKey } from '../secrets/secret-key.ts';
import type { SecretRows } from '../secrets/secret-rows.ts';
import { withStore } from './database-option.ts';
import { addSecretKeyOption, keyRingOf } from './secret-key-option.ts';
import { retireCommand, rotateCommand } from './secret-key-rotate.ts';

const DETAILS = `
Secrets that the service must read again, such as those that sign webhooks and the
passwords of other services, are encrypted in the database. Their key is not in the
database: it is in the file that --secret-key-file names, one key a line, the newest
first, or in CERT_ORDER_STATUS_SECRET_KEY. With SQLite it is otherwise in a file beside
the database, orders.db.secret-key, which is made with the first secret. Keep a copy of
the key apart from backups: neither is of use without the other. See docs/operating.md.`;

/** Makes the command. */
export function secretKeyCommand(): Command {
  return new Command('secret-key')
    .description('show, make and rotate the keys that encrypt the secrets in an order database')
    .addHelpText('after', DETAILS)
    .addCommand(showCommand())
    .addCommand(rotateCommand())
    .addCommand(addCommand())
    .addCommand(retireCommand())
    .addCommand(generateCommand());
}

function generateCommand(): Command {
  return new Command('generate')
    .description('print a new key, for an environment or a file')
    .action(() => print(newSecretKey()));
}

function addCommand(): Command {
  const command = new Command('add')
    .description(
      'put a new key in front of the key file, or make the file; no secret is encrypted with it yet',
    )
    .addHelpText(
      'after',
      "\nThe next 'secret-key rotate' encrypts all secrets with it. Services that run read the file\nagain when they need the key.",
    )
    .action(async (_options: unknown, self: Command) => {
      const keys = keyRingOf(self);
      const keyID = await keys.add();
      print(`the key ${keyID} is in ${keys.place} now: keep a copy of the file, apart from backups`);
    });
  return addSecretKeyOption(command);
}

/** A key, whether or not this machine has it. */
interface ShownKey {
  readonly keyID: string;
  /** `missing`: secrets need it, and it is not here. */
  readonly use: 'encrypts' | 'next' | 'decrypts' | 'missing';
  readonly secrets: number;
}

function showCommand(): Command {
  const command = new Command('show')
    .description('list the keys by their IDs, and how many secrets need each; never prints a key')
    .addHelpText(
      'after',
      '\nencrypts: secrets are encrypted with it. next: so they are after the next rotation.\ndecrypts: an earlier one. missing: secrets need it, and it is not here.',
    )
    .option('--json', 'one JSON object a line')
    .action(async ({ json }: { json?: true }, self: Command) => {
      const keys = keyRingOf(self);
      const shown = await withStore(self, 'read', ({ secretRows }) => shownKeys(secretRows, keys));
      if (keys.warning !== undefined) printError(`warning: ${keys.warning}`);
      if (json) for (const key of shown) print(jsonLine(key));
      else {
        print(`keys in ${keys.place}`);
        const rows = shown.map(({ keyID, use, secrets }) => [keyID, use, String(secrets)]);
        print(table([['KEY', 'USE', 'SECRETS'], ...rows]));
      }
    });
  return addSecretKeyOption(command);
}

async function shownKeys(rows: SecretRows, keys: KeyRing): Promise<readonly ShownKey[]> {
  const current = await rows.currentKeyID();
  const uses = new Map((await rows.keyUses()).map(({ keyID, secrets }) => [keyID, secrets]));
  if (uses.size === 0 && keys.isMissing()) return [];
  const here = keys.isMissing() ? [] : keys.all().map(({ id }) => id);
  const place = current === undefined ? 0 : here.indexOf(current);
  const shown = here.map((keyID, index): ShownKey => {
    const use = index === place ? 'encrypts' : index === 0 ? 'next' : 'decrypts';
    return { keyID, use, secrets: uses.get(keyID) ?? 0 };
  });
  const needed = new Set([...(current === undefined ? [] : [current]), ...uses.keys()]);
  const missing = [...needed].filter((keyID) => !here.includes(keyID));
  return [
    ...shown,
    ...missing.map((keyID): ShownKey => ({ keyID, use: 'missing', secrets: uses.get(keyID) ?? 0 })),
  ];
}
