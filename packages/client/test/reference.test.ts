import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from '../../server/test/temporary-folder.ts';

const GENERATOR = fileURLToPath(new URL('../../../scripts/reference', import.meta.url));
const REFERENCE = new URL('../../../docs/client-reference/README.md', import.meta.url);

test("the API reference is what the doc comments say ('npm run reference' makes it so)", async (t) => {
  const out = temporaryFolder(t);
  const typedoc = join(GENERATOR, 'node_modules/typedoc/bin/typedoc');
  await promisify(execFile)(process.execPath, [typedoc, '--out', out], { cwd: GENERATOR });
  assert.equal(readFileSync(join(out, 'README.md'), 'utf8'), readFileSync(REFERENCE, 'utf8'));
});
