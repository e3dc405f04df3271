/**
 * Slows down who guesses passwords, and then stops hashing for them. Known and unknown logins are counted alike.
 * Nothing here concerns clients whose password was verified lately: they bypass it.
 *
 * Only an attacking address is refused, and only a login from an address that attacks it: independent of others, a new
 * address has its turn. What is promised of it, in numbers, is in docs/security.md, "Brute force".
 */

import type { OnLimit } from '../limits.ts';
import type { CounterKind, FailedLoginCounters, Guess } from './failed-login-counters.ts';
import { FairQueue } from './fair-queue.ts';
import { HashQueueFull } from './hash-queue.ts';

/** From how many failures on a try has to wait, and after how many there is none. */
const REFUSALS = {
  /** One address, one login: a forgotten password, or the beginning of an attack. */
  pair: { slow: 5, most: 10 },
  /** One address, many logins: some addresses are shared. */
  address: { slow: 30, most: 100 },
} as const satisfies Partial<Record<CounterKind, unknown>>;

/**
 * How many failures of a login there may be from all clients together, for a try of an address with no, one, two or
 * more failures. One try more, and it waits until they are fewer: those of addresses that have not failed before the
 * others.
 */
const LOGIN_LIMITS = [Number.POSITIVE_INFINITY, 150, 100, 50] as const;
const PACE_LIMITS = [40, 20] as const;
/** So many failures of a network count as one of each address in it. */
const NETWORK_FAILURES = 8;
/** What is left of a failure after an hour, for counters that halve every ten minutes, counts as none. */
const FORGOTTEN = 0.02;

/** The first wait, in milliseconds; each further failure doubles it. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 4000;
/** How long a try waits for its turn, in milliseconds, and the Retry-After of an attempt without a turn, in seconds. */
const LONGEST_TURN_WAIT_MS = 10_000;
const RETRY_AFTER_SECONDS = 5;
/** How often it is looked whose turn has come, in milliseconds. */
const LOOK_INTERVAL_MS = 50;

/**
 * The right to one try; what becomes of it is to be told once. Until then it counts as a failure, so that no limit is
 * passed meanwhile.
 */
export interface Turn {
  /** How many failures the address had. */
  readonly failures: number;
  /** @param isAccount whether an account bears the name: only then is it written down. */
  failed(isAccount: boolean): void;
  /** Like `failed`, for what is written down elsewhere. */
  failedUnrecorded(): void;
  succeeded(): void;
  /** Without an outcome: it is not counted. */
  release(): void;
}

/** A try that waits. */
interface Waiting {
  readonly guess: Guess;
  /** By `performance.now()`. */
  readonly from: number;
}

