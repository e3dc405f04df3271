/** Who gets to hash a password, and when: hashing is what a flood of wrong passwords would use up. */

import { availableParallelism } from 'node:os';

/** How many hashes one caller address may have waiting. */
const WAITING_PER_CALLER = 4;
/** How long a hash waits for its turn, in milliseconds. */
const LONGEST_WAIT = 2000;

/** There was no turn in time; the caller should come back after {@link HashQueueFull.retryAfter} seconds. */
export class HashQueueFull extends Error {
  override readonly name = 'HashQueueFull';
  readonly retryAfter = LONGEST_WAIT / 1000;

  constructor() {
    super('too many passwords are waiting to be checked');
  }
}

/** One hash that waits. */
interface Turn {
  start(): void;
}

/**
 * Runs at most so many hashes at a time, one a core unless said otherwise. Caller addresses take turns, so one that floods delays itself and
 * nobody else.
 */
export class HashQueue {
  readonly #concurrency: number;
  readonly #longestWait: number;
  /** Callers in the order of their next turn; one without waiting hashes is not in it. */
  readonly #waiting = new Map<string, Turn[]>();
  #running = 0;

  constructor({ concurrency = availableParallelism(), longestWait = LONGEST_WAIT } = {}) {
    this.#concurrency = concurrency;
    this.#longestWait = longestWait;
  }

  /** @throws {HashQueueFull} when the caller has too many hashes waiting, or its turn did not come in time. */
  async run<Result>(caller: string, hash: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#concurrency) await this.#turnOf(caller);
    else this.#running++;
    try {
      return await hash();
    } finally {
      this.#passOn();
    }
  }

  #turnOf(caller: string): Promise<void> {
    const turns = this.#waiting.get(caller) ?? [];
    if (turns.length >= WAITING_PER_CALLER) return Promise.reject(new HashQueueFull());
    return new Promise((resolve, reject) => {
      const turn: Turn = {
        start() {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        turns.splice(turns.indexOf(turn), 1);
        if (turns.length === 0) this.#waiting.delete(caller);
        reject(new HashQueueFull());
      }, this.#longestWait);
      turns.push(turn);
      this.#waiting.set(caller, turns);
    });
  }

  /** Gives the finished hash's place to the next caller in line, who then goes to the end of it. */
  #passOn(): void {
    for (const [caller, turns] of this.#waiting) {
      const turn = turns.shift();
      this.#waiting.delete(caller);
      if (turns.length > 0) this.#waiting.set(caller, turns);
      turn?.start();
      return;
    }
    this.#running--;
  }
}
