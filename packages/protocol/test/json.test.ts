import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { JSON_DEPTH_LIMIT, JSON_VALUES_LIMIT, parseJson } from '../src/index.ts';
import { runs } from './runs.ts';

/** The value, or what is wrong in one line. */
function outcome(text: string): unknown {
  const result = parseJson(text);
  return result.ok ? { value: result.value } : `${result.problem.path}: ${result.problem.message}`;
}

const TWICE = 'is given more than once';
const LOSES = 'is a number whose digits cannot all be kept; write it as a string';

test('a name that an object has twice is refused by its path, however it is escaped', () => {
  for (const [text, path] of [
    ['{"orderStatus":"Pending","orderStatus":"Cancelled"}', 'orderStatus'],
    ['{"orderStatus":"Pending","orderSt\\u0061tus":"Cancelled"}', 'orderStatus'],
    ['{"\\u006frderStatus":1,"a":{},"orderStatus":2}', 'orderStatus'],
    ['{"a":{"b":[0,{"c":1,"c" : 1}]}}', 'a.b[1].c'],
    ['[[],[{"x":1},{"x":1,"y":{"x":1},"x":1}]]', '[1][1].x'],
    ['{"a":1,"b":{"a":1},"a":1}', 'a'],
    [`{${Array.from({ length: 99 }, (_, index) => `"x${index}":0,`).join('')}"x98":1}`, 'x98'],
    ['{"":1,"":2}', '""'],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['{"\\"":1,"\\u0022":2}', '"\\""'],
    ['{"\\\\":1,"\\u005c":2}', '"\\\\"'],
    ['{"a\\u202e\\n":1,"a\\u202E\\u000a":2}', '"a\u202e\\n"'],
  ] as const) {
    assert.equal(outcome(text), `${path}: ${TWICE}`, text);
  }
});

test('texts, and names of different objects, are no duplicates', () => {
  for (const text of [
    '[{"a":1},{"a":2}]',
    '{"a":"a","b":"a","c":["a","a","c"]}',
    '{"a":{"a":{"a":1}}}',
    '{"a":"\\",\\"a\\":1,\\"a\\":2"}',
    '{"a\\\\":"}","a":"\\\\"}',
    '{"e\\u0301":1,"\\u00e9":2}',
  ]) {
    assert.deepEqual(outcome(text), { value: JSON.parse(text) }, text);
  }
});

test('a number that would lose digits is refused by its path', () => {
  for (const number of [
    '9007199254740990.6',
    '9007199254740993',
    '-9007199254740993',
    '700011.0000000000001',
    '123456789012345678',
    '1e400',
    '-1e400',
    '1e-400',
    '-0',
    '-0.0e5',
    '0.1000000000000000055',
    '0.00000000000000000000000000000000001000000000000000000001',
  ]) {
    assert.equal(outcome(`{"a":[1,${number}]}`), `a[1]: ${LOSES}`, number);
    assert.equal(outcome(number), `: ${LOSES}`, number);
  }
});

test('a number that is spelled otherwise, but keeps its value, is taken', () => {
  for (const number of [
    '0',
    '0.0',
    '0e9',
    '1',
    '1.0',
    '1.50',
    '1e2',
    '1E+2',
    '100e-2',
    '0.1',
    '-7',
    '5e-324',
  ]) {
    assert.deepEqual(outcome(`[${number}]`), { value: [Number(number)] }, number);
  }
  for (const number of [
    '9007199254740992',
    '1.7976931348623157e308',
    `1${'0'.repeat(300)}`,
    '0.000000000000000001',
  ]) {
    assert.deepEqual(outcome(number), { value: Number(number) }, number);
  }
});

test('what is no JSON is that, with the position if it is known', () => {
  for (const text of [
    '',
    '{',
    '{"a"',
    '{"a":}',
    '[1,]',
    '01',
    '1.',
    '-',
    '--1',
    '1e',
    'nul',
    '"',
    '"\\"',
    '{"\\u00":1}',
    '[1 2]',
  ]) {
    const result = parseJson(text);
    assert.ok(!result.ok && !result.isJson, text);
    assert.match(result.problem.message, /^is not valid JSON( \(at position [0-9]+\))?$/);
  }
});

test('more levels and more values than the limits are refused before they are made', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  assert.deepEqual(outcome(nested(JSON_DEPTH_LIMIT)), { value: JSON.parse(nested(JSON_DEPTH_LIMIT)) });
  assert.equal(outcome(nested(JSON_DEPTH_LIMIT + 1)), `: has more than ${JSON_DEPTH_LIMIT} levels`);
  assert.equal(outcome('['.repeat(10_000_000)), `: has more than ${JSON_DEPTH_LIMIT} levels`);
  assert.equal(outcome('{"a":'.repeat(1_000_000)), `: has more than ${JSON_DEPTH_LIMIT} levels`);
  const list = (values: number) => `[${'0,'.repeat(values - 1)}0]`;
  assert.ok(parseJson(list(JSON_VALUES_LIMIT - 2)).ok);
  for (const text of [list(JSON_VALUES_LIMIT), `[${'[],'.repeat(JSON_VALUES_LIMIT)}0]`]) {
    assert.equal(outcome(text), `: holds more than ${JSON_VALUES_LIMIT} values`);
  }
});

test('it is JSON.parse for whatever JSON has no fault', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6, stringUnit: 'binary' }), (text) => {
      assert.deepEqual(outcome(text), { value: JSON.parse(text) });
    }),
    { numRuns: runs(500) },
  );
  fc.assert(
    fc.property(
      fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger()),
      (number) => {
        const text = JSON.stringify({ number });
        assert.deepEqual(outcome(text), { value: JSON.parse(text) });
      },
    ),
  );
});

test('it refuses whatever has a name twice, at any depth', () => {
  const around = fc.constantFrom<(text: string) => string>(
    (text) => text,
    (text) => `[0,${text}]`,
    (text) => `{"other": ${text} , "x":[]}`,
  );
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.json(),
      fc.array(around),
      (name, one, other, wraps) => {
        const twice = `{${JSON.stringify(name)}:${one}, ${escaped(name)}:${other}}`;
        const result = parseJson(wraps.reduce((text, wrap) => wrap(text), twice));
        assert.ok(!result.ok && result.problem.message === TWICE);
      },
    ),
  );
});

/** Each character of it as `\\uXXXX`. */
function escaped(text: string): string {
  const units = text.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${units.join('')}"`;
}

test('it reads any text to its end, and takes twice the steps for twice the text', (t) => {
  const { mock } = t.mock.method(String.prototype, 'charCodeAt');
  const { mock: searches } = t.mock.method(String.prototype, 'indexOf');
  const steps = (text: string) => {
    mock.resetCalls();
    searches.resetCalls();
    parseJson(text);
    return mock.callCount() + searches.callCount();
  };
  const parts = ['"', '\\', '\\"', '"\\', '"a":', '{}', '[]', '[1,', '-1e5', '0', '"\\\\",', '{"a":1},', ' '];
  for (const part of parts) {
    for (const start of ['', '{', '["', '[0,"\\']) {
      const short = steps(start + part.repeat(100));
      const long = steps(start + part.repeat(200));
      assert.ok(long <= 2.2 * short + 10, `${start}${part}: ${short}, then ${long}`);
    }
  }
});
