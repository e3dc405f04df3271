/** Tokens of the management API: 256 bits of chance, so that a plain digest is enough to store them safely. */

import { createHash, randomBytes } from 'node:crypto';

/** The longest name of a token, in code points. */
export const TOKEN_NAME_LIMIT = 64;
const TOKEN_BYTES = 32;
/** Lets people, and what looks for secrets in the wrong places, know what they have found. */
const PREFIX = 'cos_';

/** A new token, to be shown once. */
export function newToken(): string {
  return PREFIX + randomBytes(TOKEN_BYTES).toString('base64url');
}

/** What is stored of a token, in hex. */
export function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
