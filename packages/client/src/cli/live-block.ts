/** Lines at the bottom of a terminal that are written anew whenever something happens. */

import { cutToWidth, displayWidth } from './display-width.ts';
import { printableLine } from './output.ts';

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

/** The block. On what is no terminal it is not shown; what is printed above it is. */
export class LiveBlock {
  readonly #stream: NodeJS.WriteStream;
  readonly #isShown: boolean;
  /** The columns that each line shown takes. */
  #widths: readonly number[] = [];

  constructor(stream: NodeJS.WriteStream, isShown: boolean) {
    this.#stream = stream;
    this.#isShown = isShown;
  }

  /** The most lines that can be shown: with more, the first would scroll out of reach and stay for ever. */
  get room(): number {
    // The cursor stands in a line of its own below the block.
    return Math.max(1, (this.#stream.rows || DEFAULT_ROWS) - 1);
  }

  /** Shows these lines, at most {@link room}, in place of those before, each cut to the width of the terminal. */
  show(lines: readonly string[]): void {
    if (!this.#isShown) return;
    const columns = this.#columns();
    const shown = lines.slice(0, this.room).map((line) => cutToWidth(printableLine(line), columns));
    this.#stream.write(`${this.#eraser()}${shown.map((line) => `${line}\n`).join('')}`);
    this.#widths = shown.map(displayWidth);
  }

  /** Takes the lines away. */
  clear(): void {
    if (this.#widths.length === 0) return;
    this.#stream.write(this.#eraser());
    this.#widths = [];
  }

  /**
   * Up to the block's first line, and everything from there on erased. A terminal made narrower has broken its lines.
   */
  #eraser(): string {
    const columns = this.#columns();
    const height = this.#widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    return height === 0 ? '' : `\x1b[${height}A\r\x1b[J`;
  }

  #columns(): number {
    return this.#stream.columns || DEFAULT_COLUMNS;
  }
}
