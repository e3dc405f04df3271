/** Verified credentials as the processes of one start of the service share them. */

import type { CachedCredential, VerifiedAccount } from './credential-cache.ts';

/** A fingerprint and what it was good for; no password, and nothing that says which one without the key. */
export interface SharedCredential extends VerifiedAccount {
  /** In base64. */
  readonly fingerprint: string;
  readonly addresses: readonly string[];
  /** How long ago the password was hashed and found right, in milliseconds. */
  readonly ageMs: number;
}

/** @param nowMs by `performance.now()`. */
export function toShared(credential: CachedCredential, nowMs: number): SharedCredential {
  const { fingerprint, accountID, credentialVersion, allowedAddresses, addresses, verifiedAtMs } = credential;
  return {
    fingerprint: Buffer.from(fingerprint, 'latin1').toString('base64'),
    accountID,
    credentialVersion,
    allowedAddresses,
    addresses,
    ageMs: Math.round(nowMs - verifiedAtMs),
  };
}

/** @param nowMs by `performance.now()`. */
export function fromShared(
  { fingerprint, ageMs, ...shared }: SharedCredential,
  nowMs: number,
): CachedCredential {
  return {
    fingerprint: Buffer.from(fingerprint, 'base64').toString('latin1'),
    accountID: shared.accountID,
    credentialVersion: shared.credentialVersion,
    allowedAddresses: shared.allowedAddresses,
    addresses: [...shared.addresses],
    verifiedAtMs: nowMs - ageMs,
  };
}
