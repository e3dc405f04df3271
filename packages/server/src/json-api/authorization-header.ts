/** The Authorization header (RFC 9110, section 11.6.2): bearer tokens (RFC 6750) and Basic (RFC 7617). */

import type { IncomingHttpHeaders } from 'node:http';
import type { Credentials } from '@cert-order-status/protocol';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The bearer token of a request; undefined when it has none. */
export function bearerToken({ authorization = '' }: IncomingHttpHeaders): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(authorization)?.[1];
}

/** Login and password that a request has in Basic, as UTF-8; undefined when it has none. */
export function basicCredentials({ authorization = '' }: IncomingHttpHeaders): Credentials | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(authorization) ?? [];
  if (encoded === undefined) return undefined;
  const text = decoded(encoded);
  const at = text?.indexOf(':') ?? -1;
  if (text === undefined || at === -1) return undefined;
  return { loginName: text.slice(0, at), loginPassword: text.slice(at + 1) };
}

function decoded(encoded: string): string | undefined {
  try {
    return utf8.decode(Buffer.from(encoded, 'base64'));
  } catch {
    return undefined;
  }
}
