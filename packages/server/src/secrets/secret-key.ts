/** The keys that secrets are encrypted with: 32 random bytes, written in base64. */

import { createSecretKey, hash, type KeyObject, randomBytes } from 'node:crypto';
import { count } from '@cert-order-status/protocol';
import { SecretUnavailable } from './secret-unavailable.ts';

const KEY_BYTES = 32;
/** How many keys there may be at once, in a key file or in the environment. */
const KEYS_LIMIT = 10;
const ID_DIGITS = 16;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** One key. Neither `console.log` nor JSON shows its bytes. */
export interface SecretKey {
  /** Stored beside what the key has encrypted, in hex; derived from the key, and reveals nothing of it. */
  readonly id: string;
  readonly key: KeyObject;
}

/** A new key, as a key file has it. */
export function newSecretKey(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}

/**
 * Reads one key.
 *
 * @param place what errors call it; they do not repeat the text.
 * @throws {SecretUnavailable} when it is not 32 bytes in base64.
 */
function parseSecretKey(text: string, place: string): SecretKey {
  if (!BASE64.test(text)) {
    throw new SecretUnavailable(
      `${place} is not a key: a key is ${KEY_BYTES} bytes in base64, as 'cert-order-status secret-key generate' prints one`,
    );
  }
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== KEY_BYTES) {
    throw new SecretUnavailable(
      `${place} is not a key: it has ${count(bytes.length, 'byte')} instead of ${KEY_BYTES}`,
    );
  }
  const id = hash('sha256', Buffer.concat([Buffer.from('cert-order-status key id\0'), bytes]), 'hex');
  return { id: id.slice(0, ID_DIGITS), key: createSecretKey(bytes) };
}

/**
 * The keys among named texts, each once.
 *
 * @param place what errors call all of them together.
 * @throws {SecretUnavailable} when there is none, there are more than ten, or one is wrong.
 */
export function distinctKeys(
  texts: readonly { readonly text: string; readonly place: string }[],
  place: string,
): readonly SecretKey[] {
  const keys = new Map<string, SecretKey>();
  for (const each of texts) {
    const key = parseSecretKey(each.text, each.place);
    keys.set(key.id, keys.get(key.id) ?? key);
    if (keys.size > KEYS_LIMIT) throw new SecretUnavailable(`${place} holds more than ${KEYS_LIMIT} keys`);
  }
  if (keys.size === 0) throw new SecretUnavailable(`${place} holds no key`);
  return [...keys.values()];
}
