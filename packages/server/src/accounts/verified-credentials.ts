/**
 * Credentials that were verified lately, so that a caller who polls is not hashed each time. Kept in memory as
 * keyed fingerprints, never as passwords, and only successes: a guess leaves nothing behind.
 */

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Credentials } from '@cert-order-status/protocol';
import { LRUCache } from 'lru-cache';
import type { AccountState } from '../store/store.ts';

const MOST_ENTRIES = 100_000;
const LIFETIME = 24 * 60 * 60 * 1000;
/** How much of a fingerprint finds its entry; the rest is compared in constant time. */
const INDEX_BYTES = 16;

/** What credentials were good for when they were verified. */
export type VerifiedAccount = Pick<AccountState, 'accountID' | 'credentialVersion'>;

interface Entry extends VerifiedAccount {
  readonly proof: Buffer;
}

/** The cache; its key is drawn when it is made, so a copy of one process's memory opens nothing elsewhere. */
export class VerifiedCredentials {
  readonly #key = randomBytes(32);
  readonly #entries = new LRUCache<string, Entry>({ max: MOST_ENTRIES, ttl: LIFETIME, ttlResolution: 1000 });

  /** HMAC-SHA-256 of length(login) ‖ login ‖ password. */
  fingerprint({ loginName, loginPassword }: Credentials): Buffer {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(loginName));
    return createHmac('sha256', this.#key).update(length).update(loginName).update(loginPassword).digest();
  }

  get(fingerprint: Buffer): VerifiedAccount | undefined {
    const entry = this.#entries.get(indexOf(fingerprint));
    return entry !== undefined && timingSafeEqual(entry.proof, proofOf(fingerprint)) ? entry : undefined;
  }

  add(fingerprint: Buffer, { accountID, credentialVersion }: VerifiedAccount): void {
    const entry = { accountID, credentialVersion, proof: proofOf(fingerprint) };
    this.#entries.set(indexOf(fingerprint), entry);
  }

  remove(fingerprint: Buffer): void {
    this.#entries.delete(indexOf(fingerprint));
  }
}

function indexOf(fingerprint: Buffer): string {
  return fingerprint.toString('latin1', 0, INDEX_BYTES);
}

function proofOf(fingerprint: Buffer): Buffer {
  return fingerprint.subarray(INDEX_BYTES);
}
