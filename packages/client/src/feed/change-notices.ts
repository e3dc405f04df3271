/** Tells watches when their orders have changed: one request that waits, for any number of them. */

import { OrderStatusError } from '../errors.ts';
import { pause } from '../pause.ts';
import { pauseAfter, type RetryPolicy } from '../retry.ts';
import type { PollInterval, WatchPace } from '../watch-pace.ts';
import { type ChangeFeed, LATEST, LONG_POLL_SECONDS } from './change-feed.ts';
import { FeedError, FeedNotOfferedError, UnknownCursorError } from './feed-errors.ts';
import { LONGEST_FEED_PAUSE_MS, pauseAfterEmpty } from './follow-feed.ts';
import { OrderNotice } from './order-notice.ts';
import { Slots } from './slots.ts';

/** Whether watches learn of changes from the feed. */
export interface NoticesState {
  /** False: watches poll. */
  readonly isFollowing: boolean;
  /** Why they poll. */
  readonly error?: Error;
  /** In how many milliseconds the feed is tried again; left out when it is not. */
  readonly nextInMs?: number;
}

/** How notices are received. */
export interface ChangeNoticesOptions {
  /** Ends them when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Told when watches begin to learn of changes from the feed, and when they begin to poll, with the reason. */
  readonly onState?: ((state: NoticesState) => void) | undefined;
}

/** How many requests for a status are sent at a time when many orders have changed. */
const REQUESTS_AT_ONCE = 4;
/** What pauses do not grow beyond while it is not known whether the service offers the feed, in milliseconds. */
const LONGEST_PAUSE_BEFORE_FIRST_MS = 600_000;

/**
 * Notices of an account's changes, for the watches that are given them. They are received until {@link close} is
 * called. Where the service does not offer the feed, watches poll; likewise
 * while the feed fails, and when it is back they learn of all that has changed meanwhile.
 */
export class ChangeNotices {
  readonly #feed: ChangeFeed;
  readonly #retry: RetryPolicy;
  readonly #onState: ((state: NoticesState) => void) | undefined;
  readonly #closed = new AbortController();
  readonly #notices = new Set<OrderNotice>();
  readonly #slots = new Slots(REQUESTS_AT_ONCE);
  /** Resolves when it is known whether watches have to poll. */
  readonly #known = Promise.withResolvers<void>();
  #isFollowing: boolean | undefined;
  #hasFollowed = false;

  /** @internal */
  constructor(
    feed: ChangeFeed,
    retry: RetryPolicy,
    { onState }: ChangeNoticesOptions,
    signal?: AbortSignal | undefined,
  ) {
    this.#feed = feed;
    this.#retry = retry;
    this.#onState = onState;
    const stop = this.#closed.signal;
    void this.#receive(signal === undefined ? stop : AbortSignal.any([stop, signal]));
  }

  /** Ends them: the watches that have them poll from now on. */
  close(): void {
    this.#closed.abort();
    this.#set({ isFollowing: false }, false);
  }

  /** @internal */
  pace(): WatchPace {
    const notice = new OrderNotice(this.#isFollowing === true);
    this.#notices.add(notice);
    return {
      ask: async (send, signal) => {
        await settledOrAborted(this.#known.promise, signal);
        notice.begin();
        return this.#slots.run(send, signal);
      },
      next: (orderNumber: string | undefined, interval: PollInterval, signal: AbortSignal) =>
        notice.next(orderNumber, interval, signal),
      end: () => this.#notices.delete(notice),
    };
  }

  async #receive(signal: AbortSignal): Promise<void> {
    let cursor = LATEST;
    let failures = 0;
    while (!signal.aborted) {
      const askedAtMs = performance.now();
      try {
        // After a failure it says at once that it is back.
        const waitSeconds = cursor !== LATEST && this.#isFollowing ? LONG_POLL_SECONDS : 0;
        const page = await this.#feed.page({ after: cursor, waitSeconds }, signal);
        if (signal.aborted) break;
        const changed = new Set(page.changes.map(({ orderNumber }) => orderNumber));
        for (const notice of this.#notices) {
          // What came before the first place that is known was not told.
          if (cursor === LATEST) notice.wakeIfBegun();
          else notice.wakeFor(changed);
        }
        cursor = page.cursor;
        failures = 0;
        this.#hasFollowed = true;
        this.#set({ isFollowing: true });
        if (waitSeconds > 0 && page.changes.length === 0) await pauseAfterEmpty(askedAtMs, signal);
      } catch (error) {
        if (signal.aborted) break;
        if (error instanceof UnknownCursorError) cursor = LATEST;
        const nextInMs = this.#nextAttemptMs(error, ++failures);
        const reason = error instanceof Error ? error : new Error(String(error));
        this.#set({ isFollowing: false, error: reason, nextInMs });
        if (nextInMs === undefined) return;
        await pause(nextInMs, signal).catch(() => {});
        if (error instanceof FeedNotOfferedError) this.#feed.forget();
      }
    }
    this.#set({ isFollowing: false }, false);
  }

  /** When to try the feed again; undefined for never. */
  #nextAttemptMs(error: unknown, failures: number): number | undefined {
    if (!(error instanceof OrderStatusError)) return undefined;
    if (error instanceof FeedNotOfferedError && !this.#hasFollowed) return undefined;
    // Credentials that were refused would be refused again, and count as failed logins of the address.
    if (error instanceof FeedError && !error.isTransient && !(error instanceof UnknownCursorError))
      return undefined;
    const longestPauseMs = this.#hasFollowed ? LONGEST_FEED_PAUSE_MS : LONGEST_PAUSE_BEFORE_FIRST_MS;
    return pauseAfter(error, failures, { ...this.#retry, longestPauseMs });
  }

  #set(state: NoticesState, isTold = true): void {
    this.#known.resolve();
    if (this.#isFollowing === state.isFollowing) return;
    this.#isFollowing = state.isFollowing;
    for (const notice of this.#notices) notice.setFollowing(state.isFollowing);
    if (isTold) this.#onState?.(state);
  }
}

/** Waits for a promise, unless the signal is aborted before. */
async function settledOrAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
