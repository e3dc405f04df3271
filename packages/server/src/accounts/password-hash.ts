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
  return hashWith(password, { ...COST, salt: randomBytes(SALT_BYTES), length: HASH_BYTES });
}

/**
 * Hashes an account's second password with the salt and the cost of its first one's hash: so that it takes one hash to
 * compare a password with both.
 */
export async function hashSecondPassword(password: string, firstHash: string): Promise<string> {
  return hashWith(password, parse(firstHash));
}

/**
 * A hash that no password matches, with the cost of a real one: what an unknown login's password is checked
 * against, so that it takes as long as a known one's.
 */
export const UNMATCHABLE_HASH = phcOf(COST, randomBytes(SALT_BYTES), randomBytes(HASH_BYTES));

/**
 * Whether the password is one of the hashes', which all have one salt and one cost. Takes one hash, in libuv's pool,
 * and as long whichever it is.
 */
export async function matchesHash(password: string, first: string, ...others: string[]): Promise<boolean> {
  const parsed = parse(first);
  const actual = parse(await hashWith(password, parsed)).hash;
  let matches = timingSafeEqual(actual, parsed.hash);
  for (const other of others) {
    const { salt, hash } = parse(other);
    if (!salt.equals(parsed.salt)) throw new Error("an account's two passwords have different salts");
    matches = timingSafeEqual(actual, hash) || matches;
  }
  return matches;
}

interface HashTerms {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  /** Of the hash, in bytes. */
  readonly length: number;
}

async function hashWith(password: string, { salt, length, ...cost }: HashTerms): Promise<string> {
  const { memory, passes, parallelism } = cost;
  const terms = { memory, passes, parallelism, nonce: salt, tagLength: length };
  return phcOf(cost, salt, await argon2id({ ...terms, message: password }));
}

function parse(phc: string): HashTerms & { readonly hash: Buffer } {
  const [, memory, passes, parallelism, salt, encoded] = PHC.exec(phc) ?? [];
  if (salt === undefined || encoded === undefined) throw new Error('a stored password hash is not argon2id');
  const hash = Buffer.from(encoded, 'base64');
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    hash,
    length: hash.length,
  };
}

function phcOf({ memory, passes, parallelism }: typeof COST, salt: Buffer, hash: Buffer): string {
  const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(hash)}`;
}
