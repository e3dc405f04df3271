/** Following an order until it is settled. */

import { isSettled, isSuccess, type ReceivedOrderStatus } from '@cert-order-status/protocol';
import { changesBetween, type StatusChange } from './changes.ts';
import { OrderStatusError } from './errors.ts';
import type { ChangeNotices } from './feed/change-notices.ts';
import { leavable } from './leavable.ts';
import { pause } from './pause.ts';
import { pauseAfter } from './retry.ts';
import { POLLING, type WatchPace } from './watch-pace.ts';

/** How an order is followed. */
export interface WatchOptions {
  /** Whether a status is the last one wanted. Default: {@link isSettled}. */
  readonly until?: ((status: ReceivedOrderStatus) => boolean) | undefined;
  /**
   * The interval between requests, in milliseconds. Default three hours, the most often that the live service allows.
   * After a transient failure the next request comes sooner, at first within a minute, then within two, four, …
   */
  readonly intervalMs?: number | undefined;
  /**
   * Notices of the account's changes (`changeNotices()`), with which a request is sent after each change of the order,
   * instead of one in each interval. Any number of watches can have the same.
   */
  readonly notices?: ChangeNotices | undefined;
  /** Ends the watch when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every failure that the watch survives. */
  readonly onFailure?: ((failure: WatchFailure) => void) | undefined;
}

/** A failure that the watch survives. */
export interface WatchFailure {
  readonly error: OrderStatusError;
  /** The time until the next request, in milliseconds. */
  readonly nextInMs: number;
}

/** A status that differs from the one before. */
export interface StatusUpdate {
  readonly status: ReceivedOrderStatus;
  /** What changed since the update before; empty for the first. */
  readonly changes: readonly StatusChange[];
  /** Nothing is left to wait for; see {@link isSettled}. */
  readonly settled: boolean;
  /** It is settled, and a certificate is issued; see {@link isSuccess}. */
  readonly success: boolean;
}

/** What the live service asks for. */
export const DEFAULT_INTERVAL_MS = 3 * 60 * 60 * 1000;

const FIRST_PAUSE_AFTER_FAILURE_MS = 60_000;
/** After -42 (call limit reached), unless the service says how long. */
const CALL_LIMIT_PAUSE = 5 * 60_000;

/** Watches the results of `ask`; see `OrderStatusClient.watch`. */
export function watchStatus(
  ask: (signal: AbortSignal) => Promise<ReceivedOrderStatus>,
  options: Omit<WatchOptions, 'signal'>,
  signal: AbortSignal | undefined,
): AsyncIterableIterator<StatusUpdate> {
  return leavable((stop) => follow(ask, options, stop), signal);
}

async function* follow(
  ask: (signal: AbortSignal) => Promise<ReceivedOrderStatus>,
  { notices, ...options }: Omit<WatchOptions, 'signal'>,
  signal: AbortSignal,
): AsyncGenerator<StatusUpdate, undefined, undefined> {
  const pace = notices?.pace() ?? POLLING;
  try {
    yield* atPace(pace, ask, options, signal);
  } finally {
    pace.end();
  }
}

async function* atPace(
  pace: WatchPace,
  ask: (signal: AbortSignal) => Promise<ReceivedOrderStatus>,
  {
    until = isSettled,
    intervalMs = DEFAULT_INTERVAL_MS,
    onFailure,
  }: Omit<WatchOptions, 'signal' | 'notices'>,
  signal: AbortSignal,
): AsyncGenerator<StatusUpdate, undefined, undefined> {
  let last: ReceivedOrderStatus | undefined;
  let failures = 0;
  for (;;) {
    const asked = performance.now();
    let status: ReceivedOrderStatus;
    try {
      status = await pace.ask(() => ask(signal), signal);
    } catch (error) {
      if (!(error instanceof OrderStatusError) || !error.isTransient) throw error;
      const nextInMs = pauseAfter(error, ++failures, {
        firstPauseMs: FIRST_PAUSE_AFTER_FAILURE_MS,
        longestPauseMs: intervalMs,
        callLimitPauseMs: CALL_LIMIT_PAUSE,
      });
      onFailure?.({ error, nextInMs });
      await pause(nextInMs, signal);
      continue;
    }
    failures = 0;
    const changes = last === undefined ? [] : changesBetween(last, status);
    if (last === undefined || changes.length > 0) {
      yield { status, changes, settled: isSettled(status), success: isSuccess(status) };
    }
    if (until(status)) return;
    last = status;
    const [order] = status.orders;
    await pace.next(order?.orderNumber, { intervalMs, elapsedMs: performance.now() - asked }, signal);
  }
}
