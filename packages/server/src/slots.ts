/** Bounded concurrency: so much work at a time, in the order in which it came. */
export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  /** @param count how much at a time. */
  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Does the work once there is a slot for it.
   *
   * @throws the signal's reason when it is aborted before the work begins.
   */
  async run<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    while (this.#free === 0) await this.#turn(signal);
    signal.throwIfAborted();
    this.#free--;
    try {
      return await work();
    } finally {
      this.#free++;
      const [next] = this.#waiting;
      next?.();
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => reject(signal.reason);
    this.#waiting.add(resolve);
    signal.addEventListener('abort', onAbort, { once: true });
    return promise.finally(() => {
      this.#waiting.delete(resolve);
      signal.removeEventListener('abort', onAbort);
    });
  }
}
