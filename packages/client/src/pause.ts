/** Waiting, with what every platform has. */

/** The longest that a timer can run, in milliseconds (24.8 days); one for longer would fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Waits, at most {@link LONGEST_TIMER_MS}; not at all for what is not above zero.
 *
 * @throws what the signal is aborted with.
 */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const { promise: over, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  const timer = setTimeout(resolve, Math.min(Math.max(milliseconds, 0), LONGEST_TIMER_MS));
  try {
    await over;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
