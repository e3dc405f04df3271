/**
 * Secrets of tokens, sessions and share links: 256 random bits, so that a plain digest is enough to store them safely.
 */

import { hash, randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;

/** A new secret, in base64url. */
export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** What is stored of a secret: its SHA-256, in hex. */
export function digestOfSecret(secret: string): string {
  return hash('sha256', secret, 'hex');
}
