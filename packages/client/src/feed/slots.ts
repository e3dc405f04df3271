/** A bound on how many tasks run at a time. */
export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Runs a task when there is room, in the order of the calls.
   *
   * @throws what the signal is aborted with while there is none; or what the task throws.
   */
  async run<Result>(task: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#next(signal);
    try {
      return await task();
    } finally {
      const [first] = this.#waiting;
      if (first === undefined) this.#free++;
      else first();
    }
  }

  /** Waits for the slot of a task that ends. */
  async #next(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const take = () => {
      this.#waiting.delete(take);
      resolve();
    };
    const onAbort = () => {
      // Too late once the slot has been handed over: the task then ends by itself.
      if (this.#waiting.delete(take)) reject(signal.reason);
    };
    this.#waiting.add(take);
    signal.addEventListener('abort', onAbort);
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}
