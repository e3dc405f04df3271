/** A real DNS server on UDP, whose records a test sets. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { TestContext } from 'node:test';

const TYPES = { A: 1, AAAA: 28 } as const;
const HEADER_BYTES = 12;
const RESPONSE_FLAGS = 0x8180;
const NXDOMAIN = 3;
/** What fits into a response over UDP, as clients ask for it today. */
const RECORDS_LIMIT = 70;

/** What a name leads to: addresses, or `silence`: no response. A function says it anew for each query. */
type DnsRecords = readonly string[] | 'silence';

/** A running server. */
export interface DnsServer {
  /** For `Resolver.setServers`. */
  readonly address: string;
  /** By name, lower case; other names do not exist. */
  readonly records: Map<string, DnsRecords | (() => DnsRecords)>;
  /** The names that were asked for A records, in turn. */
  readonly queries: string[];
}

/** Starts one. */
export async function dnsServer(t: Pick<TestContext, 'after'>): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const records: DnsServer['records'] = new Map();
  const queries: string[] = [];
  socket.on('message', (query, { port, address }) => {
    const { name, end } = readName(query);
    const type = query.readUInt16BE(end);
    if (type === TYPES.A) queries.push(name);
    const found = records.get(name);
    const addresses = typeof found === 'function' && type === TYPES.A ? found() : found;
    if (addresses === 'silence') return;
    const ofType =
      typeof addresses === 'function' ? [] : (addresses ?? []).filter((each) => typeOf(each) === type);
    socket.send(responseTo(query.subarray(0, end + 4), ofType, found !== undefined), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => socket.close());
  return { address: `127.0.0.1:${socket.address().port}`, records, queries };
}

function typeOf(address: string): number {
  return address.includes(':') ? TYPES.AAAA : TYPES.A;
}

function responseTo(query: Buffer, addresses: readonly string[], exists: boolean): Buffer {
  const sent = addresses.slice(0, RECORDS_LIMIT);
  const response = Buffer.concat([query, ...sent.map(record)]);
  response.writeUInt16BE(RESPONSE_FLAGS | (exists ? 0 : NXDOMAIN), 2);
  response.writeUInt16BE(1, 4);
  response.writeUInt16BE(sent.length, 6);
  response.writeUInt32BE(0, 8);
  return response;
}

/** A record of the name in the query. */
function record(address: string): Buffer {
  const data = bytesOf(address);
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(typeOf(address), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(0, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function bytesOf(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  // The URL parser writes an IPv4 address at the end in hexadecimal digits.
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [first, last] = [head, tail].map((part) => (part === '' ? [] : part.split(':'))) as [
    string[],
    string[],
  ];
  const groups = [...first, ...Array<string>(8 - first.length - last.length).fill('0'), ...last];
  return Buffer.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]),
  );
}

function readName(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}
