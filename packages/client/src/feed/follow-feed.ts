/** Following the change feed from a cursor on, through failures that may pass. */

import { OrderStatusError } from '../errors.ts';
import { pause } from '../pause.ts';
import { pauseAfter, type RetryPolicy } from '../retry.ts';
import type { WatchFailure } from '../watch.ts';
import { type ChangeFeed, LATEST, LONG_POLL_SECONDS } from './change-feed.ts';
import type { OrderChange } from './order-change.ts';

/** Where to begin, and what is told of failures. */
export interface ChangesOptions {
  /**
   * The cursor of a change, or of `latestCursor()`, to go on behind it; `latest` to begin with the next change. Left
   * out, it begins with the first change that the service still has.
   */
  readonly after?: string | undefined;
  /** Ends the iteration when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every failure that the iteration survives. */
  readonly onFailure?: ((failure: WatchFailure) => void) | undefined;
}

/** What pauses do not grow beyond while the feed fails, unless the service asks for more (Retry-After). */
export const LONGEST_FEED_PAUSE_MS = 60_000;
/** A service that does not wait is asked no more often. */
const SHORTEST_EMPTY_POLL_MS = 1000;

/** Waits after a page without changes that came at once: a service that does not wait is not asked in a loop. */
export async function pauseAfterEmpty(askedAtMs: number, signal: AbortSignal): Promise<void> {
  await pause(SHORTEST_EMPTY_POLL_MS - (performance.now() - askedAtMs), signal);
}

/** Yields the changes; see `OrderStatusClient.changes`. */
export async function* followFeed(
  feed: ChangeFeed,
  { after, onFailure }: Omit<ChangesOptions, 'signal'>,
  retry: RetryPolicy,
  signal: AbortSignal,
): AsyncGenerator<OrderChange, undefined, undefined> {
  let cursor = after;
  let failures = 0;
  for (;;) {
    const askedAtMs = performance.now();
    // The place of `latest` is fixed first: a request that waited for a change and failed would have lost it.
    const waitSeconds = cursor === LATEST ? 0 : LONG_POLL_SECONDS;
    const page = await feed.page({ after: cursor, waitSeconds }, signal).catch((error: unknown) => {
      if (!(error instanceof OrderStatusError) || !error.isTransient) throw error;
      return error;
    });
    if (page instanceof OrderStatusError) {
      const nextInMs = pauseAfter(page, ++failures, { ...retry, longestPauseMs: LONGEST_FEED_PAUSE_MS });
      onFailure?.({ error: page, nextInMs });
      await pause(nextInMs, signal);
      continue;
    }
    failures = 0;
    yield* page.changes;
    const isPolled = cursor !== LATEST && page.changes.length === 0;
    cursor = page.cursor;
    if (isPolled) await pauseAfterEmpty(askedAtMs, signal);
  }
}
