/** Whose forwarding headers are believed, and what they then say of a request. */

import type { IncomingMessage } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Networks } from './networks.ts';

/** The proxies whose forwarding headers are believed. */
export class TrustedProxies {
  readonly #networks: Networks;
  readonly #hasAny: boolean;
  readonly #onMissingScheme: ((proxyAddress: string) => void) | undefined;

  /**
   * @param onMissingScheme is told the address of a trusted proxy that says nothing of the scheme over plain http, which counts as not
   * https.
   * @throws {RangeError} for what is not a network.
   */
  constructor(networks: readonly string[], onMissingScheme?: (proxyAddress: string) => void) {
    this.#hasAny = networks.length > 0;
    this.#onMissingScheme = onMissingScheme;
    this.#networks = new Networks(networks);
  }

  has(address: string): boolean {
    return this.#hasAny && this.#networks.has(address);
  }

  /** Whether the request's peer, the other end of its connection, is a trusted proxy. */
  isPeerOf(request: IncomingMessage): boolean {
    return this.has(peerAddress(request));
  }

  /**
   * Whether the client spoke https: a trusted proxy's last `X-Forwarded-Proto` decides, else the connection.
   */
  isHttps(request: IncomingMessage): boolean {
    const isTls = request.socket instanceof TLSSocket;
    if (!this.isPeerOf(request)) return isTls;
    const last = headerList(request, 'x-forwarded-proto').at(-1);
    if (last !== undefined) return last === 'https' || last.toLowerCase() === 'https';
    if (!isTls) this.#onMissingScheme?.(peerAddress(request));
    return isTls;
  }

  /** The caller's address: the rightmost `X-Forwarded-For` entry that is not a trusted proxy, else the peer. */
  clientAddress(request: IncomingMessage): string {
    let caller = peerAddress(request);
    if (!this.#hasAny) return caller;
    for (const entry of headerList(request, 'x-forwarded-for').reverse()) {
      if (!this.has(caller)) break;
      const address = forwardedAddress(entry);
      if (address === undefined) break;
      caller = address;
    }
    return caller;
  }
}

const peers = new WeakMap<Socket, string>();

function peerAddress({ socket }: IncomingMessage): string {
  return peerAddressOf(socket);
}

/**
 * The address at the other end of a connection; empty when it is gone already. It is always the same, and asked for several times
 * a request.
 */
export function peerAddressOf(socket: Socket): string {
  let address = peers.get(socket);
  if (address === undefined) {
    address = plainAddress(socket.remoteAddress ?? '');
    // One that is gone already has none any more, and says so each time.
    if (address !== '') peers.set(socket, address);
  }
  return address;
}

/** On a socket that speaks both, Node gives IPv4 addresses as `::ffff:192.0.2.7`; scopes matter to nobody here. */
function plainAddress(address: string): string {
  const [withoutScope = ''] = address.split('%', 1);
  return withoutScope.replace(/^::ffff:([0-9.]+)$/i, '$1');
}

function headerList(request: IncomingMessage, name: string): string[] {
  const value = request.headers[name];
  if (value === undefined) return [];
  return String(value)
    .split(',')
    .map((entry) => entry.trim());
}

/** Some proxies add the port: `192.0.2.7:4711`, `[2001:db8::7]:4711`. */
function forwardedAddress(entry: string): string | undefined {
  const [, bracketed, dotted] = /^(?:\[([^\]]+)\](?::[0-9]+)?|([0-9.]+):[0-9]+)$/.exec(entry) ?? [];
  const address = plainAddress(bracketed ?? dotted ?? entry);
  return isIP(address) === 0 ? undefined : address;
}
