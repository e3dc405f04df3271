import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  longestWaitMs,
  neededRequestsPerMinute,
  quietEndMs,
  reachedIntervalSeconds,
  slotMs,
} from '../../src/upstreams/budget.ts';

test('a slot is the time of one request, rounded up', () => {
  assert.deepEqual([1, 20, 7, 6000].map(slotMs), [60_000, 3000, 8572, 10]);
});

test('the budget says what interval so many orders reach, also with quiet hours', () => {
  const policy = { intervalSeconds: 10_800, requestsPerMinute: 20 };
  assert.equal(neededRequestsPerMinute(policy, 3600), 20);
  assert.equal(Math.round(neededRequestsPerMinute(policy, 100_000)), 556);
  assert.equal(reachedIntervalSeconds(policy, 0), 10_800);
  assert.equal(reachedIntervalSeconds(policy, 3600), 10_800);
  assert.equal(reachedIntervalSeconds(policy, 7200), 21_600);
  const quietHours = { from: '20:00', to: '08:00', timeZone: 'UTC' };
  assert.equal(reachedIntervalSeconds({ ...policy, quietHours }, 3600), 21_600);
  assert.equal(longestWaitMs(policy), 11_880_000);
});

const BERLIN = 'Europe/Berlin';
for (const [name, from, to, timeZone, at, end] of [
  ['before them', '22:00', '06:00', 'UTC', '2026-01-01T21:59:59.999Z', undefined],
  ['at their start', '22:00', '06:00', 'UTC', '2026-01-01T22:00:00Z', '2026-01-02T06:00:00Z'],
  ['after midnight', '22:00', '06:00', 'UTC', '2026-01-02T00:00:30Z', '2026-01-02T06:00:00Z'],
  ['in their last second', '22:00', '06:00', 'UTC', '2026-01-02T05:59:59.999Z', '2026-01-02T06:00:00Z'],
  ['at their end', '22:00', '06:00', 'UTC', '2026-01-02T06:00:00Z', undefined],
  ['within a day', '09:00', '17:30', 'UTC', '2026-01-02T12:00:00Z', '2026-01-02T17:30:00Z'],
  ['in winter', '22:00', '06:00', BERLIN, '2026-01-01T21:30:00Z', '2026-01-02T05:00:00Z'],
  ['in summer', '22:00', '06:00', BERLIN, '2026-07-01T20:30:00Z', '2026-07-02T04:00:00Z'],
  ['before the clock goes forward', '22:00', '06:00', BERLIN, '2026-03-28T21:30:00Z', '2026-03-29T04:00:00Z'],
  ['before the clock goes back', '22:00', '06:00', BERLIN, '2026-10-24T20:30:00Z', '2026-10-25T05:00:00Z'],
  [
    'that end while the clock goes forward',
    '22:00',
    '02:30',
    BERLIN,
    '2026-03-29T00:30:00Z',
    '2026-03-29T01:00:00Z',
  ],
  ['that the clock goes past', '02:10', '02:50', BERLIN, '2026-03-29T01:00:00Z', undefined],
  [
    'that end before the clock goes back',
    '22:00',
    '02:30',
    BERLIN,
    '2026-10-24T23:50:00Z',
    '2026-10-25T00:30:00Z',
  ],
  ['that come twice', '22:00', '02:30', BERLIN, '2026-10-25T01:10:00Z', '2026-10-25T01:30:00Z'],
  ['between both', '22:00', '02:30', BERLIN, '2026-10-25T00:40:00Z', undefined],
  ['at a half hour', '22:00', '06:15', 'Asia/Kathmandu', '2026-01-01T18:00:00Z', '2026-01-02T00:30:00Z'],
] as const) {
  test(`quiet hours: ${name}`, () => {
    const found = quietEndMs({ from, to, timeZone }, Date.parse(at));
    assert.equal(found === undefined ? undefined : new Date(found).toISOString().replace('.000', ''), end);
  });
}

test('quiet hours end at their first minute that is not quiet, whenever they are asked about', () => {
  const quietHours = { from: '21:17', to: '04:44', timeZone: 'America/Los_Angeles' };
  for (let ms = Date.UTC(2026, 0, 1); ms < Date.UTC(2027, 0, 1); ms += 7.3 * 3_600_000) {
    const end = quietEndMs(quietHours, ms);
    if (end === undefined) continue;
    assert.equal(quietEndMs(quietHours, end), undefined);
    assert.notEqual(quietEndMs(quietHours, end - 1), undefined);
    assert.ok(end > ms && end - ms <= 9 * 3_600_000);
  }
});

test('a time zone that is not known is refused', () => {
  const quietHours = { from: '22:00', to: '06:00', timeZone: 'Europe/Nowhere' };
  assert.throws(() => quietEndMs(quietHours, 0), RangeError);
});
