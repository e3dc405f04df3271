import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  PROXY_V1_LIMIT_BYTES,
  PROXY_V2_LIMIT_BYTES,
  type ProxyHeader,
  proxyHeaderParser,
} from '../../src/http/proxy-protocol.ts';
import { headerV1, headerV2, LOCAL_V2, rawHeaderV2 } from './proxy-headers.ts';

/** What the bytes come to, and how many were taken; `incomplete` when there are too few. */
function parse(bytes: Buffer): { header: ProxyHeader | 'incomplete'; taken: number } {
  const parser = proxyHeaderParser();
  let taken = 0;
  let step = parser.next();
  while (!step.done) {
    const next = bytes.subarray(taken, taken + step.value);
    if (next.length < step.value) return { header: 'incomplete', taken };
    taken += next.length;
    step = parser.next(next);
  }
  return { header: step.value, taken };
}

const source = (address: string) => ({ kind: 'source', address });
const PEER = { kind: 'peer' };
const MALFORMED = { kind: 'malformed' };
const longest = (start: string) => Buffer.from(`${start.padEnd(PROXY_V1_LIMIT_BYTES - 2, 'x')}\r\n`);

test('headers of both versions are read to their end, and no further', () => {
  const full = 'ffff:'.repeat(7).concat('ffff');
  for (const [header, expected] of [
    [headerV1('192.0.2.7'), source('192.0.2.7')],
    [headerV1('2001:DB8:0:0:0:0:0:7'), source('2001:db8::7')],
    [Buffer.from(`PROXY TCP6 ${full} ${full} 65535 65535\r\n`), source(full)],
    [Buffer.from('PROXY UNKNOWN\r\n'), PEER],
    [Buffer.from('PROXY UNKNOWN anything at all\r\n'), PEER],
    [longest('PROXY UNKNOWN '), PEER],
    [headerV2('192.0.2.7'), source('192.0.2.7')],
    [headerV2('2001:db8:0:0:0:0:0:7'), source('2001:db8::7')],
    [headerV2('192.0.2.7', new Uint8Array([0x03, 0, 4, 1, 2, 3, 4])), source('192.0.2.7')],
    [headerV2('192.0.2.7', new Uint8Array(PROXY_V2_LIMIT_BYTES - 28)), source('192.0.2.7')],
    [LOCAL_V2, PEER],
    [rawHeaderV2(0x20, 0x11, new Uint8Array(12)), PEER],
    [rawHeaderV2(0x20, 0xff, new Uint8Array(3)), PEER],
    [rawHeaderV2(0x21, 0x00, new Uint8Array()), PEER],
    [rawHeaderV2(0x21, 0x31, new Uint8Array(216)), PEER],
  ] as const) {
    const behind = Buffer.from('\x16\x03\x01PROXY');
    const { header: found, taken } = parse(Buffer.concat([header, behind]));
    assert.deepEqual(found, expected, header.toString('latin1'));
    assert.equal(taken, header.length, header.toString('latin1'));
    for (let length = 0; length < header.length; length++)
      assert.equal(
        parse(header.subarray(0, length)).header,
        'incomplete',
        `${length} of ${header.toString('latin1')}`,
      );
  }
});

test('what is no header is malformed', () => {
  const line = (text: string) => Buffer.from(`${text}\r\n`);
  for (const bytes of [
    Buffer.from('\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\0\0', 'latin1'),
    Buffer.from('POST / HTTP/1.1\r\n'),
    Buffer.from('PROXY TCP\r\n  '),
    line('proxy TCP4 192.0.2.7 198.51.100.1 4711 443'),
    line('PROXY tcp4 192.0.2.7 198.51.100.1 4711 443'),
    line('PROXY TCP5 192.0.2.7 198.51.100.1 4711 443'),
    line('PROXY  TCP4 192.0.2.7 198.51.100.1 4711 443'),
    line('PROXY TCP4 192.0.2.7  198.51.100.1 4711 443'),
    line('PROXY TCP4 192.0.2.7 198.51.100.1 4711 443 '),
    line('PROXY TCP4 192.0.2.7 198.51.100.1 4711'),
    line('PROXY TCP4 192.0.2.7 198.51.100.1 4711 65536'),
    line('PROXY TCP4 192.0.2.7 198.51.100.1 04711 443'),
    line('PROXY TCP4 192.0.2.7 198.51.100.1 -1 443'),
    line('PROXY TCP4 192.0.2.07 198.51.100.1 4711 443'),
    line('PROXY TCP4 192.0.2.256 198.51.100.1 4711 443'),
    line('PROXY TCP4 192.0.2.7 ::1 4711 443'),
    line('PROXY TCP4 ::1 ::1 4711 443'),
    line('PROXY TCP6 192.0.2.7 198.51.100.1 4711 443'),
    line('PROXY TCP6 fe80::1%eth0 ::1 4711 443'),
    line('PROXY UNKNOWNX'),
    line('PROXY TCP4 client.example 198.51.100.1 4711 443'),
    Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\n'),
    Buffer.from('PROXY UNKNOWN\n\n'),
    Buffer.from('PROXY UNKNOWN'.padEnd(PROXY_V1_LIMIT_BYTES, 'x')),
    Buffer.concat([Buffer.from('PROXY UNKNOWN '), Buffer.alloc(1000, 'x'), Buffer.from('\r\n')]),
    rawHeaderV2(0x11, 0x11, new Uint8Array(12)),
    rawHeaderV2(0x22, 0x11, new Uint8Array(12)),
    rawHeaderV2(0x21, 0x12, new Uint8Array(12)),
    rawHeaderV2(0x21, 0x22, new Uint8Array(36)),
    rawHeaderV2(0x21, 0x32, new Uint8Array(216)),
    rawHeaderV2(0x21, 0xff, new Uint8Array(216)),
    rawHeaderV2(0x21, 0x11, new Uint8Array(11)),
    rawHeaderV2(0x21, 0x21, new Uint8Array(35)),
    rawHeaderV2(0x21, 0x31, new Uint8Array(215)),
    rawHeaderV2(0x21, 0x11, new Uint8Array(12), 65_535),
    rawHeaderV2(0x20, 0x00, new Uint8Array(), PROXY_V2_LIMIT_BYTES - 15),
    headerV2('192.0.2.7', new Uint8Array(PROXY_V2_LIMIT_BYTES - 27)),
  ]) {
    const { header, taken } = parse(bytes);
    assert.deepEqual(header, MALFORMED, bytes.toString('latin1'));
    assert.ok(taken <= PROXY_V2_LIMIT_BYTES);
  }
});
