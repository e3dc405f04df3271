/** How long a response asks to wait before the next request. */

const SECOND_MS = 1000;

/** The longest time that a `Retry-After` is waited for, in milliseconds. */
const RETRY_AFTER_LIMIT_MS = 24 * 60 * 60 * SECOND_MS;

/**
 * How long a response asks to wait, in milliseconds, within {@link RETRY_AFTER_LIMIT_MS}; undefined when it does not
 * (RFC 9110, section 10.2.3).
 */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const waitMs = /^\d{1,9}$/.test(value) ? Number(value) * SECOND_MS : Date.parse(value) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), RETRY_AFTER_LIMIT_MS);
}
