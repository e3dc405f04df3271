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

const TESTS = ['packages/*/test/**/*.ts'];
const LEAST_ALLOWED_MS = 30_000;
/** The end of a wait, what something took, and the patience with a page or a process, where they are numbers. */
const ALLOWED_TIME =
  /(?:(?:end|deadline) = (?:performance|Date)\.now\(\) \+ |\.now\(\) - [\w.]+ <=? ?|waitFor\(\{ timeout: |AbortSignal\.timeout\()(?<ms>[0-9][0-9_]*)\b(?! \*)/g;

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

test('no test allows something less time than a machine that has much else to do may take for it', async () => {
  const short: string[] = [];
  for await (const file of glob(TESTS, { cwd: ROOT, exclude: ['**/node_modules/**'] })) {
    const text = readFileSync(`${ROOT}${file}`, 'utf8');
    for (const { 0: found, index, groups } of text.matchAll(ALLOWED_TIME)) {
      if (Number(groups?.['ms']?.replaceAll('_', '')) >= LEAST_ALLOWED_MS) continue;
      short.push(`${file}:${text.slice(0, index).split('\n').length}: ${found}`);
    }
  }
  assert.deepEqual(short, []);
});
