/** A keyed hash of a short text, for the hot path. */

import { hash } from 'node:crypto';

/** The key, filled up with zeros, in bytes. */
const KEY_BYTES = 64;
/**
 * A text that does not fit is cut in front of a character of up to four bytes; with so much room that shows in its
 * length.
 */
const ROOM = 4;

/**
 * SHA-512/256 (FIPS 180-4) of a secret key and a text, which Node computes in one call. Its state is twice as long as
 * its output, so that what is known of one hash says nothing about longer texts: unlike SHA-256 it needs no second hash
 * around it, as HMAC has. Measured on one core: 0.7 µs, an HMAC-SHA-256 of two such calls 1.0 µs, and `createHmac` 2.0
 * µs.
 */
export class KeyedHash {
  readonly #input: Buffer;
  readonly #most: number;

  /**
   * @param key at most 64 bytes.
   * @param most the longest text that will be hashed, in bytes.
   */
  constructor(key: Buffer, most: number) {
    if (key.length > KEY_BYTES) throw new RangeError(`a key of more than ${KEY_BYTES} bytes`);
    this.#input = Buffer.alloc(KEY_BYTES + most + ROOM);
    key.copy(this.#input);
    this.#most = most;
  }

  /**
   * The hash of the text, a character a byte. The text is not kept.
   *
   * @param write writes the text to the buffer, and returns its length in bytes.
   * @throws {RangeError} when the text is too long.
   */
  of(write: (text: Buffer) => number): string {
    const text = this.#input.subarray(KEY_BYTES);
    const length = write(text);
    if (length > this.#most) throw new RangeError(`a text of more than ${this.#most} bytes`);
    const digest = hash('sha512-256', this.#input.subarray(0, KEY_BYTES + length), 'latin1');
    text.fill(0, 0, length);
    return digest;
  }
}
