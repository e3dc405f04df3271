/** Lists of entity tags (RFC 9110, section 8.8.3), as `If-Match` and `If-None-Match` hold them. */

/** The longest value that is read, in bytes: several hundred ETags of ours. */
export const ENTITY_TAGS_LIMIT_BYTES = 4096;

/** An entity tag: `"3"` or `W/"3"`. */
export interface EntityTag {
  readonly isWeak: boolean;
  /** Without the quotes; compared letter for letter. */
  readonly opaqueTag: string;
}

const WEAK = 'W/';
const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const DELETE = 0x7f;

/**
 * The tags of a list, or undefined when it is not one. Empty elements are passed over, as section 5.6.1.2 demands. Each
 * character is looked at once, or twice where one thing ends and the next begins.
 */
export function parseEntityTags(value: string): readonly EntityTag[] | undefined {
  if (value.length > ENTITY_TAGS_LIMIT_BYTES) return undefined;
  const tags: EntityTag[] = [];
  for (let at = skipSpace(value, 0); ; at = skipSpace(value, at + 1)) {
    if (at < value.length && value.charCodeAt(at) !== COMMA) {
      const isWeak = value.startsWith(WEAK, at);
      const start = at + (isWeak ? WEAK.length : 0) + 1;
      if (value.charCodeAt(start - 1) !== QUOTE) return undefined;
      let end = start;
      while (isTagCharacter(value.charCodeAt(end))) end++;
      if (value.charCodeAt(end) !== QUOTE) return undefined;
      tags.push({ isWeak, opaqueTag: value.slice(start, end) });
      at = skipSpace(value, end + 1);
    }
    if (at >= value.length) return tags;
    if (value.charCodeAt(at) !== COMMA) return undefined;
  }
}

function skipSpace(value: string, from: number): number {
  let at = from;
  for (let code = value.charCodeAt(at); code === SPACE || code === TAB; code = value.charCodeAt(at)) at++;
  return at;
}

/** `etagc`: visible characters and bytes beyond ASCII, without quotes and spaces. */
function isTagCharacter(code: number): boolean {
  return code > SPACE && code !== QUOTE && code !== DELETE;
}
