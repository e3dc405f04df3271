/** The rate limit of an account (`--account-rate`): a token bucket for each account and process. */

import { growingCache } from '../growing-cache.ts';

const MINUTE_MS = 60_000;
/** How many accounts are remembered; an account that has dropped out starts with a full bucket. */
const MOST_ACCOUNTS = 100_000;

/** Limits the requests of each account: up to `perMinute` at once, refilled one every `60 / perMinute` seconds. */
export class AccountRateLimit {
  readonly #perMinute: number;
  readonly #accounts = growingCache<number, { left: number; at: number }>(MOST_ACCOUNTS);

  /** @param perMinute at least 1. */
  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /**
   * Counts a request.
   *
   * @returns 0 when it may be served; else the Retry-After in seconds.
   */
  take(accountID: number): number {
    const now = performance.now();
    const before = this.#accounts.get(accountID) ?? { left: this.#perMinute, at: now };
    const left = Math.min(this.#perMinute, before.left + ((now - before.at) * this.#perMinute) / MINUTE_MS);
    const isGiven = left >= 1;
    this.#accounts.set(accountID, { left: isGiven ? left - 1 : left, at: now });
    return isGiven ? 0 : Math.ceil(((1 - left) * MINUTE_MS) / this.#perMinute / 1000);
  }
}
