/** The forms that hold a request's arguments: in its body, and in its URL. */

import type { IncomingHttpHeaders } from 'node:http';
import { withoutBodyFraming } from '@cert-order-status/protocol';
import { contentCodingOf } from '../http/content-coding.ts';
import { FORM } from '../http/response.ts';

/** The longest part of a media type that a warning repeats, in characters. */
const NAME_LIMIT = 64;
/** A media type of a registered top-level type, without its parameters (RFC 9110, section 8.3.1). */
const MEDIA_TYPE =
  /^(?:application|audio|font|image|message|model|multipart|text|video)\/[a-z0-9!#$%&'*+.^_`|~-]+$/;
/** The registered content codings, with the names that stand for them (RFC 9110, section 8.4.1). */
const CODINGS = new Set(['br', 'compress', 'dcb', 'dcz', 'deflate', 'gzip', 'x-compress', 'x-gzip', 'zstd']);

const NO_FORM = new Uint8Array(0);
const AMPERSAND = 0x26;

/**
 * The form that the body holds, in its memory. A body of another type, or a compressed one, holds an empty one.
 *
 * @param onUnread receives the media type or the content coding of a body that is not read.
 */
export function formInBody(
  headers: IncomingHttpHeaders,
  body: Uint8Array,
  onUnread: (kind: string) => void,
): Uint8Array {
  const unread = contentCodingOf(headers) ?? otherTypeOf(headers['content-type']);
  if (unread === undefined) return withoutBodyFraming(body);
  if (body.length > 0) onUnread(shownName(unread));
  return NO_FORM;
}

/** The media type, in lower case, unless it is a form's or left out. */
function otherTypeOf(contentType: string | undefined): string | undefined {
  if (contentType === undefined || contentType === FORM) return undefined;
  const [given = ''] = contentType.split(';', 1);
  const type = given.trim().toLowerCase();
  return type === '' || type === FORM ? undefined : type;
}

/** Only what can be nothing but a name is repeated: anything else may be a password in the wrong place. */
function shownName(name: string): string {
  return CODINGS.has(name) || (name.length <= NAME_LIMIT && MEDIA_TYPE.test(name)) ? name : 'malformed';
}

/** The form in the URL's query string; undefined when it holds no argument. */
export function formInUrl(url = ''): Buffer | undefined {
  const mark = url.indexOf('?');
  if (mark === -1) return undefined;
  const form = Buffer.from(url.slice(mark + 1), 'latin1');
  return form.every((byte) => byte === AMPERSAND) ? undefined : form;
}
