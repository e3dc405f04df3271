/** Lines at the bottom of a terminal that are written anew whenever something happens. */

import { stripVTControlCharacters } from 'node:util';
import { printableLine } from './output.ts';

/** The block. On what is no terminal it is not shown; what is printed above it is. */
export class LiveBlock {
  readonly #stream: NodeJS.WriteStream;
  readonly #isShown: boolean;
  #height = 0;

  constructor(stream: NodeJS.WriteStream, isShown: boolean) {
    this.#stream = stream;
    this.#isShown = isShown;
  }

  /** Shows these lines in the place of those before, each cut to the width of the terminal. */
  show(lines: readonly string[]): void {
    if (!this.#isShown) return;
    const width = this.#stream.columns || 80;
    this.#stream.write(
      `${this.#eraser()}${lines.map((line) => `${cut(printableLine(line), width)}\n`).join('')}`,
    );
    this.#height = lines.length;
  }

  /** Takes the lines away. */
  clear(): void {
    if (this.#height === 0) return;
    this.#stream.write(this.#eraser());
    this.#height = 0;
  }

  /** Up to the block's first line, and everything from there on erased. */
  #eraser(): string {
    return this.#height === 0 ? '' : `\x1b[${this.#height}A\r\x1b[J`;
  }
}

/**
 * A line that is too long loses its colours with its end: cut in the middle of one it would colour all that follows.
 */
function cut(line: string, width: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= width ? line : `${plain.slice(0, width - 1)}…`;
}