/** Decides over tries, and learns from what became of them. */
export class LoginThrottle {
  readonly #counters: FailedLoginCounters;
  readonly #onLimit: OnLimit;
  readonly #waiting: FairQueue<Waiting, Turn | 'refused'>;
  /** How many tries wait, by the login's counter. */
  readonly #waitingFor = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    counters: FailedLoginCounters,
    onLimit: OnLimit = () => {},
    longestTurnWaitMs: number = LONGEST_TURN_WAIT_MS,
  ) {
    this.#counters = counters;
    this.#onLimit = onLimit;
    this.#waiting = new FairQueue(longestTurnWaitMs, () => onLimit('loginTurns'));
  }

  /**
   * To be called before a password is looked at. Resolves when the try's turn has come: at once, unless there were
   * failures.
   *
   * @param group see {@link FailedLoginCounters.guess}.
   * @returns undefined when the password is not to be looked at.
   * @throws {HashQueueFull} when there was no turn in time.
   */
  async admit(loginName: string, address: string, group?: string): Promise<Turn | undefined> {
    const guess = this.#counters.guess(loginName, address, group);
    const wait = this.#waitFor(guess);
    const isNext = wait === 0 && !this.#isBehindOthers(guess);
    const atOnce = this.#isRefused(guess) ? 'refused' : isNext ? this.#turnFor(guess) : undefined;
    const turn = atOnce ?? (await this.#wait(guess, wait));
    if (turn === undefined) throw new HashQueueFull(RETRY_AFTER_SECONDS);
    if (turn !== 'refused') return turn;
    this.#onLimit('failedLogins');
    return undefined;
  }

  /** Who came first goes first: a try whose login is waited for waits, too, until it is looked whose turn it is. */
  #isBehindOthers(guess: Guess): boolean {
    return this.#waitingFor.has(guess.buckets.pace) && !this.#counters.hasSucceeded(guess);
  }

  async #wait(guess: Guess, waitMs: number): Promise<Turn | 'refused' | undefined> {
    const { pace } = guess.buckets;
    const others = this.#waitingFor;
    others.set(pace, (others.get(pace) ?? 0) + 1);
    const from = performance.now() + waitMs;
    const turn = this.#waiting.wait({ guess, from }, guess.address, this.#failuresOf(guess));
    this.#look();
    try {
      return await turn;
    } finally {
      const left = (others.get(pace) ?? 1) - 1;
      if (left === 0) others.delete(pace);
      else others.set(pace, left);
    }
  }

  /** Undefined when the try has to wait. */
  #turnFor(guess: Guess): Turn | 'refused' | undefined {
    if (this.#isRefused(guess)) return 'refused';
    const counters = this.#counters;
    const isOpen = (kind: CounterKind, most: number) =>
      counters.failures(kind, guess) + counters.inFlight(kind, guess) <= most - 1;
    if (!this.#refusalsOf(guess).every((kind) => isOpen(kind, REFUSALS[kind].most))) return undefined;
    const failures = this.#failuresOf(guess);
    if (!counters.hasSucceeded(guess)) {
      if (!isOpen('login', LOGIN_LIMITS[Math.min(failures, LOGIN_LIMITS.length - 1)] as number))
        return undefined;
      if (!isOpen('pace', PACE_LIMITS[Math.min(failures, PACE_LIMITS.length - 1)] as number))
        return undefined;
    }
    return this.#begin(guess, failures);
  }

  #begin(guess: Guess, failures: number): Turn {
    const end = this.#counters.begin(guess);
    let isOver = false;
    const over = (learn: () => void) => {
      if (isOver) return;
      isOver = true;
      end();
      learn();
    };
    return {
      failures,
      failed: (isAccount) => over(() => this.#counters.countFailure(guess, isAccount)),
      failedUnrecorded: () => over(() => this.#counters.countUnrecorded(guess)),
      succeeded: () => over(() => this.#counters.countSuccess(guess)),
      release: () => over(() => {}),
    };
  }

  #isRefused(guess: Guess): boolean {
    return this.#refusalsOf(guess).some(
      (kind) => this.#counters.failures(kind, guess) > REFUSALS[kind].most - 1,
    );
  }

  /** Where the login has succeeded lately, only its own failures count, not those of others. */
  #refusalsOf(guess: Guess): readonly (keyof typeof REFUSALS)[] {
    return this.#counters.hasSucceeded(guess) ? ['pair'] : ['pair', 'address'];
  }

  /** How long a try has to wait for what its client has failed before, in milliseconds. */
  #waitFor(guess: Guess): number {
    const waits = this.#refusalsOf(guess).map((kind) => {
      const beyond = wholeOf(this.#counters.failures(kind, guess)) - REFUSALS[kind].slow;
      return beyond < 0 ? 0 : FIRST_WAIT_MS * 2 ** beyond;
    });
    return Math.min(LONGEST_WAIT_MS, Math.max(...waits));
  }

  /** How many failures an address has, those of its neighbours included: what takes turns goes by it. */
  #failuresOf(guess: Guess): number {
    const counters = this.#counters;
    const of = (kind: CounterKind) =>
      wholeOf(counters.failures(kind, guess) + counters.inFlight(kind, guess));
    if (counters.hasSucceeded(guess)) return of('pair');
    return Math.max(of('address'), Math.floor(of('network') / NETWORK_FAILURES));
  }

  /**
   * Failures are forgotten with time, and those of other processes come to be known: nothing says when, so it is
   * looked.
   */
  #look(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const now = performance.now();
      this.#waiting.give(
        ({ guess, from }) => (now < from ? undefined : this.#turnFor(guess)),
        Number.POSITIVE_INFINITY,
      );
      if (this.#waiting.size > 0) this.#look();
    }, LOOK_INTERVAL_MS);
  }
}

function wholeOf(failures: number): number {
  return Math.ceil(failures - FORGOTTEN);
}
