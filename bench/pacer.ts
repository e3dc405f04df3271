/**
 * Wakes the load generator when requests are due. Timers of the event loop are good to a millisecond, in which three
 * requests are due at 3,000 a second; a thread that sleeps on memory is good to some 50 microseconds.
 */

import { parentPort } from 'node:worker_threads';

/** Moments at which to wake, in milliseconds of the clock that `performance.timeOrigin` and `now()` tell. */
export type Wakes = Float64Array;

const memory = new Int32Array(new SharedArrayBuffer(4));

parentPort?.on('message', (wakes: Wakes) => {
  for (const wake of wakes) {
    const remainingMs = wake - (performance.timeOrigin + performance.now());
    if (remainingMs < 0) continue;
    Atomics.wait(memory, 0, 0, remainingMs);
    parentPort?.postMessage(undefined);
  }
});
