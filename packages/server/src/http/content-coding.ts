/** Content codings (RFC 9110, section 8.4): no body that is compressed is read, anywhere. */

import type { IncomingHttpHeaders } from 'node:http';

/** What a 415 for a content coding carries (RFC 9110, section 15.5.16). */
export const ACCEPTED_CODINGS = 'identity';

/** The content coding of a request's body in lower case, such as `gzip`; undefined when the body is as it is. */
export function contentCodingOf({ 'content-encoding': coding }: IncomingHttpHeaders): string | undefined {
  if (coding === undefined) return undefined;
  const given = coding.trim().toLowerCase();
  return given === '' || given === ACCEPTED_CODINGS ? undefined : given;
}
