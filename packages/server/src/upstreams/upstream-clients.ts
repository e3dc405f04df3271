/** Connections to upstreams. */

import { LRUCache } from 'lru-cache';
import { OutboundClient, type OutboundOptions } from '../outbound/outbound-client.ts';

/** From the request to the last byte of the response, in milliseconds. */
const TIMEOUT_MS = 30_000;
/** Of a response's body: that of an order with 2,000 certificates is below 2 MB. */
export const RESPONSE_LIMIT_BYTES = 4 * 1024 * 1024;
/** How many sets of roots have clients that wait for a further request. */
const CLIENTS_KEPT = 20;
/** As few as there can be requests to one upstream at a time. */
const REQUESTS_PER_HOST = 2;

/** A client for each set of roots: what one upstream's certificate is verified with counts for no other. */
export class UpstreamClients {
  readonly #options: OutboundOptions;
  readonly #clients = new LRUCache<string, OutboundClient>({ max: CLIENTS_KEPT });

  /** @param options roots in them are trusted for every upstream. */
  constructor(options: OutboundOptions = {}) {
    const { limits } = options;
    this.#options = {
      ...options,
      limits: {
        timeoutMs: TIMEOUT_MS,
        responseLimitBytes: RESPONSE_LIMIT_BYTES,
        perHost: REQUESTS_PER_HOST,
        ...limits,
      },
    };
  }

  /** @param roots certificates in PEM; without them, those that are trusted for every upstream. */
  for(roots = ''): Pick<OutboundClient, 'request'> {
    let client = this.#clients.get(roots);
    if (client === undefined) {
      const { roots: common = [] } = this.#options;
      client = new OutboundClient({ ...this.#options, roots: roots === '' ? common : [...common, roots] });
      // One that makes room ends by itself: its requests complete, and its connections are closed when idle.
      this.#clients.set(roots, client);
    }
    return client;
  }

  /** Ends every request with an error, and closes all connections. */
  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }
}
