/** Whose forwarding headers are believed, and what they then say of a request. */

import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** What is wrong with a network such as `10.0.0.0/8`, `2001:db8::/32` or `192.0.2.7`, or undefined. */
export function networkProblem(network: string): string | undefined {
  return parseNetwork(network) === undefined
    ? `'${network}' is not an IP network; write it as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7`
    : undefined;
}

/** The proxies whose forwarding headers are believed. */
export class TrustedProxies {
  readonly #networks = new BlockList();
  readonly #hasAny: boolean;

  /** @throws {RangeError} for a network that {@link networkProblem} finds fault with. */
  constructor(networks: readonly string[]) {
    this.#hasAny = networks.length > 0;
    for (const network of networks) {
      const parsed = parseNetwork(network);
      if (parsed === undefined) throw new RangeError(networkProblem(network));
      this.#networks.addSubnet(parsed.address, parsed.prefix, parsed.family);
    }
  }

  has(address: string): boolean {
    if (!this.#hasAny) return false;
    const family = isIP(address);
    return family !== 0 && this.#networks.check(address, family === 4 ? 'ipv4' : 'ipv6');
  }

  /** Whether the request's peer, the other end of its connection, is a trusted proxy. */
  isPeerOf(request: IncomingMessage): boolean {
    return this.has(peerAddress(request));
  }

  /**
   * Whether the caller spoke https: a trusted proxy's last `X-Forwarded-Proto` decides, else the connection.
   */
  isHttps(request: IncomingMessage): boolean {
    if (this.isPeerOf(request)) {
      const last = headerList(request, 'x-forwarded-proto').at(-1);
      if (last !== undefined) return last === 'https';
    }
    return request.socket instanceof TLSSocket;
  }

  /** The caller's address: the rightmost `X-Forwarded-For` entry that is not a trusted proxy, else the peer. */
  callerAddress(request: IncomingMessage): string {
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

/** A connection's peer is always the same, and asked for several times a request. */
function peerAddress({ socket }: IncomingMessage): string {
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
  return address.replace(/^::ffff:(?=[0-9.]+$)/i, '').replace(/%.*$/, '');
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

function parseNetwork(
  network: string,
): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [address = '', prefixText, ...rest] = network.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || address.includes('%')) return undefined;
  const most = family === 4 ? 32 : 128;
  if (prefixText !== undefined && !/^[0-9]{1,3}$/.test(prefixText)) return undefined;
  const prefix = prefixText === undefined ? most : Number(prefixText);
  return prefix > most ? undefined : { address, prefix, family: family === 4 ? 'ipv4' : 'ipv6' };
}
