/** Lines of a log that wait to be written, one after the other in UTF-8, so that nothing is left to do but to write. */

/** What it begins with; a log that is written in time needs no more. */
const USUAL_BYTES = 64 * 1024;
/** The most that UTF-8 takes for a code unit of a text. */
const MOST_BYTES_OF_CODE_UNIT = 3;

/** A buffer that grows with what is added, up to a limit, and is used again once it is cleared. */
export class LogBuffer {
  #buffer = Buffer.allocUnsafeSlow(USUAL_BYTES);
  #length = 0;

  /** How many bytes the lines have. */
  get length(): number {
    return this.#length;
  }

  /** The lines, in the buffer's memory: until it is cleared. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Adds a line with its end, and returns true; or nothing, if there were more than so many bytes then. */
  add(line: string, limitBytes: number): boolean {
    const mostLength = this.#length + MOST_BYTES_OF_CODE_UNIT * line.length;
    if (mostLength > limitBytes || mostLength > this.#buffer.length) {
      const length = this.#length + Buffer.byteLength(line);
      if (length > limitBytes) return false;
      if (length > this.#buffer.length)
        this.#grow(Math.min(Math.max(length, 2 * this.#buffer.length), limitBytes));
    }
    this.#length += this.#buffer.write(line, this.#length);
    return true;
  }

  clear(): void {
    this.#length = 0;
    if (this.#buffer.length > USUAL_BYTES) this.#buffer = Buffer.allocUnsafeSlow(USUAL_BYTES);
  }

  #grow(bytes: number): void {
    const buffer = Buffer.allocUnsafeSlow(bytes);
    this.#buffer.copy(buffer, 0, 0, this.#length);
    this.#buffer = buffer;
  }
}
