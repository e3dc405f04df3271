/** Iterators whose loop can be left at any time. */

/**
 * Iterates over what a generator yields. Leaving the loop aborts the signal that the generator gets, and so does the
 * outer signal: then the iterator throws its reason.
 */
export function leavable<Item>(
  generate: (stop: AbortSignal) => AsyncGenerator<Item, undefined, undefined>,
  signal: AbortSignal | undefined,
): AsyncIterableIterator<Item> {
  const left = new AbortController();
  const items = generate(signal === undefined ? left.signal : AbortSignal.any([left.signal, signal]));
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        return await items.next();
      } catch (error) {
        if (left.signal.aborted) return { done: true, value: undefined };
        throw error;
      }
    },
    // A generator's own return() would wait for the request or the pause that is under way.
    async return() {
      left.abort();
      await items.return(undefined).catch(() => {});
      return { done: true, value: undefined };
    },
  };
}
