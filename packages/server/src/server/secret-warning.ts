import type { Logger } from 'pino';
import { errorMessage } from '../operator-error.ts';
import { KeyRing, type KeySource } from '../secrets/key-ring.ts';
import type { SecretRows } from '../secrets/secret-rows.ts';

/** Warns when there are secrets whose key this machine does not have. That keeps nothing else from working. */
export async function warnOfSecrets(rows: SecretRows, source: KeySource, logger: Logger): Promise<void> {
  try {
    const keys = new KeyRing(source);
    for (const { keyID, secrets } of await rows.keyUses()) {
      try {
        keys.find(keyID);
      } catch (error) {
        const reason = errorMessage(error);
        logger.warn({ secrets, reason }, 'secrets cannot be decrypted; what needs them is paused');
      }
    }
    if (keys.warning !== undefined) logger.warn({ reason: keys.warning }, 'the key of secrets is not safe');
  } catch (error) {
    logger.error({ err: error }, 'cannot see whether the secrets can be decrypted');
  }
}
