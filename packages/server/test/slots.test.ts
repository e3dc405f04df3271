import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Slots } from '../src/slots.ts';

test('so much work runs at a time, in the order in which it came, and work that is given up is never begun', async () => {
  const slots = new Slots(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const never = new AbortController().signal;
  const givenUp = new AbortController();
  const run = (index: number, signal = never) =>
    slots.run(async () => {
      begun.push(index);
      await new Promise<void>((resolve) => ends.push(resolve));
    }, signal);
  const all = [run(0), run(1), run(2, givenUp.signal), run(3), run(4)];
  assert.deepEqual(begun, [0, 1]);
  givenUp.abort(new Error('given up'));
  await assert.rejects(all[2] ?? assert.fail(), /given up/);
  for (const count of [3, 4, 5]) {
    ends.shift()?.();
    await new Promise(setImmediate);
    assert.equal(begun.length, Math.min(count, 4));
  }
  for (const end of ends) end();
  await Promise.all(all.filter((_, index) => index !== 2));
  assert.deepEqual(begun, [0, 1, 3, 4]);
});

test('work that fails gives its slot back', async () => {
  const slots = new Slots(1);
  const { signal } = new AbortController();
  const fail = () => Promise.reject(new Error('no'));
  await assert.rejects(slots.run(fail, signal), /no/);
  assert.equal(await slots.run(async () => 'done', signal), 'done');
});
