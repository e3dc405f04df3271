/** When a request that failed is repeated. */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** How long after each failed attempt the next one is made, in milliseconds; after the last there is none. */
export const RETRY_STEPS_MS: readonly number[] = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/** By how much a wait is shorter or longer at most, as a part of it: so that not all come at once. */
const JITTER = 0.1;

/** A wait that is a little shorter or longer. */
export function withJitter(waitMs: number): number {
  return Math.round(waitMs * (1 - JITTER + 2 * JITTER * Math.random()));
}
