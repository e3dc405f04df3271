/** When a watch sends its requests. */

import { pause } from './pause.ts';

/** How long a watch without notices pauses. */
export interface PollInterval {
  readonly intervalMs: number;
  /** How much of it has passed since the last request was sent. */
  readonly elapsedMs: number;
}

/** Decides for one watch when it sends a request. */
export interface WatchPace {
  /** Sends the first request, or the next, which is due. */
  ask<Result>(send: () => Promise<Result>, signal: AbortSignal): Promise<Result>;
  /**
   * Resolves when the next request is due.
   *
   * @param orderNumber of the order that the last response was about, if it said so.
   */
  next(orderNumber: string | undefined, interval: PollInterval, signal: AbortSignal): Promise<void>;
  /** To be called when the watch has ended. */
  end(): void;
}

/** A request in each interval. */
export const POLLING: WatchPace = {
  ask: (send) => send(),
  next: (_orderNumber, { intervalMs, elapsedMs }, signal) => pause(intervalMs - elapsedMs, signal),
  end() {},
};
