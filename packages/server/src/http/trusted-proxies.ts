/** Whose forwarding headers are believed, and what they then say of a request. */

import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import { FORWARDING_HEADERS, type ForwardedHeaders, type ForwardingHeaders } from './forwarding-headers.ts';
import { isHost } from './host-header.ts';
import { Networks } from './networks.ts';
import { peerAddressOf, plainAddress } from './peer-address.ts';

/** What proxies are trusted with. */
export interface ProxyTrust {
  /** Which headers they are believed in; those of the other family prove nothing. `x-forwarded` when left out. */
  readonly forwardedHeaders?: ForwardedHeaders | undefined;
  /** Whether they are believed which host a request was for. */
  readonly trustForwardedHost?: boolean | undefined;
  /** Where clients reach the pages, `https://orders.example`; otherwise each request's host. */
  readonly publicOrigin?: string | undefined;
  /**
   * Is told the address of a proxy that names no scheme over plain http, which counts as not https, and the header to
   * name it in.
   */
  readonly onMissingScheme?: ((proxyAddress: string, header: string) => void) | undefined;
}

/** The proxies whose forwarding headers are believed. */
export class TrustedProxies {
  readonly #networks: Networks;
  readonly #hasAny: boolean;
  readonly #trust: ProxyTrust;
  readonly #headers: ForwardingHeaders;

  /** @throws {RangeError} for a text that is not a network. */
  constructor(networks: readonly string[], trust: ProxyTrust = {}) {
    this.#hasAny = networks.length > 0;
    this.#networks = new Networks(networks);
    this.#trust = trust;
    this.#headers = FORWARDING_HEADERS[trust.forwardedHeaders ?? 'x-forwarded'];
  }

  has(address: string): boolean {
    return this.#hasAny && this.#networks.has(address);
  }

  /** Whether the request's peer, the other end of its connection, is a trusted proxy. */
  isPeerOf(request: IncomingMessage): boolean {
    return this.has(peerAddress(request));
  }

  /** Whether the client spoke https: the scheme that a trusted proxy names decides, else the connection. */
  isHttps(request: IncomingMessage): boolean {
    const isTls = request.socket instanceof TLSSocket;
    if (!this.isPeerOf(request)) return isTls;
    const scheme = this.#headers.schemeOf(request.headers);
    if (scheme !== undefined) return scheme === 'https' || scheme.toLowerCase() === 'https';
    if (!isTls) this.#trust.onMissingScheme?.(peerAddress(request), this.#headers.schemeHeader);
    return isTls;
  }

  /** The client's address: the nearest forwarded one that is not a trusted proxy, else the peer. */
  clientAddress(request: IncomingMessage): string {
    let client = peerAddress(request);
    if (!this.has(client)) return client;
    for (const entry of this.#headers.addressesOf(request.headers).reverse()) {
      if (!this.has(client)) break;
      const address = forwardedAddress(entry);
      if (address === undefined) break;
      client = address;
    }
    return client;
  }

  /**
   * The origin that the client's address bar shows, `https://orders.example:8443`: as set, else the host that a trusted
   * proxy names, if it is to be believed, else the request's own. Undefined when the request names none.
   */
  originOf(request: IncomingMessage): string | undefined {
    const { publicOrigin, trustForwardedHost } = this.#trust;
    if (publicOrigin !== undefined) return publicOrigin;
    const forwarded =
      trustForwardedHost && this.isPeerOf(request) ? this.#headers.hostOf(request.headers) : undefined;
    const host = forwarded !== undefined && isHost(forwarded) ? forwarded : request.headers.host;
    // As browsers write an origin.
    return host && `https://${host.toLowerCase().replace(/:443$/, '')}`;
  }
}

function peerAddress({ socket }: IncomingMessage): string {
  return peerAddressOf(socket);
}

/** Some proxies add the port: `192.0.2.7:4711`, `[2001:db8::7]:4711`. */
function forwardedAddress(entry: string): string | undefined {
  const [, bracketed, dotted] = /^(?:\[([^\]]+)\](?::[0-9]+)?|([0-9.]+):[0-9]+)$/.exec(entry) ?? [];
  const address = plainAddress(bracketed ?? dotted ?? entry);
  return isIP(address) === 0 ? undefined : address;
}
