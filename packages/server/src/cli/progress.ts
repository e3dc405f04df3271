/** How far a long command has come: a bar on a terminal, a line now and then elsewhere. On standard error. */

import { cutToWidth } from '@cert-order-status/client/cli';

const BAR_WIDTH = 28;
const TERMINAL_INTERVAL_MS = 100;
const LINE_INTERVAL_MS = 5000;

/** What is told of one step of the work. */
export interface Step {
  /** From 0 to 1; undefined when there is no telling. */
  readonly fraction: number | undefined;
  readonly text: string;
}

/** Shows progress; cheap to call for every item. */
export class Progress {
  readonly #isTerminal = process.stderr.isTTY === true;
  readonly #interval = this.#isTerminal ? TERMINAL_INTERVAL_MS : LINE_INTERVAL_MS;
  readonly #began = performance.now();
  #last = this.#began;
  #label = '';
  #isShown = false;

  update(label: string, step: () => Step): void {
    const now = performance.now();
    // The first word of a new step may be the last for a while.
    const isNew = label !== this.#label && now - this.#began >= this.#interval;
    if (now - this.#last < this.#interval && !isNew) return;
    this.#last = now;
    this.#label = label;
    const { fraction, text } = step();
    const percent = fraction === undefined ? '' : `${Math.floor(fraction * 100)} %, `;
    if (!this.#isTerminal) {
      process.stderr.write(`${label}: ${percent}${text}\n`);
      return;
    }
    const filled = Math.round((fraction ?? 0) * BAR_WIDTH);
    const bar = fraction === undefined ? '' : `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}] `;
    // A bar that is wider than the terminal would leave its first lines behind.
    const line = cutToWidth(`${label} ${bar}${percent}${text}`, (process.stderr.columns || 80) - 1);
    process.stderr.write(`\r\x1b[K${line}`);
    this.#isShown = true;
  }

  /** Takes the bar away, before other output. */
  clear(): void {
    if (this.#isShown) process.stderr.write('\r\x1b[K');
    this.#isShown = false;
  }
}
