/** How many requests an upstream gets, and when it gets none: what a claim needs to know. Pure. */

import type { PollingPolicy, QuietHours } from './upstream.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

/** The longest time for which an upstream is not asked after a failure, in milliseconds. */
export const LONGEST_BACKOFF_MS = 24 * 60 * MINUTE_MS;
/** How many slots requests by people may take in advance: then more of them only wait for one another. */
export const SLOTS_AHEAD = 10;

/** The time that one request takes of the budget, in milliseconds: whole ones, so that it is rather one too few. */
export function slotMs(requestsPerMinute: number): number {
  return Math.ceil(MINUTE_MS / requestsPerMinute);
}

/**
 * The longest that the next request of an order which is not settled may be away, in milliseconds. One that is further
 * away is from before the clock was set back.
 */
export function longestWaitMs({ intervalSeconds }: PollingPolicy): number {
  return intervalSeconds * 1100;
}

/** What orders need that are all asked at every interval, in requests a minute. */
export function neededRequestsPerMinute({ intervalSeconds }: PollingPolicy, orders: number): number {
  return (orders * 60) / intervalSeconds;
}

/** The interval that the budget allows so many orders, in seconds: the wanted one if it fits. */
export function reachedIntervalSeconds(policy: PollingPolicy, orders: number): number {
  const { intervalSeconds, requestsPerMinute, quietHours } = policy;
  const quietMinutes =
    quietHours === undefined ? 0 : minutesUntil(minutesOf(quietHours.from), minutesOf(quietHours.to));
  const requestsPerDay = requestsPerMinute * (DAY_MINUTES - quietMinutes);
  return Math.max(intervalSeconds, Math.ceil((orders * DAY_MINUTES * 60) / requestsPerDay));
}

/**
 * When quiet hours end that a moment is in; undefined when it is in none. They are by the clock on the wall: where it
 * is set forward past their end, they end with that; where it is set back, an hour is in them twice.
 *
 * @param nowMs in milliseconds since 1970, as is what is returned.
 * @throws {RangeError} for a time zone that is not known.
 */
export function quietEndMs(quietHours: QuietHours, nowMs: number): number | undefined {
  const from = minutesOf(quietHours.from);
  const to = minutesOf(quietHours.to);
  const wallMinutes = (ms: number) => minutesOf(formatterOf(quietHours.timeZone).format(ms));
  const isQuiet = (ms: number) => minutesUntil(from, wallMinutes(ms)) < minutesUntil(from, to);
  if (!isQuiet(nowMs)) return undefined;
  let quiet = Math.floor(nowMs / MINUTE_MS);
  let after = quiet;
  do {
    quiet = after;
    after += minutesUntil(wallMinutes(quiet * MINUTE_MS), to);
  } while (isQuiet(after * MINUTE_MS));
  // The clock may have been set forward in between.
  while (after - quiet > 1) {
    const middle = Math.floor((quiet + after) / 2);
    if (isQuiet(middle * MINUTE_MS)) quiet = middle;
    else after = middle;
  }
  return after * MINUTE_MS;
}

/** @param time `HH:MM` */
function minutesOf(time: string): number {
  const [hours, minutes] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}

/** From one minute of the day to the next other one. */
function minutesUntil(from: number, to: number): number {
  return (to - from + DAY_MINUTES) % DAY_MINUTES;
}

/** Making one takes a hundred times as long as using it. */
const formatters = new Map<string, Intl.DateTimeFormat>();
/** More than there are upstreams. */
const FORMATTERS_LIMIT = 200;

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  if (formatters.size >= FORMATTERS_LIMIT) formatters.clear();
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  formatters.set(timeZone, made);
  return made;
}
