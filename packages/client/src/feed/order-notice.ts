/** What one watch knows of the changes of its order. */

import { LONGEST_TIMER_MS } from '../pause.ts';
import type { PollInterval } from '../watch-pace.ts';

/** Notices of one order, for one watch. */
export class OrderNotice {
  #isFollowing: boolean;
  /** A change may have come after the last request was sent. */
  #isChanged = false;
  /** A request has been sent. */
  #hasBegun = false;
  /** As long as it is not known, every change may be the order's. */
  #orderNumber: string | undefined;
  #intervalMs = 0;
  #resolve: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(isFollowing: boolean) {
    this.#isFollowing = isFollowing;
  }

  /** To be called before a request is sent: changes count from now on. */
  begin(): void {
    this.#hasBegun = true;
    this.#isChanged = false;
  }

  /** Says that some orders have changed. */
  wakeFor(orderNumbers: ReadonlySet<string>): void {
    if (this.#orderNumber === undefined ? orderNumbers.size > 0 : orderNumbers.has(this.#orderNumber))
      this.#wake();
  }

  /** Says that any order may have changed. */
  wakeIfBegun(): void {
    if (this.#hasBegun) this.#wake();
  }

  /** Says whether changes are told; if not, the interval between requests begins now. */
  setFollowing(isFollowing: boolean): void {
    this.#isFollowing = isFollowing;
    clearTimeout(this.#timer);
    if (!isFollowing && this.#resolve !== undefined) this.#startTimer(this.#intervalMs);
  }

  /**
   * Resolves when the order may have changed since {@link begin}; or, while changes are not told, when the interval is
   * over.
   */
  async next(
    orderNumber: string | undefined,
    { intervalMs, elapsedMs }: PollInterval,
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    this.#orderNumber = orderNumber;
    this.#intervalMs = intervalMs;
    if (this.#isChanged) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#resolve = resolve;
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
    if (!this.#isFollowing) this.#startTimer(intervalMs - elapsedMs);
    try {
      await promise;
    } finally {
      clearTimeout(this.#timer);
      this.#resolve = undefined;
      signal.removeEventListener('abort', onAbort);
    }
  }

  #wake(): void {
    this.#isChanged = true;
    this.#resolve?.();
  }

  #startTimer(timeMs: number): void {
    this.#timer = setTimeout(() => this.#resolve?.(), Math.min(Math.max(timeMs, 0), LONGEST_TIMER_MS));
  }
}
