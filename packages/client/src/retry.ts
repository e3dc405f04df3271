/** When a request is retried, and when not. */

import { CallLimitError, OrderStatusError, TransportError } from './errors.ts';
import { pause } from './pause.ts';

/** How transient failures are met. All times are milliseconds. */
export interface RetryPolicy {
  /** The most attempts of a request; 1 means no retry. Default 4. */
  readonly attempts: number;
  /**
   * The longest pause before the second attempt; it doubles with each. The pause itself is random (full jitter).
   * Default 500.
   */
  readonly firstPauseMs: number;
  /** What no pause is longer than, unless the service itself asks for more (Retry-After). Default 10,000. */
  readonly longestPauseMs: number;
  /**
   * The longest pause after the first -42 (call limit reached), in place of `firstPause` and `longestPause`; it
   * doubles with each. The pause itself is random, at least half of it. An attempt that does not fit in the call's time
   * is not made. Default 30,000.
   */
  readonly callLimitPauseMs: number;
  /** The longest that one attempt may take. Default 15,000. */
  readonly attemptTimeoutMs: number;
  /**
   * The most retries in a minute by all of a client's calls together, so that many calls do not make a service's bad
   * day worse; beyond it failures are reported at once. Default 60.
   */
  readonly perMinute: number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 4,
  firstPauseMs: 500,
  longestPauseMs: 10_000,
  callLimitPauseMs: 30_000,
  attemptTimeoutMs: 15_000,
  perMinute: 60,
};

const MINUTE_MS = 60_000;
/**
 * What the pauses after -42 do not grow beyond, in milliseconds: the live service asks for no more than a request in
 * three hours.
 */
const LONGEST_CALL_LIMIT_PAUSE = 3 * 60 * MINUTE_MS;
/** With less time left than this, another attempt could only end in a time-out. */
const SHORTEST_ATTEMPT_MS = 100;

/** Retries are paid from it; it fills up again with time. */
export class RetryBudget {
  readonly #perMinute: number;
  #left: number;
  #since = Date.now();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
    this.#left = perMinute;
  }

  /** Takes one retry, if there is one. */
  take(): boolean {
    if (this.#perMinute === Infinity) return true;
    const now = Date.now();
    // A clock that was set back earns nothing.
    const earned = (Math.max(0, now - this.#since) / MINUTE_MS) * this.#perMinute;
    this.#left = Math.min(this.#perMinute, this.#left + earned);
    this.#since = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}

/** A random pause before the attempt after the given number of failures: full jitter under a doubling limit. */
function jitteredPause(failures: number, first: number, longest: number): number {
  return Math.random() * Math.min(longest, first * 2 ** (failures - 1));
}

/**
 * How long to wait after a failure, in milliseconds: at least as long as the service asks for (Retry-After), and after
 * -42 (call limit reached) without Retry-After between half and all of a long pause that doubles.
 */
export function pauseAfter(
  error: OrderStatusError,
  failures: number,
  limits: Pick<RetryPolicy, 'firstPauseMs' | 'longestPauseMs' | 'callLimitPauseMs'>,
): number {
  if (error instanceof CallLimitError && error.retryAfterMs === undefined) {
    const half = Math.min(limits.callLimitPauseMs * 2 ** (failures - 1), LONGEST_CALL_LIMIT_PAUSE) / 2;
    return half + Math.random() * half;
  }
  return Math.max(
    error.retryAfterMs ?? 0,
    jitteredPause(failures, limits.firstPauseMs, limits.longestPauseMs),
  );
}

/**
 * Sends requests until one succeeds, the failure is permanent, or attempts, time or budget are used up; then the last
 * failure is thrown.
 *
 * @param timeoutMs for everything together, in milliseconds.
 */
export async function withRetries<Result>(
  ask: (signal: AbortSignal) => Promise<Result>,
  policy: RetryPolicy,
  budget: RetryBudget,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Result> {
  const end = performance.now() + timeoutMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await within(Math.min(policy.attemptTimeoutMs, end - performance.now()), ask, signal);
    } catch (error) {
      if (!(error instanceof OrderStatusError) || !error.isTransient || attempt >= policy.attempts)
        throw error;
      const wait = pauseAfter(error, attempt, policy);
      if (end - performance.now() - wait < SHORTEST_ATTEMPT_MS || !budget.take()) throw error;
      await pause(wait, signal);
    }
  }
}

/** Runs one attempt, which ends when its time is up, in milliseconds. */
export async function within<Result>(
  limit: number,
  ask: (signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  signal?.throwIfAborted();
  const attempt = new AbortController();
  const { promise: over, reject } = Promise.withResolvers<never>();
  const stop = (reason: unknown) => {
    attempt.abort(reason);
    reject(reason);
  };
  const timer = setTimeout(() => stop(timedOut(limit)), limit);
  const onAbort = () => stop(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  try {
    return await Promise.race([ask(attempt.signal), over]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function timedOut(limit: number): TransportError {
  return new TransportError('timeout', `no answer within ${Math.round(limit) / 1000} s`);
}
