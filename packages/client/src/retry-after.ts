/** The Retry-After header (RFC 9110, section 10.2.3): seconds, or an HTTP date. */

const SECOND_MS = 1000;

/**
 * How long the server asks to be left alone, in milliseconds; undefined when it does not say, or not in words we know.
 */
export function retryAfterOf(headers: Headers, now = Date.now()): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^[0-9]{1,9}$/.test(value)) return Number(value) * SECOND_MS;
  // Date.parse takes much that is no HTTP date; such a date begins with a day's name.
  const date = /^[A-Z][a-z]{2}/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
