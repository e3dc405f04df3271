/**
 * Times as they are stored and as they are told. Stored are whole seconds since 1970 (of accounts, tokens and
 * `orderDateTime`) or milliseconds (all others); told are RFC 3339 texts in UTC. Only here one becomes the other.
 */

import { formatDateTime, parseDateTime } from '@cert-order-status/protocol';

/** @param seconds since 1970, or null for no time. */
export function dateTimeOfSeconds(seconds: number): string;
export function dateTimeOfSeconds(seconds: number | null): string | undefined;
export function dateTimeOfSeconds(seconds: number | null): string | undefined {
  return seconds === null ? undefined : formatDateTime(seconds);
}

/** @param ms since 1970, or null for no time. To the millisecond. */
export function dateTimeOfMs(ms: number): string;
export function dateTimeOfMs(ms: number | null): string | undefined;
export function dateTimeOfMs(ms: number | null): string | undefined {
  return ms === null ? undefined : new Date(ms).toISOString();
}

/**
 * @param dateTime RFC 3339.
 * @returns whole seconds since 1970.
 * @throws {RangeError} for a text that is not a time: clients have checked it.
 */
export function secondsOfDateTime(dateTime: string): number {
  const seconds = parseDateTime(dateTime);
  if (seconds === undefined) throw new RangeError('not a time in RFC 3339');
  return seconds;
}

/** Whole seconds of milliseconds. */
export function secondsOfMs(ms: number): number {
  return Math.floor(ms / 1000);
}

export function msOfSeconds(seconds: number): number {
  return seconds * 1000;
}

/** Whole seconds of a column of milliseconds, in the SQL of both engines. */
export function sqlSecondsOfMs(column: string): string {
  return `${column} / 1000`;
}
