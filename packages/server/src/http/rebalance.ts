/**
 * Kept connections stay with the worker that accepted them, and several that come at once are often accepted by one. So
 * a worker that is busy all the time ends some of its connections, each with the response to its next request: the
 * client comes back, and is accepted by whichever worker is waiting.
 */

import { performance } from 'node:perf_hooks';
import type { Listener } from './listener.ts';

const INTERVAL_MS = 1000;
/** The share of its time that a busy worker's event loop works. */
const BUSY_UTILIZATION = 0.9;
/**
 * The share of its connections that a busy worker ends in an interval: if all workers are busy, it costs few
 * handshakes.
 */
const ENDED_SHARE = 1 / 16;

/** Begins to look; returns what ends it. */
export function rebalance(listeners: readonly Listener[]): () => void {
  let before = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization < BUSY_UTILIZATION) return;
    for (const listener of listeners) {
      // The last one has nowhere better to go.
      if (listener.connections() > 1) listener.endSome(Math.ceil(listener.connections() * ENDED_SHARE));
    }
  }, INTERVAL_MS).unref();
  return () => clearInterval(timer);
}
