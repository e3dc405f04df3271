import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growingCache } from '../src/growing-cache.ts';

test('a full cache loses the entry that was used longest ago', () => {
  const cache = growingCache<number, string>(3);
  for (const key of [1, 2, 3]) cache.set(key, `value ${key}`);
  assert.equal(cache.get(1), 'value 1');
  cache.set(4, 'value 4');
  assert.deepEqual([...cache.keys()].sort(), [1, 3, 4]);
  cache.set(4, 'another value');
  cache.delete(3);
  cache.set(5, 'value 5');
  assert.deepEqual([...cache.keys()].sort(), [1, 4, 5]);
  for (let key = 6; key < 1000; key++) cache.set(key, `value ${key}`);
  assert.deepEqual([...cache.keys()].sort(), [997, 998, 999]);
});

test('an entry is gone when its lifetime is over', async () => {
  const cache = growingCache<string, true>(3, { ttl: 1, ttlResolution: 0 });
  cache.set('key', true);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(cache.has('key'), false);
});
