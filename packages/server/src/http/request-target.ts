/** The target of a request (RFC 9112, section 3.2). */

/**
 * Percent-encoded characters that stand for themselves in a path: letters, digits, `-`, `.`, `_`, `~` (RFC 3986,
 * section 2.3), and `:`.
 */
const NEEDLESSLY_ENCODED = /%(?:2D|2E|3[0-9A]|[46][1-9A-F]|[57][0-9A]|5F|7E)/gi;

/** Scheme and host, with which a request to a proxy begins; servers read it as well (section 3.2.2). */
const ORIGIN = /^https?:\/\/[^/?]*/i;

/**
 * The target without scheme and host, and with what is percent-encoded needlessly in its path decoded, so that routes
 * find it; the query is left as it is.
 */
export function normalTarget(given: string): string {
  const target = ORIGIN.test(given) ? given.replace(ORIGIN, '').replace(/^(?!\/)/, '/') : given;
  if (!target.includes('%')) return target;
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? '' : target.slice(mark);
  return path.replace(NEEDLESSLY_ENCODED, (code) => decodeURIComponent(code)) + query;
}
