/**
 * Credentials that were verified lately, so that a client that polls is not hashed each time. Kept in memory as
 * keyed fingerprints, never as passwords, and only successes: a failed login leaves nothing behind.
 */

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { type Credentials, LOGIN_NAME_LIMIT, LOGIN_PASSWORD_LIMIT } from '@cert-order-status/protocol';
import type { AccountState } from './accounts.ts';
import { KeyedHash } from './keyed-hash.ts';
import { RecentMap } from './recent-map.ts';
import { fromShared, type SharedCredential, toShared } from './shared-credential.ts';

const MOST_ENTRIES = 100_000;
const LIFETIME_MS = 24 * 60 * 60 * 1000;
/** From how many addresses credentials are known to be used. */
const MOST_ADDRESSES = 8;
/** A character takes up to four bytes of UTF-8. */
const LONGEST_BYTES = 4 * (LOGIN_NAME_LIMIT + LOGIN_PASSWORD_LIMIT);
const KEY_BYTES = 32;
const FINGERPRINT_BYTES = 32;

/** What credentials were good for when they were verified. */
export interface VerifiedAccount extends Pick<AccountState, 'accountID' | 'credentialVersion'> {
  /** Networks from which the account may send requests; none: from anywhere. */
  readonly allowedAddresses: readonly string[];
}

/** Credentials that were verified, and from where they have been used since. */
export interface CachedCredential extends VerifiedAccount {
  readonly fingerprint: string;
  /** The latest few addresses, each of them allowed. */
  readonly addresses: string[];
  /** By `performance.now()`. */
  verifiedAtMs: number;
}

/** Options of a {@link CredentialCache}. */
export interface CredentialCacheOptions {
  /** Shared by the processes that share credentials. */
  readonly key?: Buffer;
  /** Receives what was verified or used from a further address here, for others to learn. */
  readonly onNews?: (credential: CachedCredential) => void;
  readonly now?: () => number;
}

/** A key for fingerprints. It is made anew at each start of the service, and kept in memory only. */
export function newCredentialKey(): Buffer {
  return randomBytes(KEY_BYTES);
}

/** The cache. Without its key, which no process but those of this start has, its fingerprints say nothing. */
export class CredentialCache {
  readonly #hash: KeyedHash;
  readonly #entries = new RecentMap<number, CachedCredential>(MOST_ENTRIES);
  readonly #onNews: (credential: CachedCredential) => void;
  readonly #now: () => number;
  readonly #proof = Buffer.alloc(FINGERPRINT_BYTES);
  readonly #expectedProof = Buffer.alloc(FINGERPRINT_BYTES);

  constructor({
    key = newCredentialKey(),
    onNews = () => {},
    now = () => performance.now(),
  }: CredentialCacheOptions = {}) {
    this.#hash = new KeyedHash(key, LONGEST_BYTES);
    this.#onNews = onNews;
    this.#now = now;
  }

  /** A keyed hash of login name and password, a character a byte. */
  fingerprint({ loginName, loginPassword }: Credentials): string {
    return this.#hash.of(loginName, loginPassword);
  }

  get(fingerprint: string): CachedCredential | undefined {
    const entry = this.#entries.get(indexOf(fingerprint));
    if (entry === undefined || this.#now() - entry.verifiedAtMs > LIFETIME_MS) return undefined;
    // Compared in constant time; what finds the entry is too short to be of use.
    this.#proof.write(fingerprint, 'latin1');
    this.#expectedProof.write(entry.fingerprint, 'latin1');
    return timingSafeEqual(this.#proof, this.#expectedProof) ? entry : undefined;
  }

  add(
    fingerprint: string,
    { accountID, credentialVersion, allowedAddresses }: VerifiedAccount,
    address: string,
  ): void {
    const addresses = [address];
    const verifiedAtMs = this.#now();
    const entry = { fingerprint, accountID, credentialVersion, allowedAddresses, addresses, verifiedAtMs };
    this.#entries.set(indexOf(fingerprint), entry);
    this.#onNews(entry);
  }

  /** Remembers that verified credentials are used from an address, which is allowed. */
  addAddress(credential: CachedCredential, address: string): void {
    if (credential.addresses.includes(address)) return;
    addLatest(credential.addresses, address);
    this.#onNews(credential);
  }

  /**
   * Remembers what another process has verified, together with what is known here: of two versions of an account, the
   * one that was verified later.
   *
   * @returns what is known then.
   */
  learn(shared: SharedCredential): CachedCredential {
    const learnt = fromShared(shared, this.#now());
    const known = this.get(learnt.fingerprint);
    if (known !== undefined) {
      const isSameVersion =
        known.accountID === learnt.accountID && known.credentialVersion === learnt.credentialVersion;
      const isLater = learnt.verifiedAtMs > known.verifiedAtMs;
      if (isSameVersion) {
        for (const address of learnt.addresses)
          if (!known.addresses.includes(address)) addLatest(known.addresses, address);
        if (isLater) known.verifiedAtMs = learnt.verifiedAtMs;
      }
      if (isSameVersion || !isLater) return known;
    }
    this.#entries.set(indexOf(learnt.fingerprint), learnt);
    return learnt;
  }

  /** For another process. */
  share(credential: CachedCredential): SharedCredential {
    return toShared(credential, this.#now());
  }

  /** All there are at the moment. */
  all(): CachedCredential[] {
    return this.#entries.values();
  }

  /** Forgets credentials, unless they have been verified anew meanwhile. */
  remove(entry: CachedCredential): void {
    const index = indexOf(entry.fingerprint);
    if (this.#entries.get(index) === entry) this.#entries.delete(index);
  }
}

function addLatest(addresses: string[], address: string): void {
  addresses.push(address);
  if (addresses.length > MOST_ADDRESSES) addresses.shift();
}

/**
 * The first 48 bits of a fingerprint, as a number, which finds an entry in less time than a text: the chance that two
 * of 100,000 fingerprints share them is one in 50,000, and then the later one takes the place of the other.
 */
function indexOf(fingerprint: string): number {
  const high =
    (fingerprint.charCodeAt(0) << 16) | (fingerprint.charCodeAt(1) << 8) | fingerprint.charCodeAt(2);
  const low =
    (fingerprint.charCodeAt(3) << 16) | (fingerprint.charCodeAt(4) << 8) | fingerprint.charCodeAt(5);
  return high * 2 ** 24 + low;
}
