/**
 * Bytes that come in pieces, in one buffer: kept one by one, pieces of a byte each would take hundreds of times their
 * size.
 */

const FIRST_SIZE_BYTES = 1024;

export class GrowingBuffer {
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Copies a piece to the end. */
  add(piece: Uint8Array): void {
    const needed = this.#length + piece.length;
    if (needed > this.#bytes.length) {
      // Doubled, so that every byte is copied about once more.
      const grown = Buffer.allocUnsafe(Math.max(FIRST_SIZE_BYTES, needed, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(piece, this.#length);
    this.#length = needed;
  }

  /** What has been added; the client owns it, and the buffer is empty again. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
    return taken;
  }
}
