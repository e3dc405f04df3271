/** Times on the command line: a moment, or how far it is from now. */

import { parseDuration } from '@cert-order-status/client/cli';
import { parseDateTime } from '@cert-order-status/protocol';
import { InvalidArgumentError } from 'commander';

/** About 2,700 years, in milliseconds: the years before and after have four digits. */
const LONGEST_DISTANCE_MS = 999_999 * 86_400_000;

/** A time, or so long ago, in milliseconds since 1970. */
export function momentAgo(given: string): number {
  return momentOf(given, -1);
}

/** A time, or so far ahead, in milliseconds since 1970. */
export function momentAhead(given: string): number {
  return momentOf(given, 1);
}

function momentOf(given: string, direction: -1 | 1): number {
  const distanceMs = parseDuration(given);
  if (distanceMs !== undefined && distanceMs <= LONGEST_DISTANCE_MS) {
    return Date.now() + direction * distanceMs;
  }
  const second = parseDateTime(given);
  if (second !== undefined) return second * 1000;
  throw new InvalidArgumentError('It must be a time such as 2025-06-11T11:57:00Z, or 90m, 24h or 7d.');
}
