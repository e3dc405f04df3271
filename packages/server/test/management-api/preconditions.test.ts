import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ENTITY_TAGS_LIMIT_BYTES, parseEntityTags } from '../../src/management-api/entity-tags.ts';
import { isNotModified, preconditionOf } from '../../src/management-api/preconditions.ts';
import { acmeOrder } from '../sample-orders.ts';
import { runManagedService } from './managed-service.ts';

const ORDER = '/v1/orders/7250060';

test('a list of entity tags is read as RFC 9110 has it, and nothing else is', () => {
  const strong = (opaqueTag: string) => ({ isWeak: false, opaqueTag });
  for (const [value, tags] of [
    ['"1"', [strong('1')]],
    ['"1","2"', [strong('1'), strong('2')]],
    [' ,, "1" ,\t, W/"x!#~\u0080ÿ", ', [strong('1'), { isWeak: true, opaqueTag: 'x!#~\u0080ÿ' }]],
    ['""', [strong('')]],
    ['', []],
    [' , ,', []],
    ['1', undefined],
    ['"1', undefined],
    ['1"', undefined],
    ['"1""2"', undefined],
    ['"1" "2"', undefined],
    ['w/"1"', undefined],
    ['W/ "1"', undefined],
    ['W/1', undefined],
    ['"1", W/', undefined],
    ['" 1"', undefined],
    ['"1\t"', undefined],
    ['"1\u007f"', undefined],
    ['"1"\u00a0', undefined],
    ['"1";', undefined],
    ['*', undefined],
  ] as const) {
    assert.deepEqual(parseEntityTags(value), tags, JSON.stringify(value));
  }
});

test('a list of twice the length is read with twice the work, whether it is one or not', (t) => {
  const steps = stepCounter(t);
  for (const part of ['"1", ', ' , ', ',', ' ', 'W/"1",', '"aaaaaaaa']) {
    for (const end of ['', 'x', '"1"', '"1"x']) {
      const short = steps(() => parseEntityTags(part.repeat(200) + end));
      const long = steps(() => parseEntityTags(part.repeat(400) + end));
      assert.ok(
        long <= 2.2 * short && long < 4 * 400 * part.length + 100,
        `${part}${end}: ${short}, ${long}`,
      );
    }
  }
});

/** How many characters are looked at. */
function stepCounter(t: TestContext): (work: () => void) => number {
  const { mock } = t.mock.method(String.prototype, 'charCodeAt');
  return (work) => {
    const before = mock.callCount();
    work();
    return mock.callCount() - before;
  };
}

test('a value that is longer than the limit is refused, and names no version', () => {
  const atLimit = `"1"${','.repeat(ENTITY_TAGS_LIMIT_BYTES - 3)}`;
  assert.deepEqual(preconditionOf({ 'if-match': atLimit }), { versions: ['1'] });
  assert.throws(
    () => preconditionOf({ 'if-match': `${atLimit},` }),
    /If-Match: must be at most 4096 bytes long/,
  );
  assert.equal(isNotModified({ 'if-none-match': atLimit }, 1), true);
  assert.equal(isNotModified({ 'if-none-match': `${atLimit},` }, 1), false);
});

test('60 separators are answered at once, and tags compared letter for letter', async (t) => {
  const service = await runManagedService(t, { orders: [acmeOrder()] });
  const putIf = async (headers: Record<string, string | string[]>) => {
    const { status } = await service.manage(`PUT ${ORDER}`, { body: acmeOrder(), headers });
    return status;
  };
  assert.equal(await putIf({ 'If-Match': `"1"${' ,'.repeat(60)} x` }), 400);
  assert.equal(await putIf({ 'If-Match': `"1"${' ,'.repeat(60)}` }), 200);
  assert.equal(await putIf({ 'If-Match': ['"9"', '"1"'] }), 200);
  for (const tag of ['1e0', '01', '1.0', '0x1', '+1', '', 'Infinity']) {
    assert.equal(await putIf({ 'If-Match': `"${tag}"` }), 412, tag);
  }
  for (const value of ['" 1"', '"1', '"1"x', ',', 'W/1', `"${'1'.repeat(ENTITY_TAGS_LIMIT_BYTES)}"`]) {
    assert.equal(await putIf({ 'If-Match': value }), 400, value.slice(0, 20));
  }
});
