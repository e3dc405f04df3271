import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RecentMap } from '../../src/accounts/recent-map.ts';

const MOST = 8;
const use = fc.record({ kind: fc.constantFrom('set', 'get', 'delete'), key: fc.nat(15) });

test('has the half used last, never more than the most, and nothing that was deleted or replaced', () => {
  fc.assert(
    fc.property(fc.array(use, { maxLength: 200 }), (uses) => {
      const map = new RecentMap<number, number>(MOST);
      // Every key with its latest value, in the order of use.
      const model = new Map<number, number>();
      for (const [step, { kind, key }] of uses.entries()) {
        if (kind === 'set') {
          map.set(key, step);
          model.delete(key);
          model.set(key, step);
        } else if (kind === 'delete') {
          map.delete(key);
          model.delete(key);
        } else {
          const expected = model.get(key);
          const isRecent = [...model.keys()].slice(-MOST / 2).includes(key);
          const value = map.get(key);
          assert.ok(value === expected || (value === undefined && !isRecent));
          model.delete(key);
          if (value !== undefined) model.set(key, value);
        }
        assert.ok(map.size <= MOST);
      }
    }),
  );
});

test('drops what was used longest ago', () => {
  const map = new RecentMap<number, string>(MOST);
  for (let key = 0; key < 100; key++) {
    map.set(key, `value ${key}`);
    assert.equal(map.get(0), 'value 0');
  }
  assert.equal(map.get(99), 'value 99');
  assert.equal(map.get(1), undefined);
});
