/**
 * No regular expression of ours may take more than linear time, whatever it is given: those in the sources, and the
 * patterns of the schemas, which the management API matches against requests.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseSync, Visitor } from 'oxc-parser';
import { checkSync } from 'recheck';
import { runManagedService } from './management-api/managed-service.ts';

// The checker that is JavaScript: the others are a program of the platform's, and Java's.
process.env['RECHECK_SYNC_BACKEND'] = 'pure';

const ROOT = join(import.meta.dirname, '../../..');
const SOURCES = ['packages/*/{src,bin,assets}/**/*.{ts,js}', 'scripts/*.{ts,js}', 'bench/*.ts'];
/** Has an empty file for each expression that this version of the checker has found safe: each takes it a while. */
const SAFE = join(ROOT, 'node_modules/.cache/cert-order-status-expressions');
const { version: CHECKER } = JSON.parse(
  readFileSync(join(ROOT, 'node_modules/recheck/package.json'), 'utf8'),
);
const ADVICE =
  'make what repeats unambiguous, anchor it, or write a loop (indexOf, charCodeAt) that reads each character once';

mkdirSync(SAFE, { recursive: true });

interface Expression {
  /** `file:line`, or the place in the API's description. */
  readonly where: string;
  readonly source: string;
  readonly flags: string;
}

/** Texts become expressions in these calls as well, where nothing could find them. */
const COMPILING_METHODS = new Set(['match', 'matchAll', 'search']);

/** The literals of a source; and where it makes an expression of something else. */
function expressionsOf(file: string, text: string) {
  const literals: Expression[] = [];
  const hidden: string[] = [];
  const { program, errors } = parseSync(file, text);
  assert.deepEqual(errors, []);
  const whereIs = (start: number) => `${file}:${text.slice(0, start).split('\n').length}`;
  const refuse = ({ start }: { start: number }) =>
    hidden.push(
      `${whereIs(start)} makes an expression of a text; write it as a literal, so that it is checked`,
    );
  new Visitor({
    Literal(node) {
      if ('regex' in node) {
        const { pattern, flags } = node.regex;
        literals.push({ where: whereIs(node.start), source: pattern, flags });
      }
    },
    NewExpression(node) {
      if (node.callee.type === 'Identifier' && node.callee.name === 'RegExp') refuse(node);
    },
    CallExpression(node) {
      const { callee, arguments: given } = node;
      if (callee.type === 'Identifier' && callee.name === 'RegExp') refuse(node);
      if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return;
      const isText = given[0]?.type === 'TemplateLiteral' || typeof Object(given[0])['value'] === 'string';
      if (COMPILING_METHODS.has(callee.property.name) && isText) refuse(node);
    },
  }).visit(program);
  return { literals, hidden };
}

/** What is wrong with an expression, or nothing. */
function complaint({ where, source, flags }: Expression): string | undefined {
  const known = join(
    SAFE,
    createHash('sha256')
      .update(JSON.stringify([CHECKER, source, flags]))
      .digest('hex'),
  );
  if (existsSync(known)) return undefined;
  const found = checkSync(source, flags, { timeout: 120_000, randomSeed: 1 });
  if (found.status === 'safe') {
    writeFileSync(known, '');
    return undefined;
  }
  const problem =
    found.status === 'vulnerable'
      ? `takes time that grows faster than its input (${found.complexity.summary}), for example for ${found.attack.pattern}`
      : `is not understood by the checker (${found.error.kind})`;
  return `${where}: /${source}/${flags} ${problem}; ${ADVICE}`;
}

function* patternsOf(value: unknown, path: string): Iterable<Expression> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, part] of Object.entries(value)) {
    const where = `${path}/${name}`;
    // Ajv compiles patterns with this flag.
    if (name === 'pattern' && typeof part === 'string') yield { where, source: part, flags: 'u' };
    else yield* patternsOf(part, where);
  }
}

function distinct(expressions: readonly Expression[]): readonly Expression[] {
  return [...new Map(expressions.map((each) => [`${each.source}/${each.flags}`, each])).values()];
}

test('every regular expression of the sources takes linear time', () => {
  const files = globSync(SOURCES, { cwd: ROOT });
  assert.ok(files.length > 200, `${files.length} files`);
  const found = files.map((file) => expressionsOf(file, readFileSync(join(ROOT, file), 'utf8')));
  assert.deepEqual(
    found.flatMap(({ hidden }) => hidden),
    [],
  );
  const literals = found.flatMap(({ literals }) => literals);
  assert.ok(literals.length > 40, `${literals.length} literals`);
  assert.deepEqual(
    distinct(literals)
      .map(complaint)
      .filter((each) => each !== undefined),
    [],
  );
});

test('every pattern of the schemas takes linear time', async (t) => {
  const service = await runManagedService(t);
  const { json } = await service.manage('GET /openapi.json');
  const patterns = distinct([...patternsOf(json, '/openapi.json')]);
  assert.ok(patterns.length > 4, `${patterns.length} patterns`);
  assert.deepEqual(
    patterns.map(complaint).filter((each) => each !== undefined),
    [],
  );
});

test('an exponential, a polynomial and a hidden expression are found, with their line and advice', () => {
  const source = [
    String.raw`const TAGS = /^(?:\s*,)*\s*(?:W\/)?"[^"]*"(?:\s*,\s*(?:(?:W\/)?"[^"]*")?)*\s*$/;`,
    String.raw`const trimmed = path.replace(/\/+$/, '');`,
    'const made = new RegExp(text);',
    "const matched = text.match('a+');",
    'const fine = /^[0-9]+$/;',
  ].join('\n');
  const { literals, hidden } = expressionsOf('sample.ts', source);
  const complaints = literals.map(complaint);
  assert.match(complaints[0] ?? '', /^sample\.ts:1: .* \(exponential\), .*; make what repeats unambiguous/);
  assert.match(complaints[1] ?? '', /^sample\.ts:2: .*polynomial/);
  assert.equal(complaints[2], undefined);
  assert.deepEqual(
    hidden.map((each) => each.split(' ', 1)[0]),
    ['sample.ts:3', 'sample.ts:4'],
  );
});
