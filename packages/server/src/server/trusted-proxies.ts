/** The proxies that the settings name, with what the log says of them. */

import type { Logger } from 'pino';
import { TrustedProxies } from '../http/trusted-proxies.ts';
import { throttle, WARNING_INTERVAL } from '../throttle.ts';

/** What a half of the service is told of proxies. */
export interface ProxySettings {
  /** Networks in CIDR notation. */
  readonly trustProxy: readonly string[];
}

/** @throws {RangeError} for what is not a network. */
export function trustedProxies({ trustProxy }: ProxySettings, logger: Logger): TrustedProxies {
  return new TrustedProxies(
    trustProxy,
    throttle(WARNING_INTERVAL, (proxy: string) =>
      logger.warn(
        { proxy },
        'a trusted proxy sent a request over plain http without X-Forwarded-Proto, which counts as not made over https: let the proxy set the header',
      ),
    ),
  );
}
