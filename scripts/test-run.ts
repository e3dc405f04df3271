/**
 * Runs every test of every package, or the files named on the command line: `npm test -- FILE…`. A run that
 * finds no test is a failure, which `node --test` itself would call a success. With `--long`, tests on random
 * input take a hundred times as many cases: `npm run nightly`.
 */

import { glob } from 'node:fs/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';

const MINUTE = 60_000;
const LONG_RUNS = '30000';

const { values, positionals } = parseArgs({ options: { long: { type: 'boolean' } }, allowPositionals: true });
if (values.long) process.env['FUZZ_RUNS'] ??= LONG_RUNS;

const patterns = positionals.length > 0 ? positionals : 'packages/*/test/**/*.test.ts';
const files = await Array.fromAsync(glob(patterns));
if (files.length === 0) {
  console.error('no test file found');
  process.exit(1);
}

let passed = 0;
const stream = run({ files: files.sort(), concurrency: 2, timeout: (values.long ? 60 : 3) * MINUTE });
stream.on('test:pass', () => {
  passed++;
});
stream.on('test:fail', () => {
  process.exitCode = 1;
});
stream.on('end', () => {
  if (passed === 0) process.exitCode = 1;
});
stream.compose(new spec()).pipe(process.stdout);
