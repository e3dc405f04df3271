/** Time limits of requests, as signals. */

import { OutboundError } from './outbound-error.ts';

/** A time limit that runs. */
export interface Timeout {
  /** Aborted when the time is over. */
  readonly signal: AbortSignal;
  /** Ends it early. */
  clear(): void;
}

/** Aborts after a time, in milliseconds, with an error that is made then. */
export function timeoutAfter(timeoutMs: number, error: () => Error): Timeout {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(error()), timeoutMs);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

/** The error of a time limit, in milliseconds. */
export function timedOut(missing: string, timeoutMs: number): OutboundError {
  return new OutboundError('timeout', `${missing} within ${timeoutMs / 1000} s`);
}

/** A signal that is aborted with the first of these, and with its reason. */
export function anySignal(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}
