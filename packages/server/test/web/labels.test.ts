import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownInterval } from '../../src/web/labels.ts';

test('an interval has its two largest units', () => {
  for (const [seconds, words] of [
    [3600, 'every hour'],
    [10_800, 'every 3 hours'],
    [60, 'every minute'],
    [90, 'every 1 minute 30 seconds'],
    [129_600, 'every 1 day 12 hours'],
    [93_784, 'every 1 day 2 hours'],
    [0, 'every 0 seconds'],
  ] as const) {
    assert.equal(shownInterval(seconds), words);
  }
});
