/** The Host header of a request (RFC 9112, section 3.2). */

import type { IncomingMessage } from 'node:http';

/**
 * `uri-host [ ":" port ]` (RFC 3986, section 3.2.2): a name or an IPv4 address, or an IPv6 address in brackets; it may
 * be empty.
 */
const HOST = /^(?:[A-Za-z0-9._~!$&'()*+,;=%-]*|\[[0-9A-Za-z.:%_~-]+\])(?::[0-9]*)?$/;

/** Whether a text is a host with or without a port, and not empty. */
export function isHost(text: string): boolean {
  return text !== '' && HOST.test(text);
}

/** Whether a request names its host as it must: once, as a host, and from HTTP/1.1 on at all. */
export function hasValidHost({ rawHeaders, httpVersion }: IncomingMessage): boolean {
  let host: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length !== 4 || name.toLowerCase() !== 'host') continue;
    if (host !== undefined) return false;
    host = rawHeaders[at + 1] ?? '';
  }
  return host === undefined ? httpVersion !== '1.1' : HOST.test(host);
}
