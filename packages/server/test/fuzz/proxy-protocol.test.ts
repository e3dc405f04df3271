import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PROXY_V2_LIMIT_BYTES, proxyHeaderParser } from '../../src/http/proxy-protocol.ts';
import { headerV1, headerV2, rawHeaderV2 } from '../http/proxy-headers.ts';
import { FUZZ_PARAMETERS } from './fuzzing.ts';

/** What the bytes come to, and how many were taken. */
function parse(bytes: Buffer) {
  const parser = proxyHeaderParser();
  let taken = 0;
  let step = parser.next();
  while (!step.done) {
    assert.ok(step.value > 0);
    const next = bytes.subarray(taken, taken + step.value);
    if (next.length < step.value) return { header: undefined, taken };
    taken += next.length;
    step = parser.next(next);
  }
  return { header: step.value, taken };
}

const byte = fc.nat(255);
const junk = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const ipv4 = fc.ipV4();
const line = fc
  .array(
    fc.constantFrom(
      'TCP4',
      'TCP6',
      'UNKNOWN',
      ' ',
      '  ',
      '192.0.2.7',
      '::1',
      '443',
      '65536',
      '\r',
      '\n',
      '\0',
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.from(`PROXY ${parts.join('')}\r\n`));
const fields = fc
  .tuple(fc.constantFrom(0x20, 0x21, 0x11, 0xff), byte, junk, fc.nat(65_535))
  .map(([command, family, body, length]) =>
    rawHeaderV2(command, family, body, length % 2 ? length : undefined),
  );
const changed = fc
  .tuple(ipv4, fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true }), byte)
  .map(([address, isOld, at, put]) => {
    const header = isOld ? headerV1(address) : headerV2(address);
    header[Math.floor(at * (header.length - 1))] = put;
    return header;
  });

test('PROXY protocol: whatever comes is a header, or malformed, or to be gone on with, within the limits', () => {
  fc.assert(
    fc.property(fc.oneof(junk, line, fields, changed), junk, (bytes, behind) => {
      const { header, taken } = parse(Buffer.concat([bytes, behind]));
      assert.ok(taken <= PROXY_V2_LIMIT_BYTES);
      if (header?.kind === 'source') assert.notEqual(header.address, '');
      // What was enough is enough, whatever is behind it.
      if (header !== undefined) {
        const whole = Buffer.concat([bytes, behind]).subarray(0, taken);
        assert.deepEqual(parse(whole), { header, taken });
      }
    }),
    FUZZ_PARAMETERS,
  );
});

test('PROXY protocol: an address is read as it was written', () => {
  fc.assert(
    fc.property(ipv4, junk, (address, behind) => {
      for (const header of [headerV1(address), headerV2(address)]) {
        const found = parse(Buffer.concat([header, behind]));
        assert.deepEqual(found, { header: { kind: 'source', address }, taken: header.length });
      }
    }),
    FUZZ_PARAMETERS,
  );
});
