/** The errors of the change feed. */

import { OrderStatusError } from '../errors.ts';

/** The service does not offer the change feed: no credentials were sent to it. */
export class FeedNotOfferedError extends OrderStatusError {
  override readonly name = 'FeedNotOfferedError';
  readonly isTransient = false;

  /** @internal */
  constructor(message: string) {
    super(message, {});
  }
}

/** What an error response of the feed holds. */
export interface FeedErrorResponse {
  readonly status: number;
  readonly type?: string | undefined;
  readonly detail?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** The change feed responded with an error: a problem document (RFC 9457). */
export class FeedError extends OrderStatusError {
  override readonly name: string = 'FeedError';
  /** Of 429 and of statuses from 500 on, and of 408. */
  readonly isTransient: boolean;
  /** The HTTP status. */
  readonly status: number;
  /** The kind of problem, such as `unauthorized` or `wait-replaced`, if the response names one. */
  readonly type?: string;

  /** @internal */
  constructor({ status, type, detail, retryAfterMs }: FeedErrorResponse) {
    super(`${detail ?? 'the change feed responded with an error'} (HTTP status ${status})`, { retryAfterMs });
    this.status = status;
    this.isTransient = status >= 500 || status === 429 || status === 408;
    if (type !== undefined) this.type = type;
  }
}

/**
 * 410: the feed cannot be followed from the cursor, because the database was restored to an earlier state, or changes
 * after the cursor were pruned. Changes may have been missed: take `latestCursor()`, ask for the status of all orders
 * anew, and follow from that cursor.
 */
export class UnknownCursorError extends FeedError {
  override readonly name = 'UnknownCursorError';
  declare readonly status: 410;
}
