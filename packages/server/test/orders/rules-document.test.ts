import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { RULES } from '../../src/orders/rules.ts';

test('docs/rules.md holds every rule, under its kind, with its meaning', () => {
  const document = readFileSync(new URL('../../../../docs/rules.md', import.meta.url), 'utf8');
  const written = [];
  let kind = '';
  for (const line of document.split('\n')) {
    kind = /^## (\w+)$/.exec(line)?.[1]?.toLowerCase() ?? kind;
    const [, rule, meaning] = /^\| `([a-z-]+)` \| (.*) \|$/.exec(line) ?? [];
    if (rule !== undefined) written.push([rule, { kind, meaning }]);
  }
  assert.deepEqual(Object.fromEntries(written), RULES);
});
