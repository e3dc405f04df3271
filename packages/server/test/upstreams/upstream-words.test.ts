import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PollingPolicy, UpstreamFigures } from '../../src/upstreams/upstream.ts';
import { describePace, describeProblem, describeQuietHours } from '../../src/upstreams/upstream-words.ts';

const POLICY: PollingPolicy = { intervalSeconds: 10_800, requestsPerMinute: 20 };

function figures(open: number, needed: number, reachedIntervalSeconds: number): UpstreamFigures {
  return {
    followed: open,
    waiting: 0,
    open,
    due: 0,
    failing: 0,
    unknown: 0,
    lagSeconds: 0,
    requestsLastHour: 0,
    neededRequestsPerMinute: needed,
    reachedIntervalSeconds,
  };
}

test('the interval that is wanted and the one that is reached, in a sentence', () => {
  assert.equal(
    describePace(POLICY, figures(100_000, 555.56, 300_000)),
    '100,000 orders every 3 h would be 556 requests a minute; 20 are allowed, so each is asked about every 3 d 11 h',
  );
  assert.equal(
    describePace(
      { ...POLICY, lastStepsIntervalSeconds: 1800, requestsPerMinute: 1 },
      figures(1, 0.005, 10_800),
    ),
    '1 order every 3 h (30 min in the last steps) would be less than 1 request a minute; 1 is allowed, so each is asked about every 3 h',
  );
  assert.equal(
    describePace(POLICY, figures(0, 0, 10_800)),
    'every 3 h; no order is open now, and 20 are allowed',
  );
});

test('a problem with what to do, and quiet hours', () => {
  assert.equal(describeProblem({}), undefined);
  const problem = {
    kind: 'login-refused',
    message: 'errorCode -16',
    since: '2026-01-01T00:00:00Z',
    failures: 2,
  } as const;
  assert.equal(
    describeProblem({ problem, notBefore: '2026-01-01T00:15:00Z' }),
    'it does not accept the login (2 requests in a row since 2026-01-01T00:00:00Z): errorCode -16; the next request is made at 2026-01-01T00:15:00Z at the earliest. What to do: set the login name and the password again, as they are at the CA',
  );
  assert.equal(describeQuietHours(POLICY), 'none');
  const quietHours = { from: '22:00', to: '06:00', timeZone: 'Europe/Berlin' };
  assert.equal(describeQuietHours({ ...POLICY, quietHours }), '22:00 to 06:00, Europe/Berlin');
});
