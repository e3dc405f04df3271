import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyedHash } from '../../src/accounts/keyed-hash.ts';

const MOST_BYTES = 240;
const text = fc.string({ unit: 'binary', maxLength: 30 });

test('is SHA-256 of the key, the lengths and the texts, in whole blocks of 64 bytes', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 4 }),
      (key, pairs) => {
        const keyed = new KeyedHash(Buffer.from(key), MOST_BYTES);
        for (const [first, second] of pairs) {
          const length = 8 + Buffer.byteLength(first + second);
          // SHA-256 ends its last block with nine bytes or more of its own.
          const input = Buffer.alloc(64 + 64 * Math.ceil((length + 9) / 64) - 9);
          input.set(key);
          input.writeUInt32BE(length, 64);
          input.writeUInt32BE(Buffer.byteLength(first), 68);
          input.write(first + second, 72);
          assert.equal(keyed.of(first, second), createHash('sha256').update(input).digest('latin1'));
        }
      },
    ),
  );
});

test('tells texts apart by where the first one ends, and from those with zeros behind them', () => {
  const keyed = new KeyedHash(Buffer.alloc(32, 7), MOST_BYTES);
  const hashes = [
    keyed.of('ab', 'c'),
    keyed.of('a', 'bc'),
    keyed.of('abc', ''),
    keyed.of('', 'abc'),
    keyed.of('ab', 'c\0'),
    keyed.of('ab', `c${'\0'.repeat(200)}`),
  ];
  assert.equal(new Set(hashes).size, hashes.length);
});

test('takes texts of any length up to the longest', () => {
  const keyed = new KeyedHash(Buffer.alloc(32, 7), MOST_BYTES);
  const hashes = Array.from({ length: MOST_BYTES + 1 }, (_, length) => keyed.of('x'.repeat(length), ''));
  assert.equal(new Set(hashes).size, MOST_BYTES + 1);
});

test('keeps nothing of the texts', (t) => {
  const inputs: Buffer[] = [];
  const { alloc } = Buffer;
  t.mock.method(Buffer, 'alloc', (size: number) => {
    const buffer = alloc(size);
    inputs.push(buffer);
    return buffer;
  });
  const keyed = new KeyedHash(alloc(32), MOST_BYTES);
  keyed.of('acme', 'correct horse');
  assert.throws(() => keyed.of('acme', 'correct horse'.repeat(40)));
  assert.equal(inputs.length, 1);
  assert.ok(inputs.every((input) => input.every((byte) => byte === 0)));
});

test('refuses keys and texts that it has no room for', () => {
  assert.throws(() => new KeyedHash(Buffer.alloc(65), 20), /a key of more than 64 bytes/);
  for (const text of ['x'.repeat(21), `${'x'.repeat(20)}é`, '𝄞'.repeat(6), 'x'.repeat(1000)]) {
    const keyed = new KeyedHash(Buffer.alloc(32), 20);
    for (const [first, second] of [
      [text, ''],
      ['', text],
      [text.slice(0, 2), text.slice(2)],
    ] as const) {
      assert.throws(() => keyed.of(first, second), /texts of more than 20 bytes/);
    }
  }
});
