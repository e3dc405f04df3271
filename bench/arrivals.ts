/** When requests come: at random, at a mean rate, as from clients that do not know of each other. */

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The times of a Poisson process, in milliseconds from its start. Each server gets the same ones in a round. */
export function arrivalsMs(ratePerSecond: number, seconds: number, seed: number): Float64Array {
  const random = randomNumbers(seed);
  const count = Math.round(ratePerSecond * seconds);
  const times = Float64Array.from({ length: count }, () => random() * seconds * 1000);
  return times.sort();
}
