import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyedHash } from '../../src/accounts/keyed-hash.ts';

test('is SHA-512/256 of the key, filled up to 64 bytes, and the text', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.array(fc.string({ unit: 'binary', maxLength: 30 }), { minLength: 1, maxLength: 4 }),
      (key, texts) => {
        const keyed = new KeyedHash(Buffer.from(key), 120);
        for (const text of texts) {
          const padded = Buffer.alloc(64);
          padded.set(key);
          const expected = createHash('sha512-256').update(padded).update(text).digest('latin1');
          assert.equal(
            keyed.of((buffer) => buffer.write(text)),
            expected,
          );
        }
      },
    ),
  );
});

test('keeps nothing of the text', () => {
  const keyed = new KeyedHash(Buffer.alloc(32, 7), 20);
  keyed.of((buffer) => buffer.write('correct horse'));
  keyed.of((buffer) => {
    assert.ok(buffer.every((byte) => byte === 0));
    return 0;
  });
});

test('refuses keys and texts that it has no room for', () => {
  assert.throws(() => new KeyedHash(Buffer.alloc(65), 20), /a key of more than 64 bytes/);
  for (const text of ['x'.repeat(21), `${'x'.repeat(20)}é`, '𝄞'.repeat(6), 'x'.repeat(1000)]) {
    assert.throws(
      () => new KeyedHash(Buffer.alloc(32), 20).of((buffer) => buffer.write(text)),
      /a text of more than 20 bytes/,
    );
  }
});
