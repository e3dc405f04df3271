import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestRate } from '../../src/webhooks/request-rate.ts';

test('an endpoint gets so many requests a second, and what is not used up is no more than of one second', () => {
  let nowMs = 1000;
  const rate = new RequestRate(4, () => nowMs);
  assert.equal(rate.available('a'), 4);
  for (let requests = 0; requests < 4; requests++) rate.use('a');
  assert.deepEqual([rate.available('a'), rate.available('b')], [0, 4]);
  nowMs += 250;
  assert.equal(rate.available('a'), 1);
  nowMs += 60_000;
  assert.equal(rate.available('a'), 4);
});

test('of endpoints that got no requests lately nothing is remembered', () => {
  let nowMs = 0;
  const rate = new RequestRate(4, () => nowMs);
  for (let endpoint = 0; endpoint < 1000; endpoint++) rate.use(String(endpoint));
  assert.equal(rate.tidy(), 1000);
  nowMs += 250;
  rate.use('1');
  assert.equal(rate.tidy(), 1);
  assert.equal(rate.available('1'), 3);
  nowMs += 250;
  assert.equal(rate.tidy(), 0);
});
