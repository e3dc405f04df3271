/** The two families of headers in which proxies say where a request came from. */

import type { IncomingHttpHeaders } from 'node:http';
import { parseForwarded } from './forwarded.ts';

/** The families: `X-Forwarded-For`, `-Proto` and `-Host`, or `Forwarded` (RFC 7239). */
export const FORWARDED_HEADERS = ['x-forwarded', 'forwarded'] as const;

/** Of one family; headers of the other one are not looked at. */
export type ForwardedHeaders = (typeof FORWARDED_HEADERS)[number];

/** What is read of the headers of one family. All that is returned is as it was sent. */
export interface ForwardingHeaders {
  /** Name of the header that has the scheme. */
  readonly schemeHeader: string;
  /** Scheme that the nearest proxy names; undefined when it names none, empty when that cannot be read. */
  schemeOf(headers: IncomingHttpHeaders): string | undefined;
  /** Host that the nearest proxy names. */
  hostOf(headers: IncomingHttpHeaders): string | undefined;
  /** Addresses that the request came from, the nearest last. */
  addressesOf(headers: IncomingHttpHeaders): string[];
}

export const FORWARDING_HEADERS: Readonly<Record<ForwardedHeaders, ForwardingHeaders>> = {
  'x-forwarded': {
    schemeHeader: 'X-Forwarded-Proto',
    schemeOf: (headers) => listOf(headers, 'x-forwarded-proto').at(-1),
    hostOf: (headers) => listOf(headers, 'x-forwarded-host').at(-1),
    addressesOf: (headers) => listOf(headers, 'x-forwarded-for'),
  },
  forwarded: {
    schemeHeader: 'Forwarded',
    schemeOf({ forwarded }) {
      if (forwarded === undefined) return undefined;
      const elements = parseForwarded(forwarded);
      return elements === undefined ? '' : elements.at(-1)?.proto;
    },
    hostOf: ({ forwarded = '' }) => parseForwarded(forwarded)?.at(-1)?.host,
    addressesOf: ({ forwarded = '' }) =>
      (parseForwarded(forwarded) ?? []).map((element) => element.for ?? ''),
  },
};

function listOf(headers: IncomingHttpHeaders, name: string): string[] {
  const value = headers[name];
  if (value === undefined) return [];
  return String(value)
    .split(',')
    .map((entry) => entry.trim());
}
