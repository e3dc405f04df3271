/** Who gets to hash a password, and when: hashing is what a flood of wrong passwords would use up. */

import { availableParallelism } from 'node:os';
import { FairQueue } from './fair-queue.ts';

/** How long a hash waits for its turn, in milliseconds. */
const LONGEST_WAIT = 2000;

/** There was no turn in time; the caller should come back after {@link HashQueueFull.retryAfterSeconds}. */
export class HashQueueFull extends Error {
  override readonly name = 'HashQueueFull';
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds = LONGEST_WAIT / 1000) {
    super('too many passwords are waiting to be checked');
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What a {@link HashQueue} may be told. */
interface HashQueueOptions {
  readonly concurrency?: number | undefined;
  /** In milliseconds. */
  readonly longestWait?: number | undefined;
  /** Is told of each hash that had no turn. */
  readonly onTurnedAway?: (() => void) | undefined;
}

/** Runs at most so many hashes at a time, one a core unless said otherwise. Those that wait take turns, see {@link FairQueue}. */
export class HashQueue {
  readonly #concurrency: number;
  readonly #waiting: FairQueue<undefined, true>;
  #running = 0;

  constructor({
    concurrency = availableParallelism(),
    longestWait = LONGEST_WAIT,
    onTurnedAway,
  }: HashQueueOptions = {}) {
    this.#concurrency = concurrency;
    this.#waiting = new FairQueue(longestWait, onTurnedAway);
  }

  /**
   * @param failures how many the caller's address has.
   * @throws {HashQueueFull} when the caller has too many hashes waiting, or its turn did not come in time.
   */
  async run<Result>(caller: string, hash: () => Promise<Result>, failures = 0): Promise<Result> {
    if (this.#running < this.#concurrency) this.#running++;
    else if (!(await this.#waiting.wait(undefined, caller, failures))) throw new HashQueueFull();
    try {
      return await hash();
    } finally {
      // The place of a hash that is done goes to the next in line.
      if (this.#waiting.give(() => true, 1) === 0) this.#running--;
    }
  }
}
