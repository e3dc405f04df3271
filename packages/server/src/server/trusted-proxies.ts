/** The proxies that the settings name, with what the log says of them. */

import type { Logger } from 'pino';
import type { ForwardedHeaders } from '../http/forwarding-headers.ts';
import { TrustedProxies } from '../http/trusted-proxies.ts';
import { throttle, WARNING_INTERVAL_MS } from '../throttle.ts';

/** The settings for proxies of the public server and of the admin server. */
export interface ProxySettings {
  /** Networks in CIDR notation. */
  readonly trustProxy: readonly string[];
  /** Which forwarding headers are read; `x-forwarded` when left out. */
  readonly forwardedHeaders?: ForwardedHeaders;
  /** Whether the host in these headers is believed. */
  readonly trustForwardedHost?: boolean;
}

/**
 * @param publicOrigin where clients reach the pages of this server, if it is set.
 * @throws {RangeError} for a text that is not a network.
 */
export function trustedProxies(
  { trustProxy, forwardedHeaders, trustForwardedHost }: ProxySettings,
  logger: Logger,
  publicOrigin?: string,
): TrustedProxies {
  return new TrustedProxies(trustProxy, {
    forwardedHeaders,
    trustForwardedHost,
    publicOrigin,
    onMissingScheme: throttle(WARNING_INTERVAL_MS, (proxy: string, header: string) =>
      logger.warn(
        { proxy },
        `a trusted proxy sent a request over plain http that names no scheme in ${header}, which counts as not made over https: let the proxy set the header`,
      ),
    ),
  });
}
