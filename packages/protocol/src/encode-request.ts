/** The request (spec, section 1) onto the wire. */

import { encodeFormText } from './form.ts';
import type { StatusRequest } from './status-request.ts';

/**
 * The body of a request, serialised as the WHATWG URL standard's form serialiser does. It holds the password: it
 * belongs in the body of a POST over https and nowhere else.
 */
export function encodeStatusRequest({ credentials, query }: StatusRequest): string {
  const { orderNumber, certificateID, queryType } = query;
  const pairs = [
    ['loginName', credentials.loginName],
    ['loginPassword', credentials.loginPassword],
    ['orderNumber', orderNumber],
    ['certificateID', certificateID],
    ['queryType', String(queryType)],
  ] as const;
  return pairs
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeFormText(value)}`]))
    .join('&');
}
