/** Secrets as they are stored: encrypted. The store knows no key and no plaintext. */

/** What a secret is for. */
type SecretPurpose = 'webhook' | 'upstream';

/** Whose a secret is. */
export interface SecretIdentity {
  readonly purpose: SecretPurpose;
  /** Names one endpoint or upstream by what never changes, so not by a name that people can change. */
  readonly owner: string;
}

/** A secret's new value, encrypted. */
export interface SealedSecret extends SecretIdentity {
  /** Random; no two values have the same. */
  readonly secretID: string;
  readonly keyID: string;
  readonly ciphertext: string;
}

/** Another ciphertext of the same value. */
export interface Reencrypted extends Pick<SealedSecret, 'secretID' | 'ciphertext'> {
  /** The ciphertext that it takes the place of. */
  readonly before: string;
}

/** How many secrets are encrypted with a key. */
export interface KeyUse {
  readonly keyID: string;
  readonly secrets: number;
}

/**
 * The table of secrets. Its database says with which key secrets are encrypted: all processes and nodes change over at
 * the same moment, and what another key has encrypted is not stored.
 */
export interface SecretRows {
  /** The key that encrypts now; undefined while there are no secrets. */
  currentKeyID(): Promise<string | undefined>;
  /** From now on only what this key has encrypted is stored. */
  makeCurrent(keyID: string): Promise<void>;
  /**
   * Stores a value as the current one of its identity. If it is the first secret of all, its key becomes the current
   * one.
   *
   * @param overlapMs how long the value before stays valid beside it, in milliseconds; earlier ones end at once.
   * @returns false when another key is the current one: then nothing is stored.
   */
  put(secret: SealedSecret, overlapMs: number): Promise<boolean>;
  /** The values of an identity that have not ended, the current one first. */
  of(identity: SecretIdentity): Promise<readonly SealedSecret[]>;
  /** Deletes all values of an identity; false when there were none. */
  remove(identity: SecretIdentity): Promise<boolean>;
  /** Values of all identities that have not ended, by their secretID. */
  list(page: { readonly after: string; readonly limit: number }): Promise<readonly SealedSecret[]>;
  /**
   * Stores other ciphertexts of values that are still as they were, encrypted with the current key.
   *
   * @returns false when another key is the current one: then nothing is stored.
   */
  reencrypt(keyID: string, values: readonly Reencrypted[]): Promise<boolean>;
  /** How many secrets there are by key; keys without are not listed. */
  keyUses(): Promise<readonly KeyUse[]>;
}
