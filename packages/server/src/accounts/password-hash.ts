/** Passwords as argon2id hashes in PHC string form: `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH`. */

import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** OWASP's first recommendation: memory in KiB, passes, lanes. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

const PHC = /^\$argon2id\$v=19\$m=([0-9]+),t=([0-9]+),p=([0-9]+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

const argon2id = promisify(
  (parameters: Argon2Parameters, done: (error: Error | null, hash: Buffer) => void) =>
    argon2('argon2id', parameters, done),
);

/** Hashes a password with a salt of its own, in libuv's pool. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await argon2id({ ...COST, message: password, nonce: salt, tagLength: HASH_BYTES });
  return phcOf(salt, hash);
}

/**
 * A hash that no password matches, with the cost of a real one: what an unknown login's password is checked
 * against, so that it takes as long as a known one's.
 */
export const UNMATCHABLE_HASH = phcOf(randomBytes(SALT_BYTES), randomBytes(HASH_BYTES));

/** Whether the password is the hash's. Costs one hash, in libuv's pool. */
export async function matchesHash(password: string, phc: string): Promise<boolean> {
  const [, memory, passes, parallelism, salt, hash] = PHC.exec(phc) ?? [];
  if (salt === undefined || hash === undefined) throw new Error('a stored password hash is not argon2id');
  const expected = Buffer.from(hash, 'base64');
  const actual = await argon2id({
    message: password,
    nonce: Buffer.from(salt, 'base64'),
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: expected.length,
  });
  return timingSafeEqual(actual, expected);
}

function phcOf(salt: Buffer, hash: Buffer): string {
  const { memory, passes, parallelism } = COST;
  const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(hash)}`;
}
