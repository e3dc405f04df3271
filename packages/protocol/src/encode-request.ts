/** The request (spec, section 1) onto the wire. */

import { RESPONSE_FORMAT_VALUES, type ResponseFormat } from './api-revision.ts';
import { encodeFormText } from './form.ts';
import type { StatusRequest } from './status-request.ts';

/**
 * The body of a request, serialised as the WHATWG URL standard's form serialiser does. It holds the password: it
 * belongs in the body of a POST over https and nowhere else.
 *
 * @param responseFormat of the response. A form is not asked for by name: a service of revision 1.2 would not know the
 * argument.
 */
export function encodeStatusRequest(
  { credentials, query }: StatusRequest,
  responseFormat: ResponseFormat = 'form',
): string {
  const { orderNumber, certificateID, queryType, showValidityPeriod } = query;
  const pairs = [
    ['loginName', credentials.loginName],
    ['loginPassword', credentials.loginPassword],
    ['orderNumber', orderNumber],
    ['certificateID', certificateID],
    ['queryType', String(queryType)],
    ['showValidityPeriod', showValidityPeriod && 'Y'],
    ['responseFormat', responseFormat === 'json' ? RESPONSE_FORMAT_VALUES.json : undefined],
  ] as const;
  return pairs
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeFormText(value)}`]))
    .join('&');
}
