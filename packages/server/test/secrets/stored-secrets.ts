/** Secrets in a database of a test's own, with their keys in a file. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { KeyRing } from '../../src/secrets/key-ring.ts';
import type { SecretIdentity } from '../../src/secrets/secret-rows.ts';
import { Secrets } from '../../src/secrets/secrets.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { emptyDatabase } from '../store/databases.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** An open database, and where the keys of its secrets are. */
export interface StoredSecrets {
  readonly database: string;
  readonly keyFile: string;
  readonly store: Store;
  /** As another process has them. */
  open(): { readonly keys: KeyRing; readonly secrets: Secrets };
}

/** Opens an empty database; its key file is made with the first secret. */
export async function storedSecrets(t: TestContext): Promise<StoredSecrets> {
  const folder = temporaryFolder(t);
  const database = await emptyDatabase(t);
  const keyFile = database.startsWith('sqlite:')
    ? `${database.slice('sqlite:'.length)}.secret-key`
    : join(folder, 'secret.key');
  const store = await openStore(database, 'write');
  t.after(() => store.close());
  return {
    database,
    keyFile,
    store,
    open() {
      const keys = new KeyRing({ kind: 'file', path: keyFile, isMade: true });
      return { keys, secrets: new Secrets(store.secretRows, keys) };
    },
  };
}

/** `--secret-key-file` for the commands, where its default is another one. */
export function keyOptions({ database, keyFile }: StoredSecrets): readonly string[] {
  const isDefault = database.startsWith('sqlite:') || !existsSync(keyFile);
  return ['--database', database, ...(isDefault ? [] : ['--secret-key-file', keyFile])];
}

export function webhook(owner: string): SecretIdentity {
  return { purpose: 'webhook', owner };
}
