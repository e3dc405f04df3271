/**
 * docs/order-fields.md says what `fields.ts` says. With `UPDATE_DOCS=1` the test writes the tables instead of comparing
 * them.
 */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  CERTIFICATE_SHAPE,
  type Field,
  ORDER_SHAPE,
  ORGANIZATION_SHAPE,
  type Shape,
  SUGGESTED_ORG_DETAILS_SHAPE,
  wordOf,
} from '../src/index.ts';

const DOCUMENT = new URL('../../../docs/order-fields.md', import.meta.url);

const TABLES = {
  'An order': [ORDER_SHAPE, 'X_'],
  suggestedOrgDetails: [SUGGESTED_ORG_DETAILS_SHAPE, ''],
  'An entry of organizations': [ORGANIZATION_SHAPE, 'X_'],
  'A certificate': [CERTIFICATE_SHAPE, 'X_Y_'],
} as const satisfies Record<string, readonly [Shape, string]>;

test('docs/order-fields.md holds every field, as it is', () => {
  const written = readFileSync(DOCUMENT, 'utf8');
  let expected = written;
  for (const [heading, [shape, prefix]] of Object.entries<readonly [Shape, string]>(TABLES)) {
    const rows = Object.entries(shape).map(([name, field]) => rowOf(name, field, shape, prefix));
    const section = new RegExp(`(?<=^## ${heading}\\n[^#]*?^\\| --- .*\\n)(?:\\|.*\\n)+`, 'm');
    assert.match(written, section);
    expected = expected.replace(section, () => `${rows.join('\n')}\n`);
  }
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(DOCUMENT, expected);
  else assert.equal(written, expected);
});

function rowOf(name: string, field: Field, shape: Shape, prefix: string): string {
  const { wire } = field;
  const parameter = wire?.form === 'certificates' ? `${prefix}Y_…` : prefix + name;
  const inResponses =
    wire === undefined
      ? ['–', '–', '–']
      : [`\`${parameter}\``, wire.fromQueryType === 0 ? 'all' : '1, 2', wire.since];
  const parts = [
    `\`${name}\``,
    kindOf(field),
    requiredOf(field, shape),
    ...inResponses,
    field.privacy,
    field.description,
  ];
  return `| ${parts.join(' | ')} |`;
}

function kindOf(field: Field): string {
  switch (field.kind) {
    case 'text':
      return `text, at most ${field.limitCodePoints.toLocaleString('en')} characters`;
    case 'number':
      return `number, at most ${field.limitDigits} digits`;
    case 'time':
      return 'time';
    case 'word':
      return field.words.map((word) => `\`${word}\``).join(', ');
    case 'state':
      return 'word for a state';
    case 'check':
      return 'check';
    case 'hex':
      return `hex, at most ${field.limitDigits} digits`;
    case 'country':
      return 'two letters';
    case 'object':
      return 'object';
    case 'list':
      return `list, at most ${field.limitEntries.toLocaleString('en')} entries`;
  }
}

function requiredOf(field: Field, shape: Shape): string {
  const { required, mayBeUnobserved } = field;
  if (required === 'always') return mayBeUnobserved ? 'yes, unless observed' : 'yes';
  if (required === 'optional') return 'no';
  const states = required.is.map((state) => wordOf(shape[required.when], state)).join(', ');
  return `if \`${required.when}\` is ${states}; else refused`;
}
