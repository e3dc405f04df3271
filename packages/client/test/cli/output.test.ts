import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutToWidth, displayWidth } from '../../src/cli/display-width.ts';
import { jsonLine, printable, printableLine } from '../../src/cli/output.ts';
import { table } from '../../src/cli/table.ts';

/** Everything that a terminal obeys, or that turns the direction of writing. */
const UNPRINTABLE = [
  ...Array.from({ length: 0x20 }, (_, code) => code),
  ...Array.from({ length: 0x21 }, (_, index) => 0x7f + index),
  ...[0x061c, 0x200e, 0x200f, 0x2028, 0x2029],
  ...[0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069],
].map((code) => String.fromCharCode(code));

test('what a terminal would obey is spelled out, and nothing else is touched', () => {
  for (const character of UNPRINTABLE) {
    const spelled = `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    assert.equal(printable(`a${character}b`), `a${spelled}b`);
    assert.equal(printableLine(`a${character}b`), `a${spelled}b`);
    assert.equal(JSON.parse(jsonLine([character]))[0], character);
    assert.ok(!jsonLine([character]).includes(character));
  }
  for (const text of ['Zürich', 'العربية', '日本語', '👩‍👩‍👧', 'a\u00a0b', '\u200b']) {
    assert.equal(printable(text), text);
    assert.equal(jsonLine(text), JSON.stringify(text));
  }
});

test('a line keeps the colours of the program, and no other sequence', () => {
  assert.equal(printableLine('\x1b[1;32m✓\x1b[39m done'), '\x1b[1;32m✓\x1b[39m done');
  assert.equal(
    printableLine('\x1b[2J\x1b]0;title\x07\u009b31m'),
    '\\u001b[2J\\u001b]0;title\\u0007\\u009b31m',
  );
  assert.equal(printable('\x1b[31mred'), '\\u001b[31mred');
});

test('columns are as wide as what is shown of a cell', () => {
  assert.equal(
    table([
      ['a\u202e', 'x'],
      ['b', 'y\nz'],
    ]),
    'a\\u202e  x\nb        y\\u000az',
  );
});

test('columns are as wide as a terminal shows them', () => {
  for (const [text, width] of [
    ['日本', 4],
    ['e\u0301', 1],
    ['👩‍👩‍👧', 2],
    ['⚠️', 2],
    ['🇨🇭', 2],
    ['한글', 4],
    ['Ａ', 2],
    ['a\u200bb', 2],
    ['\x1b[32m✓\x1b[39m', 1],
    ['', 0],
  ] as const) {
    assert.equal(displayWidth(text), width, text);
  }
  assert.equal(
    table([
      ['日本', 'x'],
      ['abcde', 'y'],
    ]),
    '日本   x\nabcde  y',
  );
  assert.equal(cutToWidth('日本語', 4), '日…');
  assert.equal(cutToWidth('日本語', 6), '日本語');
  assert.equal(cutToWidth('abc', 1), '…');
});

test('JSON of any value reads as the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      assert.deepEqual(JSON.parse(jsonLine(value)), JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 50 },
  );
});
