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
  { secretRows, upstreams }: Store,
  keys: KeyRing,
  onProblem: (problem: string) => void,
): Promise<VerifiedSecrets> {
  const uses = await secretRows.keyUses();
  const secrets = uses.reduce((total, use) => total + use.secrets, 0);
  if (secrets === 0 || keys.isMissing()) return { secrets, isDecrypted: secrets === 0 };
  // The ID of an upstream is shown nowhere else.
  const names = new Map((await upstreams.list()).map(({ upstreamID, name }) => [upstreamID, name]));
  const checked = await new Secrets(secretRows, keys).check(({ identity, reason }) =>
    onProblem(`secret of ${identity.purpose} ${names.get(identity.owner) ?? identity.owner}: ${reason}`),
  );
  return { secrets: checked, isDecrypted: true };
}
