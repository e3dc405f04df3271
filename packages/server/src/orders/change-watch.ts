import type { History } from './history.ts';

/** How often the history is checked while a client waits, in milliseconds. */
const INTERVAL_MS = 250;

/** Watches the history for long polls and live pages: one look-up serves everything that waits. */
export class ChangeWatch {
  readonly #history: History;
  readonly #stopping = new AbortController();
  #wake: (() => void) | undefined;
  #next: Promise<string> | undefined;

  constructor(history: History) {
    this.#history = history;
  }

  /** Resolves when there are changes after the cursor, or, without any, when the signal or the end comes first. */
  async waitBeyond(cursor: string, signal: AbortSignal): Promise<void> {
    const given = AbortSignal.any([signal, this.#stopping.signal]);
    const aborted = new Promise<void>((resolve) => {
      if (given.aborted) resolve();
      given.addEventListener('abort', () => resolve(), { once: true });
    });
    let latest = await this.#history.latest();
    while (latest === cursor && !given.aborted) {
      latest = (await Promise.race([this.#lookUp(), aborted])) ?? cursor;
    }
  }

  /** Call it after a change of this process: waiting clients then return at once. */
  poke(): void {
    this.#wake?.();
  }

  get isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Ends every wait. */
  stop(): void {
    this.#stopping.abort();
    this.#wake?.();
  }

  #lookUp(): Promise<string> {
    this.#next ??= this.#lookUpOnce();
    return this.#next;
  }

  async #lookUpOnce(): Promise<string> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, INTERVAL_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
    this.#next = undefined;
    return this.#history.latest();
  }
}
