import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogBuffer } from '../../src/cli/log-buffer.ts';

const LIMIT_BYTES = 1024 * 1024;

test('lines are there in UTF-8 and in order, until the buffer is cleared', () => {
  const buffer = new LogBuffer();
  const lines = ['a\n', 'é\n', '😀\n', '\u2028\n', '\uD83D\n', ''];
  for (let round = 0; round < 3; round++) {
    for (const line of lines) assert.ok(buffer.add(line, LIMIT_BYTES));
    const expected = Buffer.from(lines.join(''));
    assert.equal(buffer.length, expected.length);
    assert.deepEqual(buffer.bytes, expected);
    buffer.clear();
    assert.equal(buffer.length, 0);
    assert.equal(buffer.bytes.length, 0);
  }
});

test('it grows to exactly its limit, in bytes, and then refuses a line whole', () => {
  const buffer = new LogBuffer();
  const line = `${'é'.repeat(511)}x\n`;
  for (let count = 0; count < LIMIT_BYTES / 1024; count++)
    assert.ok(buffer.add(line, LIMIT_BYTES), `${count}`);
  assert.equal(buffer.length, LIMIT_BYTES);
  assert.ok(!buffer.add('\n', LIMIT_BYTES));
  assert.ok(!buffer.add(line, LIMIT_BYTES));
  assert.equal(buffer.bytes.toString(), line.repeat(LIMIT_BYTES / 1024));
  buffer.clear();
  assert.ok(buffer.add('x'.repeat(LIMIT_BYTES), LIMIT_BYTES));
  assert.ok(!buffer.add('x', LIMIT_BYTES));
  buffer.clear();
  assert.ok(!buffer.add('x'.repeat(LIMIT_BYTES + 1), LIMIT_BYTES));
  assert.equal(buffer.length, 0);
});
