/** Who gets to hash a password, and when: hashing is what a flood of wrong passwords would use up. */

import { availableParallelism } from 'node:os';
import { FairQueue } from './fair-queue.ts';

/** How long a hash waits for its turn, in milliseconds. */
const LONGEST_WAIT_MS = 2000;

/** No turn came in time; the client should retry after {@link HashQueueFull.retryAfterSeconds}. */
export class HashQueueFull extends Error {
  override readonly name = 'HashQueueFull';
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds = LONGEST_WAIT_MS / 1000) {
    super('too many passwords are waiting to be checked');
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Options of a {@link HashQueue}. */
interface HashQueueOptions {
  readonly concurrency?: number | undefined;
  /** In milliseconds. */
  readonly longestWaitMs?: number | undefined;
  /** Called for each hash that was dropped. */
  readonly onTurnedAway?: (() => void) | undefined;
}

/** Limits the hashes at a time, by default to one a core. Those that wait take turns, see {@link FairQueue}. */
export class HashQueue {
  readonly #concurrency: number;
  readonly #waiting: FairQueue<undefined, true>;
  #running = 0;

  constructor({
    concurrency = availableParallelism(),
    longestWaitMs = LONGEST_WAIT_MS,
    onTurnedAway,
  }: HashQueueOptions = {}) {
    this.#concurrency = concurrency;
    this.#waiting = new FairQueue(longestWaitMs, onTurnedAway);
  }

  /**
   * @param failures failures of the client's address.
   * @throws {HashQueueFull} when the client has too many hashes waiting, or its turn did not come in time.
   */
  async run<Result>(clientAddress: string, hash: () => Promise<Result>, failures = 0): Promise<Result> {
    if (this.#running < this.#concurrency) this.#running++;
    else if (!(await this.#waiting.wait(undefined, clientAddress, failures))) throw new HashQueueFull();
    try {
      return await hash();
    } finally {
      // The place of a hash that is done goes to the next in line.
      if (this.#waiting.give(() => true, 1) === 0) this.#running--;
    }
  }
}
