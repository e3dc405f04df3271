import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { logTime } from '../../src/cli/log-time.ts';

test("a line has its time as pino's own writes it", (t) => {
  const time = logTime();
  t.mock.timers.enable({ apis: ['Date'] });
  const start = Date.parse('2026-02-28T23:59:58Z');
  for (const ms of [0, 1, 9, 10, 99, 100, 999, 1000, 1001, 1999, 2000, 2007, 86_400_000, 5, 0]) {
    t.mock.timers.setTime(start + ms);
    assert.equal(time(), pino.stdTimeFunctions.isoTime());
  }
});
