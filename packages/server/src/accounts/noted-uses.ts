/** When tokens and share links were last used: written down at intervals, in the background. */

import { growingCache } from '../growing-cache.ts';

/** How often the use of one is written down, at most, in milliseconds. */
const INTERVAL_MS = 60_000;
/** Of how many it is remembered that their use was written down lately. */
const MOST_NOTED = 10_000;

/** Writes uses down. No request waits for it. */
export class NotedUses<Key extends string | number> {
  readonly #noted = growingCache<Key, true>(MOST_NOTED, { ttl: INTERVAL_MS });
  readonly #writing = new Set<Promise<void>>();
  readonly #write: (key: Key) => Promise<void>;
  readonly #onFailure: (error: unknown) => void;

  /** @param write stores that it is being used now. */
  constructor(write: (key: Key) => Promise<void>, onFailure: (error: unknown) => void) {
    this.#write = write;
    this.#onFailure = onFailure;
  }

  note(key: Key): void {
    if (this.#noted.has(key)) return;
    this.#noted.set(key, true);
    const writing = this.#write(key)
      .catch(this.#onFailure)
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /** Resolves when nothing is being written any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing);
  }
}
