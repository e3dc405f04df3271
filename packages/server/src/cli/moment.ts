/** Times on the command line: a moment, or how far it is from now. */

import { parseDateTime } from '@cert-order-status/protocol';
import { InvalidArgumentError } from 'commander';

const MILLISECONDS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A time, or so long ago, in milliseconds since 1970. */
export function momentAgo(given: string): number {
  return momentOf(given, -1);
}

/** A time, or so far ahead, in milliseconds since 1970. */
export function momentAhead(given: string): number {
  return momentOf(given, 1);
}

function momentOf(given: string, direction: -1 | 1): number {
  const [, count, unit] = /^([0-9]{1,6})([mhd])$/.exec(given) ?? [];
  if (count !== undefined) {
    return Date.now() + direction * Number(count) * MILLISECONDS[unit as keyof typeof MILLISECONDS];
  }
  const second = parseDateTime(given);
  if (second !== undefined) return second * 1000;
  throw new InvalidArgumentError('It must be a time such as 2025-06-11T11:57:00Z, or 90m, 24h or 7d.');
}
