/** Warnings that would otherwise come once a request. */

/** The shortest interval between equal log lines, in milliseconds. */
export const WARNING_INTERVAL_MS = 60_000;

/** Acts the first time, and then at most once in the interval (ms). */
export function throttle<Arguments extends unknown[]>(
  interval: number,
  act: (...given: Arguments) => void,
): (...given: Arguments) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (...given) => {
    const now = performance.now();
    if (now - last < interval) return;
    last = now;
    act(...given);
  };
}
