/** `If-Match` and `If-None-Match` (RFC 9110, section 13): an order's ETag is its version in quotes. */

import type { IncomingHttpHeaders } from 'node:http';
import { invalidParameter } from '../json-api/problem.ts';
import type { Precondition } from '../orders/change-request.ts';
import { ENTITY_TAGS_LIMIT_BYTES, type EntityTag, parseEntityTags } from './entity-tags.ts';

const ANY = '*';

/** The ETag of an order's version. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/**
 * What the request expects of the order that it changes.
 *
 * @throws {Problem} for headers that cannot be read: to overlook them could lose an update.
 */
export function preconditionOf(headers: IncomingHttpHeaders): Precondition | undefined {
  const match = matchOf(headers);
  const noneMatch = noneMatchOf(headers);
  if (match === undefined || noneMatch === undefined) return match ?? noneMatch;
  return { all: [match, noneMatch] };
}

/**
 * What `If-Match` expects.
 *
 * @throws {Problem} when it cannot be read.
 */
export function matchOf({ 'if-match': match }: IncomingHttpHeaders): Precondition | undefined {
  if (match === undefined) return undefined;
  if (match === ANY) return 'exists';
  // Weak tags never match here; others that are no version of ours match none.
  const strong = tagsOf('If-Match', match).filter(({ isWeak }) => !isWeak);
  return { versions: strong.map(({ opaqueTag }) => opaqueTag) };
}

function noneMatchOf({ 'if-none-match': noneMatch }: IncomingHttpHeaders): Precondition | undefined {
  if (noneMatch === undefined) return undefined;
  if (noneMatch === ANY) return 'is new';
  return { noVersions: tagsOf('If-None-Match', noneMatch).map(({ opaqueTag }) => opaqueTag) };
}

function tagsOf(name: string, value: string): readonly EntityTag[] {
  if (value.length > ENTITY_TAGS_LIMIT_BYTES) {
    throw invalidParameter(name, `must be at most ${ENTITY_TAGS_LIMIT_BYTES} bytes long`);
  }
  const tags = parseEntityTags(value) ?? [];
  if (tags.length === 0) {
    throw invalidParameter(name, 'must be * or the ETag of a response, quotes included: "3"');
  }
  return tags;
}

/** Whether the sender of a GET has this version already. A list that cannot be read names none. */
export function isNotModified(headers: IncomingHttpHeaders, version: number): boolean {
  const noneMatch = headers['if-none-match'];
  if (noneMatch === undefined) return false;
  const tags = parseEntityTags(noneMatch) ?? [];
  return noneMatch === ANY || tags.some(({ opaqueTag }) => opaqueTag === String(version));
}
