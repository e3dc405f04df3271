/** What the linter has no rule for. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SOURCES = [
  'packages/*/{src,test,bin}/**/*.{ts,js}',
  'bench/**/*.{ts,js}',
  'scripts/*.{ts,js}',
  'scripts/interop/**/*.ts',
];
const MOST_COLUMNS = 120;
/** Expected output of the client, in tests. */
const TERMINAL_OUTPUT = /Domain control validation has begun/;

test(`no line of comment or code is longer than ${MOST_COLUMNS} columns, unless a text in it is`, async () => {
  const long: string[] = [];
  for await (const file of glob(SOURCES, { cwd: ROOT, exclude: ['**/node_modules/**'] })) {
    const lines = readFileSync(`${ROOT}${file}`, 'utf8').split('\n');
    for (const [index, line] of lines.entries()) {
      const isComment = /^\s*(\/\/|\*|\/\*)/.test(line);
      // A text, a template or a pattern is not cut by the formatter.
      const hasText = (!isComment && /['"`>/$]/.test(line)) || TERMINAL_OUTPUT.test(line);
      if (line.length > MOST_COLUMNS && !hasText) long.push(`${file}:${index + 1}`);
    }
  }
  assert.deepEqual(long, []);
});
