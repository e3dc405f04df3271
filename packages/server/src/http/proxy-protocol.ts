/**
 * The PROXY protocol, versions 1 and 2 (https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt): what a TCP proxy
 * sends before anything else to say whose connection it passes on.
 */

import { isIPv4, isIPv6, SocketAddress } from 'node:net';

/** The longest header of version 1, its line end included, in bytes (section 2.1). */
export const PROXY_V1_LIMIT_BYTES = 107;

/** The longest header of version 2 that is read, in bytes: addresses and TLVs take a few hundred. */
export const PROXY_V2_LIMIT_BYTES = 2048;

/** What a header came to. */
export type ProxyHeader =
  /** The connection is that of this address. */
  | { readonly kind: 'source'; readonly address: string }
  /** `LOCAL`, `UNKNOWN`, or a connection without an address: it is the proxy's own. */
  | { readonly kind: 'peer' }
  | { readonly kind: 'malformed' };

const PEER: ProxyHeader = { kind: 'peer' };
const MALFORMED: ProxyHeader = { kind: 'malformed' };

const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const V1_PREFIX = 'PROXY ';
const V1_UNKNOWN = 'PROXY UNKNOWN';
/** Enough to tell the versions apart, and no more than the shortest header, `PROXY UNKNOWN\r\n`, has. */
const FIRST_BYTES = 13;
/** Signature, version and command, family, length. */
const V2_FIXED_BYTES = 16;
const V2_LOCAL = 0x20;
const V2_PROXY = 0x21;
const LINE_FEED = 0x0a;

/** Address families with their protocols, and how many bytes their addresses and ports take. */
const V2_UNSPECIFIED = 0x00;
const V2_TCP_IPV4 = 0x11;
const V2_TCP_IPV6 = 0x21;
const V2_UNIX_STREAM = 0x31;
const V2_ADDRESS_BYTES: Readonly<Record<number, number>> = {
  [V2_UNSPECIFIED]: 0,
  [V2_TCP_IPV4]: 12,
  [V2_TCP_IPV6]: 36,
  [V2_UNIX_STREAM]: 216,
};

/**
 * Reads a header: yields how many bytes it takes next, at least one, is given exactly as many, and returns what the
 * header came to. It never takes a byte beyond the header, unless what comes is no header.
 */
export function* proxyHeaderParser(): Generator<number, ProxyHeader, Buffer> {
  const first = yield FIRST_BYTES;
  if (first.subarray(0, V2_SIGNATURE.length).equals(V2_SIGNATURE)) return yield* versionTwo(first);
  if (first.toString('latin1', 0, V1_PREFIX.length) !== V1_PREFIX) return MALFORMED;
  return yield* versionOne(first);
}

function* versionOne(first: Buffer): Generator<number, ProxyHeader, Buffer> {
  if (first.includes(LINE_FEED)) return MALFORMED;
  const bytes = Buffer.alloc(PROXY_V1_LIMIT_BYTES);
  first.copy(bytes);
  for (let length = first.length; length < PROXY_V1_LIMIT_BYTES; length++) {
    const [byte = 0] = yield 1;
    bytes[length] = byte;
    if (byte === LINE_FEED) return readLine(bytes.toString('latin1', 0, length + 1));
  }
  return MALFORMED;
}

/** `PROXY TCP4 192.0.2.7 198.51.100.1 4711 443` with its line end. */
function readLine(line: string): ProxyHeader {
  if (!line.endsWith('\r\n')) return MALFORMED;
  const text = line.slice(0, -2);
  // What follows is not to be interpreted (section 2.1).
  if (text === V1_UNKNOWN || text.startsWith(`${V1_UNKNOWN} `)) return PEER;
  const [, family, source = '', destination = '', sourcePort = '', destinationPort = '', ...more] =
    text.split(' ');
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isPlainIPv6 : undefined;
  if (isAddress === undefined || more.length > 0) return MALFORMED;
  if (!isAddress(source) || !isAddress(destination)) return MALFORMED;
  if (!isPort(sourcePort) || !isPort(destinationPort)) return MALFORMED;
  return sourceOf(source);
}

function isPlainIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes('%');
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9][0-9]{0,4})$/.test(text) && Number(text) <= 65_535;
}

function* versionTwo(first: Buffer): Generator<number, ProxyHeader, Buffer> {
  const [command = 0] = first.subarray(V2_SIGNATURE.length);
  if (command !== V2_PROXY && command !== V2_LOCAL) return MALFORMED;
  const rest = yield V2_FIXED_BYTES - FIRST_BYTES;
  const family = rest.readUInt8(0);
  const length = rest.readUInt16BE(1);
  if (V2_FIXED_BYTES + length > PROXY_V2_LIMIT_BYTES) return MALFORMED;
  const body = length === 0 ? Buffer.alloc(0) : yield length;
  // Of a connection that the proxy makes for itself, nothing else counts (section 2.2).
  if (command === V2_LOCAL) return PEER;
  const addressBytes = V2_ADDRESS_BYTES[family];
  if (addressBytes === undefined || length < addressBytes) return MALFORMED;
  // Behind the addresses come TLVs, of which none says more about the address.
  switch (family) {
    case V2_TCP_IPV4:
      return sourceOf(body.subarray(0, 4).join('.'));
    case V2_TCP_IPV6:
      return sourceOf(ipv6Of(body));
    default:
      return PEER;
  }
}

function ipv6Of(bytes: Buffer): string {
  return Array.from({ length: 8 }, (_, group) => bytes.readUInt16BE(2 * group).toString(16)).join(':');
}

/** In canonical form: an address that is written in two ways would count as two. */
function sourceOf(address: string): ProxyHeader {
  const canonical = new SocketAddress({ address, family: isIPv4(address) ? 'ipv4' : 'ipv6' }).address;
  return { kind: 'source', address: canonical };
}
