/** `1 orders` is no English: a number and its noun are written by `count`. */

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { count } from '@cert-order-status/protocol';

const PACKAGES = fileURLToPath(new URL('../../..', import.meta.url));
const NOUNS = 'orders|changes|accounts|certificates|lines|requests|tokens|days|seconds|bytes';
/**
 * A value, perhaps a word, and a plural; limits, which are more than one, are named in capitals or after what they
 * limit.
 */
const PLURAL = new RegExp(
  `\\$\\{(?![A-Z_]+\\}|limit|this\\.#most\\})(?!shownCount)[^{}]*\\} (?:\\w+ )?(?:${NOUNS})\\b`,
);

test('one is told in the singular', () => {
  assert.equal(count(1, 'order'), '1 order');
  assert.equal(count(0, 'order'), '0 orders');
  assert.equal(count(2, 'order differs', 'orders differ'), '2 orders differ');
});

test('no text puts a number in front of a plural by itself', () => {
  const found = globSync('{protocol,client,server}/src/**/*.ts', { cwd: PACKAGES }).flatMap((file) =>
    readFileSync(`${PACKAGES}/${file}`, 'utf8')
      .split('\n')
      .filter((line) => PLURAL.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
  assert.deepEqual(found, []);
});
