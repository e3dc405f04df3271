/**
 * The login throttle against brute force: delays logins that fail repeatedly, and then refuses them without hashing.
 * Known and unknown logins are counted alike. Nothing here concerns clients whose password was verified lately: they
 * bypass it.
 *
 * Only an attacking address is refused, and only a login from an address that attacks it: independent of others, a new
 * address has its turn. What is promised of it, in numbers, is in docs/security.md, "Brute force".
 */

import type { OnLimit } from '../limits.ts';
import type { CounterKind, FailedLoginCounters, LoginAttempt } from './failed-login-counters.ts';
import { FairQueue } from './fair-queue.ts';
import { HashQueueFull } from './hash-queue.ts';

/** From how many failures on an attempt is delayed, and after how many it is refused. */
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
  readonly attempt: LoginAttempt;
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
   * @param group see {@link FailedLoginCounters.attempt}.
   * @returns undefined when the password is not to be looked at.
   * @throws {HashQueueFull} when there was no turn in time.
   */
  async admit(loginName: string, address: string, group?: string): Promise<Turn | undefined> {
    const attempt = this.#counters.attempt(loginName, address, group);
    const wait = this.#waitFor(attempt);
    const isNext = wait === 0 && !this.#isBehindOthers(attempt);
    const atOnce = this.#isRefused(attempt) ? 'refused' : isNext ? this.#turnFor(attempt) : undefined;
    const turn = atOnce ?? (await this.#wait(attempt, wait));
    if (turn === undefined) throw new HashQueueFull(RETRY_AFTER_SECONDS);
    if (turn !== 'refused') return turn;
    this.#onLimit('failedLogins');
    return undefined;
  }

  /** First come, first served: an attempt at a login that others wait for waits, too, until the next turn is given. */
  #isBehindOthers(attempt: LoginAttempt): boolean {
    return this.#waitingFor.has(attempt.buckets.pace) && !this.#counters.hasSucceeded(attempt);
  }

  async #wait(attempt: LoginAttempt, waitMs: number): Promise<Turn | 'refused' | undefined> {
    const { pace } = attempt.buckets;
    const others = this.#waitingFor;
    others.set(pace, (others.get(pace) ?? 0) + 1);
    const from = performance.now() + waitMs;
    const turn = this.#waiting.wait({ attempt: attempt, from }, attempt.address, this.#failuresOf(attempt));
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
  #turnFor(attempt: LoginAttempt): Turn | 'refused' | undefined {
    if (this.#isRefused(attempt)) return 'refused';
    const counters = this.#counters;
    const isOpen = (kind: CounterKind, most: number) =>
      counters.failures(kind, attempt) + counters.inFlight(kind, attempt) <= most - 1;
    if (!this.#refusalsOf(attempt).every((kind) => isOpen(kind, REFUSALS[kind].most))) return undefined;
    const failures = this.#failuresOf(attempt);
    if (!counters.hasSucceeded(attempt)) {
      if (!isOpen('login', LOGIN_LIMITS[Math.min(failures, LOGIN_LIMITS.length - 1)] as number))
        return undefined;
      if (!isOpen('pace', PACE_LIMITS[Math.min(failures, PACE_LIMITS.length - 1)] as number))
        return undefined;
    }
    return this.#begin(attempt, failures);
  }

  #begin(attempt: LoginAttempt, failures: number): Turn {
    const end = this.#counters.begin(attempt);
    let isOver = false;
    const over = (learn: () => void) => {
      if (isOver) return;
      isOver = true;
      end();
      learn();
    };
    return {
      failures,
      failed: (isAccount) => over(() => this.#counters.countFailure(attempt, isAccount)),
      failedUnrecorded: () => over(() => this.#counters.countUnrecorded(attempt)),
      succeeded: () => over(() => this.#counters.countSuccess(attempt)),
      release: () => over(() => {}),
    };
  }

  #isRefused(attempt: LoginAttempt): boolean {
    return this.#refusalsOf(attempt).some(
      (kind) => this.#counters.failures(kind, attempt) > REFUSALS[kind].most - 1,
    );
  }

  /** Where the login has succeeded lately, only its own failures count, not those of others. */
  #refusalsOf(attempt: LoginAttempt): readonly (keyof typeof REFUSALS)[] {
    return this.#counters.hasSucceeded(attempt) ? ['pair'] : ['pair', 'address'];
  }

  /** How long a try has to wait for what its client has failed before, in milliseconds. */
  #waitFor(attempt: LoginAttempt): number {
    const waits = this.#refusalsOf(attempt).map((kind) => {
      const beyond = wholeOf(this.#counters.failures(kind, attempt)) - REFUSALS[kind].slow;
      return beyond < 0 ? 0 : FIRST_WAIT_MS * 2 ** beyond;
    });
    return Math.min(LONGEST_WAIT_MS, Math.max(...waits));
  }

  /** How many failures an address has, those of its neighbours included: what takes turns goes by it. */
  #failuresOf(attempt: LoginAttempt): number {
    const counters = this.#counters;
    const of = (kind: CounterKind) =>
      wholeOf(counters.failures(kind, attempt) + counters.inFlight(kind, attempt));
    if (counters.hasSucceeded(attempt)) return of('pair');
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
        ({ attempt, from }) => (now < from ? undefined : this.#turnFor(attempt)),
        Number.POSITIVE_INFINITY,
      );
      if (this.#waiting.size > 0) this.#look();
    }, LOOK_INTERVAL_MS);
  }
}

function wholeOf(failures: number): number {
  return Math.ceil(failures - FORGOTTEN);
}
