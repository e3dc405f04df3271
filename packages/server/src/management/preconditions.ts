/** `If-Match` and `If-None-Match` (RFC 9110, section 13): an order's ETag is its version in quotes. */

import type { IncomingHttpHeaders } from 'node:http';
import type { Precondition } from '../orders/revisions.ts';
import { invalidParameter } from './problem.ts';

const ENTITY_TAGS = /^(?:\s*,)*\s*(?:W\/)?"[^"]*"(?:\s*,\s*(?:(?:W\/)?"[^"]*")?)*\s*$/;

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
    if (noneMatch.trim() === '*') return 'is new';
    throw invalidParameter('If-None-Match', 'must be *, which means: only if the order does not exist');
  }
  if (match === undefined) return undefined;
  if (match.trim() === '*') return 'exists';
  if (!ENTITY_TAGS.test(match)) {
    throw invalidParameter('If-Match', 'must be * or the ETag of an answer, quotes included: "3"');
  }
  // Weak tags never match here; others that are no version of ours match none.
  return { versions: [...tagsOf(match)].filter(({ isWeak }) => !isWeak).map(({ tag }) => Number(tag)) };
}

/** Whether a caller of GET has this version already. */
export function isNotModified(headers: IncomingHttpHeaders, version: number): boolean {
  const noneMatch = headers['if-none-match'];
  if (noneMatch === undefined) return false;
  return noneMatch.trim() === '*' || [...tagsOf(noneMatch)].some(({ tag }) => tag === String(version));
}

function* tagsOf(header: string): Iterable<{ isWeak: boolean; tag: string }> {
  for (const [, weak, tag = ''] of header.matchAll(/(W\/)?"([^"]*)"/g)) {
    yield { isWeak: weak !== undefined, tag };
  }
}
