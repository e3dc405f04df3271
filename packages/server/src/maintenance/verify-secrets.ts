/** Whether the secrets of an order database can be decrypted. */

import type { KeyRing } from '../secrets/key-ring.ts';
import { Secrets } from '../secrets/secrets.ts';
import type { Store } from '../store/store.ts';

/** What was looked at. */
interface VerifiedSecrets {
  readonly secrets: number;
  /** False when there is no key here to decrypt them with. */
  readonly isDecrypted: boolean;
}

/**
 * Decrypts every secret.
 *
 * @param onProblem is told of each that cannot be, although there is a key.
 */
export async function verifySecrets(
  { secretRows }: Store,
  keys: KeyRing,
  onProblem: (problem: string) => void,
): Promise<VerifiedSecrets> {
  const uses = await secretRows.keyUses();
  const secrets = uses.reduce((total, use) => total + use.secrets, 0);
  if (secrets === 0 || keys.isMissing()) return { secrets, isDecrypted: secrets === 0 };
  const checked = await new Secrets(secretRows, keys).check(({ identity, reason }) =>
    onProblem(`secret of ${identity.purpose} ${identity.owner}: ${reason}`),
  );
  return { secrets: checked, isDecrypted: true };
}
