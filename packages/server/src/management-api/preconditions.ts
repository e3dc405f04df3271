/** `If-Match` and `If-None-Match` (RFC 9110, section 13): an order's ETag is its version in quotes. */

import type { IncomingHttpHeaders } from 'node:http';
import type { Precondition } from '../orders/change-request.ts';
import { ENTITY_TAGS_LIMIT_BYTES, parseEntityTags } from './entity-tags.ts';
import { invalidParameter } from './problem.ts';

const ANY = '*';

/** The ETag of an order's version. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/**
 * What the request expects of the order that it changes.
 *
 * @throws {Problem} for headers that say nothing sensible: to overlook them could lose somebody's update.
 */
export function preconditionOf(headers: IncomingHttpHeaders): Precondition | undefined {
  const match = headers['if-match'];
  const noneMatch = headers['if-none-match'];
  if (match !== undefined && noneMatch !== undefined) {
    throw invalidParameter('If-None-Match', 'must not be given together with If-Match');
  }
  if (noneMatch !== undefined) {
    if (noneMatch === ANY) return 'is new';
    throw invalidParameter('If-None-Match', 'must be *, which means: only if the order does not exist');
  }
  if (match === undefined) return undefined;
  if (match === ANY) return 'exists';
  if (match.length > ENTITY_TAGS_LIMIT_BYTES) {
    throw invalidParameter('If-Match', `must be at most ${ENTITY_TAGS_LIMIT_BYTES} bytes long`);
  }
  const tags = parseEntityTags(match) ?? [];
  if (tags.length === 0) {
    throw invalidParameter('If-Match', 'must be * or the ETag of a response, quotes included: "3"');
  }
  // Weak tags never match here; others that are no version of ours match none.
  return { versions: tags.filter(({ isWeak }) => !isWeak).map(({ opaqueTag }) => opaqueTag) };
}

/** Whether the sender of a GET has this version already. A list that cannot be read names none. */
export function isNotModified(headers: IncomingHttpHeaders, version: number): boolean {
  const noneMatch = headers['if-none-match'];
  if (noneMatch === undefined) return false;
  const tags = parseEntityTags(noneMatch) ?? [];
  return noneMatch === ANY || tags.some(({ opaqueTag }) => opaqueTag === String(version));
}
