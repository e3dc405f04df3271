/** Rate limits of accounts, such as `--account-rate`: a token bucket for each account and process. */

import { growingCache } from '../growing-cache.ts';

const MINUTE_MS = 60_000;
/** How many accounts are remembered; an account that has dropped out starts with a full bucket. */
const MOST_ACCOUNTS = 100_000;

/** Limits the requests of each account: up to `most` at once, refilled evenly within the interval. */
export class AccountRateLimit {
  readonly #most: number;
  readonly #intervalMs: number;
  readonly #accounts = growingCache<number, { left: number; at: number }>(MOST_ACCOUNTS);

  /** @param most at least 1. */
  constructor(most: number, intervalMs = MINUTE_MS) {
    this.#most = most;
    this.#intervalMs = intervalMs;
  }

  /**
   * Counts a request.
   *
   * @returns 0 when it may be served; else the Retry-After in seconds.
   */
  take(accountID: number): number {
    const now = performance.now();
    const before = this.#accounts.get(accountID) ?? { left: this.#most, at: now };
    const left = Math.min(this.#most, before.left + ((now - before.at) * this.#most) / this.#intervalMs);
    const isGiven = left >= 1;
    this.#accounts.set(accountID, { left: isGiven ? left - 1 : left, at: now });
    return isGiven ? 0 : Math.ceil(((1 - left) * this.#intervalMs) / this.#most / 1000);
  }
}
