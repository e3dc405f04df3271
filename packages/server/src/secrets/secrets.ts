/** Secrets that must be read again, such as keys of signatures and passwords of other services: encrypted at rest. */

import { randomBytes } from 'node:crypto';
import { decrypt, encrypt } from './cipher.ts';
import type { KeyRing } from './key-ring.ts';
import type { Reencrypted, SealedSecret, SecretIdentity, SecretRows } from './secret-rows.ts';
import { SecretUnavailable } from './secret-unavailable.ts';

/** The longest secret, in bytes of UTF-8. */
const SECRET_BYTES_LIMIT = 4096;
const ID_BYTES = 16;
/** How often a secret is encrypted anew because the current key has changed meanwhile. */
const KEY_CHANGES_LIMIT = 5;
/** How many secrets are read at once. */
const PAGE_SECRETS = 200;

/** A secret that cannot be decrypted, and why. */
interface UnreadableSecret {
  readonly identity: SecretIdentity;
  readonly reason: string;
}

/** What {@link Secrets.reencrypt} has done. */
interface Reencryption {
  readonly reencrypted: number;
  readonly unreadable: number;
}

/**
 * The secrets of an order database. What belongs to an endpoint or an upstream is stored only here, so that rotation
 * and `verify` cover it.
 */
export class Secrets {
  readonly #rows: SecretRows;
  readonly #keys: KeyRing;

  constructor(rows: SecretRows, keys: KeyRing) {
    this.#rows = rows;
    this.#keys = keys;
  }

  /**
   * Stores a secret in the place of the one before.
   *
   * @param overlapMs how long the one before stays valid beside it, in milliseconds; none before that does.
   * @throws {SecretUnavailable} when there is no key to encrypt with.
   * @throws {RangeError} when the secret is longer than 4096 bytes.
   */
  put(identity: SecretIdentity, secret: string, overlapMs = 0): Promise<void> {
    return this.putWith(identity, secret, (sealed) => this.#rows.put(sealed, overlapMs));
  }

  /**
   * The same for a secret that is stored together with what it belongs to.
   *
   * @param store stores it in one transaction, see `SecretRows.put`; false when another key is the current one.
   * @throws as `put` does, and what `store` throws.
   */
  async putWith(
    identity: SecretIdentity,
    secret: string,
    store: (sealed: SealedSecret) => Promise<boolean>,
  ): Promise<void> {
    if (Buffer.byteLength(secret) > SECRET_BYTES_LIMIT) {
      throw new RangeError(`a secret of more than ${SECRET_BYTES_LIMIT} bytes`);
    }
    const secretID = randomBytes(ID_BYTES).toString('hex');
    for (let attempt = 0; attempt < KEY_CHANGES_LIMIT; attempt++) {
      const current = await this.#rows.currentKeyID();
      const { id, key } = current === undefined ? await this.#keys.newestOrMade() : this.#keys.find(current);
      const ciphertext = encrypt(key, contextOf({ ...identity, secretID }), secret);
      if (await store({ ...identity, secretID, keyID: id, ciphertext })) return;
    }
    throw new SecretUnavailable('the key changes all the time; try again');
  }

  /**
   * The secret, and behind it the one before while their overlap lasts; empty when there is none.
   *
   * @throws {SecretUnavailable} when one of them cannot be decrypted.
   */
  async get(identity: SecretIdentity): Promise<readonly string[]> {
    return (await this.#rows.of(identity)).map((secret) => this.#open(secret));
  }

  /** Deletes a secret; false when there was none. */
  remove(identity: SecretIdentity): Promise<boolean> {
    return this.#rows.remove(identity);
  }

  /** Decrypts every secret, and returns how many there are. */
  async check(onUnreadable: (secret: UnreadableSecret) => void): Promise<number> {
    let secrets = 0;
    for await (const page of this.#pages()) {
      for (const { purpose, owner, ...secret } of page) {
        secrets++;
        const opened = this.#tried({ purpose, owner, ...secret });
        if ('reason' in opened) onUnreadable({ identity: { purpose, owner }, reason: opened.reason });
      }
    }
    return secrets;
  }

  /**
   * Makes a key the current one, and encrypts every secret with it, while others read and write secrets. Can be
   * interrupted at any moment, and done again.
   *
   * @throws {SecretUnavailable} when another key was made the current one meanwhile.
   */
  async reencrypt(keyID: string, onProgress: (secrets: number) => void = () => {}): Promise<Reencryption> {
    const { key } = this.#keys.find(keyID);
    await this.#rows.makeCurrent(keyID);
    let [reencrypted, unreadable] = [0, 0];
    for await (const page of this.#pages()) {
      const values: Reencrypted[] = [];
      for (const secret of page) {
        if (secret.keyID === keyID) continue;
        const opened = this.#tried(secret);
        if ('reason' in opened) {
          unreadable++;
          continue;
        }
        const { secretID, ciphertext: before } = secret;
        values.push({ secretID, before, ciphertext: encrypt(key, contextOf(secret), opened.text) });
      }
      if (values.length > 0 && !(await this.#rows.reencrypt(keyID, values))) {
        throw new SecretUnavailable('another command has begun to encrypt the secrets with another key');
      }
      reencrypted += values.length;
      onProgress(reencrypted);
    }
    return { reencrypted, unreadable };
  }

  async *#pages(): AsyncGenerator<readonly SealedSecret[]> {
    for (let after = ''; ; ) {
      const page = await this.#rows.list({ after, limit: PAGE_SECRETS });
      const last = page.at(-1);
      if (last === undefined) return;
      yield page;
      after = last.secretID;
    }
  }

  #tried(secret: SealedSecret): { readonly text: string } | { readonly reason: string } {
    try {
      return { text: this.#open(secret) };
    } catch (error) {
      if (error instanceof SecretUnavailable) return { reason: error.message };
      throw error;
    }
  }

  #open(secret: SealedSecret): string {
    const { key } = this.#keys.find(secret.keyID);
    const text = decrypt(key, contextOf(secret), secret.ciphertext);
    if (text !== undefined) return text;
    throw new SecretUnavailable(`the stored value was altered: the key ${secret.keyID} does not decrypt it`);
  }
}

/** What a ciphertext belongs to: moved to another row it cannot be decrypted. */
function contextOf({ purpose, owner, secretID }: Omit<SealedSecret, 'keyID' | 'ciphertext'>): string {
  return JSON.stringify(['cert-order-status secret', purpose, owner, secretID]);
}
