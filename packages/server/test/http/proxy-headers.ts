/** PROXY protocol headers as proxies write them. */

import { once } from 'node:events';
import { connect } from 'node:net';
import type { TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { Connection } from '../connection.ts';

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

/** Version 1, of a TCP connection from that address and port 4711. */
export function headerV1(source: string): Buffer {
  const isIPv6 = source.includes(':');
  const destination = isIPv6 ? '2001:db8::ffff' : '198.51.100.1';
  return Buffer.from(`PROXY ${isIPv6 ? 'TCP6' : 'TCP4'} ${source} ${destination} 4711 443\r\n`);
}

/** Version 2 with anything in its fields. */
export function rawHeaderV2(command: number, family: number, body: Uint8Array, length = body.length): Buffer {
  const fixed = Buffer.alloc(16);
  SIGNATURE.copy(fixed);
  fixed.writeUInt8(command, 12);
  fixed.writeUInt8(family, 13);
  fixed.writeUInt16BE(length, 14);
  return Buffer.concat([fixed, body]);
}

/** Version 2, of a TCP connection from that address, in full (eight groups, if it is IPv6), and TLVs. */
export function headerV2(source: string, tlvs: Uint8Array = new Uint8Array()): Buffer {
  const ports = Buffer.from([0x12, 0x67, 0x01, 0xbb]);
  if (!source.includes(':')) {
    const addresses = Buffer.from([...source.split('.').map(Number), 198, 51, 100, 1]);
    return rawHeaderV2(0x21, 0x11, Buffer.concat([addresses, ports, tlvs]));
  }
  const addresses = Buffer.alloc(32);
  for (const [at, group] of source.split(':').entries())
    addresses.writeUInt16BE(Number.parseInt(group, 16), 2 * at);
  return rawHeaderV2(0x21, 0x21, Buffer.concat([addresses, ports, tlvs]));
}

/** Version 2 of a connection that the proxy makes for itself, to look whether the service is there. */
export const LOCAL_V2 = rawHeaderV2(0x20, 0x00, new Uint8Array());

/** How a connection begins. */
export interface OpenOptions {
  /** What comes first, in pieces that are sent one by one. */
  readonly pieces?: readonly Uint8Array[];
  readonly from?: string;
  readonly withTls?: boolean;
}

/** Opens a connection from an address of this machine that begins with these bytes, and then speaks TLS or does not. */
export async function openFrom(
  t: TestContext,
  port: number,
  { pieces = [], from = '127.0.0.1', withTls = true }: OpenOptions,
): Promise<Connection> {
  const socket = connect({ host: '127.0.0.1', port, localAddress: from, noDelay: true });
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (!withTls) return new Connection(t, socket);
  const tls = connectTls({ socket, rejectUnauthorized: false });
  const connection = new Connection(t, tls);
  // One that is refused says so by its end.
  await once(tls, 'secureConnect').catch(() => {});
  return connection;
}
