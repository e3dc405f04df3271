import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pauseAfterMs } from '../../src/server/child-process.ts';

test('a process that lasted is replaced at once; others after pauses that double, up to 5 seconds', () => {
  const pauses: number[] = [];
  for (let lastMs = 0; pauses.length < 8; pauses.push(lastMs)) lastMs = pauseAfterMs(1000, lastMs);
  assert.deepEqual(pauses, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  assert.equal(pauseAfterMs(10_001, 5000), 0);
});
