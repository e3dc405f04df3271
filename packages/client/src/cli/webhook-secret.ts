/** The secret that signs the events of `listen`. */

import { randomBytes } from 'node:crypto';
import { CommandFailure, WRONG_USAGE } from './command-failure.ts';

/** The variable of the environment with the secret: others can see the options of a command. */
export const SECRET_VARIABLE = 'CERT_ORDER_STATUS_WEBHOOK_SECRET';
const PREFIX = 'whsec_';
const NEW_SECRET_BYTES = 32;
/** How long a secret may be (Standard Webhooks specification, "Signature scheme"). */
const LEAST_SECRET_BYTES = 24;
const SECRET_LIMIT_BYTES = 64;

/** A secret, as receivers have it and as it signs. */
interface WebhookSecret {
  readonly secret: string;
  readonly key: Buffer;
  /** Made now, so that it has to be shown. */
  readonly isNew: boolean;
}

/** The environment's secret; a new one when it has none. @throws CommandFailure for one that is none. */
export function webhookSecret(given = process.env[SECRET_VARIABLE] || undefined): WebhookSecret {
  if (given === undefined) {
    const key = randomBytes(NEW_SECRET_BYTES);
    return { secret: PREFIX + key.toString('base64'), key, isNew: true };
  }
  const base64 = given.startsWith(PREFIX) ? given.slice(PREFIX.length) : '';
  const key = Buffer.from(base64, 'base64');
  const fits = key.length >= LEAST_SECRET_BYTES && key.length <= SECRET_LIMIT_BYTES;
  if (fits && key.toString('base64') === base64) return { secret: given, key, isNew: false };
  const form = `${PREFIX} and ${LEAST_SECRET_BYTES} to ${SECRET_LIMIT_BYTES} bytes in base64`;
  throw new CommandFailure(`${SECRET_VARIABLE} is no secret of a webhook: it must be ${form}`, WRONG_USAGE);
}
