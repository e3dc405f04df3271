/**
 * Credentials that were verified lately, so that a client that polls is not hashed each time. Kept in memory as
 * keyed fingerprints, never as passwords, and only successes: a failed login leaves nothing behind.
 */

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { type Credentials, LOGIN_NAME_LIMIT, LOGIN_PASSWORD_LIMIT } from '@cert-order-status/protocol';
import { growingCache } from '../growing-cache.ts';
import type { Networks } from '../http/networks.ts';
import type { AccountState } from './accounts.ts';
import { KeyedHash } from './keyed-hash.ts';

const MOST_ENTRIES = 100_000;
const LIFETIME_MS = 24 * 60 * 60 * 1000;
/** How much of a fingerprint finds its entry; the rest is compared in constant time. */
const INDEX_BYTES = 16;
/** From how many addresses credentials are known to be used. */
const MOST_ADDRESSES = 8;
/** A character takes up to four bytes of UTF-8. */
const LONGEST = 4 + 4 * (LOGIN_NAME_LIMIT + LOGIN_PASSWORD_LIMIT);

/** What credentials were good for when they were verified. */
export interface VerifiedAccount extends Pick<AccountState, 'accountID' | 'credentialVersion'> {
  /** From where the account may ask; from anywhere unless given. */
  readonly allowed?: Networks;
}

/** Credentials that were verified, and from where they have been used since. */
export interface CachedCredential extends VerifiedAccount {
  /** The latest few addresses. */
  readonly addresses: Set<string>;
}

interface Entry extends CachedCredential {
  readonly proof: Buffer;
}

/** The cache; its key is drawn when it is made, so a copy of one process's memory opens nothing elsewhere. */
export class CredentialCache {
  readonly #hash = new KeyedHash(randomBytes(32), LONGEST);
  readonly #entries = growingCache<string, Entry>(MOST_ENTRIES, { ttl: LIFETIME_MS, ttlResolution: 1000 });

  /** A keyed hash of length(login) ‖ login ‖ password, a character a byte. */
  fingerprint({ loginName, loginPassword }: Credentials): string {
    return this.#hash.of((text) => {
      const length = text.write(loginName, 4);
      text.writeUInt32BE(length);
      return 4 + length + text.write(loginPassword, 4 + length);
    });
  }

  get(fingerprint: string): CachedCredential | undefined {
    const entry = this.#entries.get(indexOf(fingerprint));
    return entry !== undefined && timingSafeEqual(entry.proof, proofOf(fingerprint)) ? entry : undefined;
  }

  add(
    fingerprint: string,
    { accountID, credentialVersion, allowed }: VerifiedAccount,
    address: string,
  ): void {
    const addresses = new Set([address]);
    const proof = proofOf(fingerprint);
    const entry = { accountID, credentialVersion, allowed, addresses, proof };
    this.#entries.set(indexOf(fingerprint), entry);
  }

  remove(fingerprint: string): void {
    this.#entries.delete(indexOf(fingerprint));
  }
}

/** Whether an account may send requests from an address. */
export function mayAskFrom({ allowed }: Pick<VerifiedAccount, 'allowed'>, address: string): boolean {
  return allowed === undefined || allowed.has(address);
}

/** Remembers that verified credentials are used from an address. */
export function addClientAddress({ addresses }: CachedCredential, address: string): void {
  addresses.add(address);
  const [oldest] = addresses;
  if (addresses.size > MOST_ADDRESSES && oldest !== undefined) addresses.delete(oldest);
}

function indexOf(fingerprint: string): string {
  return fingerprint.slice(0, INDEX_BYTES);
}

function proofOf(fingerprint: string): Buffer {
  return Buffer.from(fingerprint.slice(INDEX_BYTES), 'latin1');
}
