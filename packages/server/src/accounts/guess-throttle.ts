/**
 * Slows down who guesses passwords, and then stops hashing for them. Known and unknown logins are counted alike. Nothing here concerns
 * callers whose password was verified lately: they never come by.
 */

import { setTimeout as pause } from 'node:timers/promises';
import type { CounterKind, GuessCounters } from './guess-counters.ts';

/** From how many failures on a try has to wait, and from how many on it is refused. */
const LIMITS: Readonly<Record<CounterKind, { readonly slow: number; readonly refused: number }>> = {
  /** One caller, one login: a forgotten password, or the beginning of a guess. */
  pair: { slow: 5, refused: 10 },
  /** One caller, many logins: some addresses are of many. */
  address: { slow: 30, refused: 100 },
  /** One login, many callers. */
  login: { slow: 20, refused: 50 },
};

/** The first wait, in milliseconds; each further failure doubles it. */
const FIRST_WAIT = 250;
const LONGEST_WAIT = 4000;
/** How many tries may be waiting at a time; more are refused. */
const MOST_WAITING = 1000;

/** Decides over tries, and learns from what became of them. */
export class GuessThrottle {
  readonly #counters: GuessCounters;
  #waiting = 0;

  constructor(counters: GuessCounters) {
    this.#counters = counters;
  }

  /**
   * To be called before a password is hashed. Resolves when its turn has come: at once, unless there were failures.
   *
   * @returns false when the password is not to be looked at.
   */
  async admits(loginName: string, address: string): Promise<boolean> {
    const wait = this.#waitFor(loginName, address);
    if (wait === 0) return true;
    if (wait === undefined || this.#waiting >= MOST_WAITING) return false;
    this.#waiting++;
    try {
      await pause(wait);
    } finally {
      this.#waiting--;
    }
    // Others of the same may have failed meanwhile.
    return this.#waitFor(loginName, address) !== undefined;
  }

  /** @param isAccount whether an account bears the name. */
  failed(loginName: string, address: string, isAccount: boolean): void {
    this.#counters.countFailure(loginName, address, isAccount);
  }

  succeeded(loginName: string, address: string): void {
    this.#counters.countSuccess(loginName, address);
  }

  /** In milliseconds; undefined when it is refused. */
  #waitFor(loginName: string, address: string): number | undefined {
    let longest = 0;
    for (const kind of this.#kindsFor(loginName, address)) {
      const { slow, refused } = LIMITS[kind];
      const failures = this.#counters.failures(kind, loginName, address);
      if (failures >= refused) return undefined;
      if (failures >= slow) longest = Math.max(longest, FIRST_WAIT * 2 ** (failures - slow));
    }
    return Math.min(longest, LONGEST_WAIT);
  }

  /** Where the login has succeeded lately, only its own failures count, not those of others. */
  #kindsFor(loginName: string, address: string): readonly CounterKind[] {
    return this.#counters.hasSucceeded(loginName, address) ? ['pair'] : ['pair', 'address', 'login'];
  }
}
