import type { OutboundOptions } from '../outbound/outbound-client.ts';
import { type AskParts, type AskResult, askUpstream } from './ask-upstream.ts';
import { upstreamAsBefore } from './named-upstream.ts';
import type { Upstream, Upstreams } from './upstream.ts';
import { UpstreamClients } from './upstream-clients.ts';

/**
 * Sends requests that people ask for now and then: over a connection of its own each, which is closed after it.
 *
 * @param options read for each request.
 */
export function askOnce(
  secrets: AskParts['secrets'],
  upstreams: Pick<Upstreams, 'get'>,
  options: () => OutboundOptions,
): (upstream: Upstream, orderNumber: string) => Promise<AskResult> {
  return async (upstream, orderNumber) => {
    const current = options();
    const outbound = new UpstreamClients(current);
    try {
      const isCurrent = async () => (await upstreamAsBefore(upstreams, upstream)) !== undefined;
      return await askUpstream(
        { outbound, secrets, isCurrent, onLimit: current.onLimit },
        upstream,
        orderNumber,
      );
    } finally {
      outbound.close();
    }
  };
}
