/** A keyed hash of two short texts, for the hot path. */

import { hash } from 'node:crypto';
import { count } from '@cert-order-status/protocol';

/** A block of SHA-256, in bytes. The key, filled up with zeros, is the first one. */
const BLOCK_BYTES = 64;
/** What SHA-256 itself adds to the last block. */
const END_BYTES = 9;
/** The lengths of all that follows and of the first text, which come before the texts. */
const LENGTHS_BYTES = 8;
/**
 * A text that does not fit is cut in front of a character of up to four bytes; with so much room that shows in its
 * length.
 */
const ROOM_BYTES = 4;

/**
 * SHA-256 (FIPS 180-4) of a secret key, the lengths of two texts, the texts, and zeros up to the end of a block. The
 * lengths say where each text ends, so that no input is the beginning of another: of such inputs, a hash that begins
 * with a secret block is a pseudorandom function (the cascade construction), without the second hash of HMAC.
 *
 * Whole blocks cost what SHA-256 would fill up anyway, and only as many views of the input are needed as there are
 * blocks: to make a view, and to hash what has just been made, takes half as long as the hash.
 */
export class KeyedHash {
  readonly #input: Buffer;
  readonly #text: Buffer;
  /** The first one, two, … blocks of the input. */
  readonly #blocks: readonly Buffer[];
  readonly #mostBytes: number;

  /**
   * @param key at most 64 bytes.
   * @param mostBytes the longest texts that will be hashed, both together.
   */
  constructor(key: Buffer, mostBytes: number) {
    if (key.length > BLOCK_BYTES) throw new RangeError(`a key of more than ${BLOCK_BYTES} bytes`);
    this.#mostBytes = mostBytes;
    const count = blocksOf(LENGTHS_BYTES + mostBytes + ROOM_BYTES);
    this.#input = Buffer.alloc(count * BLOCK_BYTES);
    key.copy(this.#input);
    this.#text = this.#input.subarray(BLOCK_BYTES);
    this.#blocks = Array.from({ length: count + 1 }, (_, index) =>
      this.#input.subarray(0, Math.max(0, index * BLOCK_BYTES - END_BYTES)),
    );
  }

  /**
   * The hash of two texts in UTF-8, 32 characters, a character a byte. The texts are not kept.
   *
   * @throws {RangeError} when the texts are too long.
   */
  of(first: string, second: string): string {
    const text = this.#text;
    const firstBytes = text.write(first, LENGTHS_BYTES);
    const secondBytes = text.write(second, LENGTHS_BYTES + firstBytes);
    const end = LENGTHS_BYTES + firstBytes + secondBytes;
    text.writeUInt32BE(end, 0);
    text.writeUInt32BE(firstBytes, 4);
    const blocks = this.#blocks[blocksOf(end)];
    const isTooLong = blocks === undefined || firstBytes + secondBytes > this.#mostBytes;
    const digest = isTooLong ? '' : hash('sha256', blocks, 'latin1');
    text.fill(0, 0, end);
    if (isTooLong) throw new RangeError(`texts of more than ${count(this.#mostBytes, 'byte')}`);
    return digest;
  }
}

/** How many blocks the key and so many bytes take. */
function blocksOf(bytes: number): number {
  return 1 + Math.ceil((bytes + END_BYTES) / BLOCK_BYTES);
}
