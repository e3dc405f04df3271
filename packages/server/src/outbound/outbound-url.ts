/** The URLs that requests are sent to. */

import { OutboundError } from './outbound-error.ts';

/** The most bytes of a URL, as it is sent. */
export const URL_LIMIT_BYTES = 2048;

const HTTPS_PORT = 443;

/** A URL in the parts of which a request is made. */
export interface OutboundUrl {
  /** The URL in its normal spelling. */
  readonly href: string;
  /** A name in ASCII without a final dot, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Path and query. */
  readonly path: string;
}

/**
 * Reads a URL. Addresses in odd spellings (`https://0x7f.1/`) come out in their normal one.
 *
 * @throws {OutboundError} `url`, with a message that does not repeat the URL: it may hold secrets.
 */
export function parseOutboundUrl(text: string): OutboundUrl {
  if (Buffer.byteLength(text) > URL_LIMIT_BYTES) throw tooLong();
  // What the parser would drop or take for something else without a word.
  if (/[\p{Cc}\s\\]/u.test(text)) throw refused('must hold no spaces, control characters or backslashes');
  if (!/^https:\/\/[^/]/i.test(text)) throw refused('must begin with https://');
  const url = URL.parse(text);
  if (url === null) throw refused('is not a valid URL');
  if (/^[^/?]*@/.test(text.slice('https://'.length)))
    throw refused('must hold no login and password in front of the host');
  if (text.includes('#')) throw refused("must hold no fragment, the part from '#'");
  if (url.port === '0') throw refused('must hold a port from 1 to 65535');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  if (host === '' || host.endsWith('.')) throw refused('must name a host');
  url.hostname = host.includes(':') ? `[${host}]` : host;
  if (url.href.length > URL_LIMIT_BYTES) throw tooLong();
  return {
    href: url.href,
    host,
    port: url.port === '' ? HTTPS_PORT : Number(url.port),
    path: `${url.pathname}${url.search}`,
  };
}

function tooLong(): OutboundError {
  return refused(`must have at most ${URL_LIMIT_BYTES} bytes`);
}

function refused(problem: string): OutboundError {
  return new OutboundError('url', `the URL ${problem}`);
}
