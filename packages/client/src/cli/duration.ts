import { InvalidArgumentError } from 'commander';
import { LONGEST_TIMER_MS } from '../pause.ts';

const MILLISECONDS = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** The milliseconds of a duration such as `30s`, `10m`, `3h` or `1d`; undefined when the text is none. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit = ''] = /^([0-9]{1,7})([smhd])$/.exec(text) ?? [];
  const unitMs = MILLISECONDS.get(unit);
  return unitMs === undefined ? undefined : Number(count) * unitMs;
}

/** The same of an argument, which a timer has to be able to wait for. */
export function durationOf(given: string): number {
  const milliseconds = parseDuration(given) ?? 0;
  if (milliseconds > 0 && milliseconds <= LONGEST_TIMER_MS) return milliseconds;
  throw new InvalidArgumentError('It must be a time such as 30s, 10m, 3h or 1d, of at most 24 days.');
}
