/** When tokens and share links end. */

/**
 * Whether it has expired by now.
 *
 * @param expires RFC 3339; undefined for never.
 */
export function isExpired(expires: string | undefined): boolean {
  return expires !== undefined && Date.parse(expires) <= Date.now();
}
