import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseForwarded } from '../../src/http/forwarded.ts';
import { FUZZ_PARAMETERS } from './fuzzing.ts';

const PIECES = fc.constantFrom(
  'for',
  'proto',
  'host',
  '=',
  ';',
  ',',
  ' ',
  '"',
  '\\',
  '\t',
  'https',
  '192.0.2.7',
  '[::1]',
  'x',
);
const VALUES = fc.oneof(
  fc.string(),
  fc.array(PIECES, { maxLength: 30 }).map((pieces) => pieces.join('')),
);
const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;

test('Forwarded: whatever a client wrote, the last element is the one that the nearest proxy has added, or there is none', () => {
  fc.assert(
    fc.property(VALUES, (written) => {
      const elements = parseForwarded(`${written}, for="192.0.2.7:4711";proto=http`);
      if (elements === undefined) return;
      assert.deepEqual(elements.at(-1), { for: '192.0.2.7:4711', proto: 'http', host: undefined });
      assert.deepEqual(parseForwarded(written), elements.slice(0, -1));
    }),
    FUZZ_PARAMETERS,
  );
});

test('Forwarded: what is written as RFC 7239 has it is read back', () => {
  const text = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  });
  const elements = fc.array(fc.record({ for: text, proto: text, host: text }, { noNullPrototype: true }), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(elements, (given) => {
      const header = given.map(
        (each) => `for=${quoted(each.for)};proto=${quoted(each.proto)};host=${quoted(each.host)}`,
      );
      assert.deepEqual(parseForwarded(header.join(', ')), given);
    }),
    FUZZ_PARAMETERS,
  );
});
