/** Secrets and signatures of webhooks (Standard Webhooks specification, "Signature scheme"; symmetric). */

import { createHmac, randomBytes } from 'node:crypto';

const SECRET_PREFIX = 'whsec_';
const SECRET_BYTES = 32;
const VERSION = 'v1';

/** A new secret, to be shown once. */
export function newWebhookSecret(): string {
  return SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/** One request of a webhook, as it is signed. */
export interface SignedMessage {
  readonly eventID: string;
  /** When this attempt is made, in whole seconds since 1970. */
  readonly timestampSeconds: number;
  readonly body: string;
}

/**
 * The headers that let a receiver check where a request comes from.
 *
 * @param secrets each signs: the current one, and for a while the one before.
 */
export function signedHeaders(
  { eventID, timestampSeconds, body }: SignedMessage,
  secrets: readonly string[],
): Readonly<Record<string, string>> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
    const hash = createHmac('sha256', key).update(`${eventID}.${timestampSeconds}.${body}`);
    return `${VERSION},${hash.digest('base64')}`;
  });
  return {
    'webhook-id': eventID,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': signatures.join(' '),
  };
}
