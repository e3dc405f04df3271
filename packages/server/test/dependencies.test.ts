/** What is shipped with the service: everything in the lock file that is not for development. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

interface Locked {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
  readonly license?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
}

/** Licences that ask for nothing but their text. */
const LICENCES = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Unlicense',
]);

const { packages } = JSON.parse(
  readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8'),
) as { readonly packages: Readonly<Record<string, Locked>> };
const shipped = Object.entries(packages).filter(
  ([path, { dev, devOptional, optional, link }]) =>
    path.startsWith('node_modules/') && !dev && !devOptional && !optional && !link,
);

test('everything that is shipped has a licence that allows it', () => {
  assert.ok(shipped.length > 20);
  for (const [path, { license }] of shipped) assert.ok(LICENCES.has(license ?? ''), `${path}: ${license}`);
});

test('everything that is shipped is locked with its hash, and runs nothing when it is installed', () => {
  for (const [path, { integrity, hasInstallScript }] of shipped) {
    assert.match(integrity ?? '', /^sha512-/, path);
    assert.equal(hasInstallScript, undefined, path);
  }
});
