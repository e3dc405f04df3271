/** When orders are asked for. */

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { CertificateRecord, OrderRecord } from '@cert-order-status/protocol';
import fc from 'fast-check';
import { FOLLOWED_STATES } from '../../src/upstreams/followed-orders.ts';
import { afterFailure, afterStatus, afterUnknown } from '../../src/upstreams/polling-policy.ts';
import { UPSTREAM_PROBLEMS } from '../../src/upstreams/upstream.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.parse('2026-03-01T00:00:00Z');
const POLICY = { intervalSeconds: 3 * 3600, requestsPerMinute: 20 };
const FAST = { ...POLICY, lastStepsIntervalSeconds: 600 };

const none = () => 0;
const most = () => 1 - Number.EPSILON;

function record(certificates: readonly CertificateRecord[], orderStatus = 'Pending'): OrderRecord {
  return { account: 'acme', orderNumber: '1', orderStatus, certificates };
}

const issued = (endsInMs?: number): CertificateRecord => ({
  certificateStatus: 'Issued',
  ...(endsInMs !== undefined && { notAfter: new Date(NOW + endsInMs).toISOString() }),
});

function settled(step: number, certificates: readonly CertificateRecord[] = [issued()], random = none) {
  const before = { state: 'settled', step, nowMs: NOW } as const;
  return afterStatus(POLICY, before, { record: record(certificates), hasChanged: false }, random);
}

suite('an order that waits', () => {
  const open = (
    certificates: readonly CertificateRecord[],
    policy = POLICY,
    random = none,
    orderStatus = 'Pending',
  ) =>
    afterStatus(
      policy,
      { state: 'settled', step: 2, nowMs: NOW },
      { record: record(certificates, orderStatus), hasChanged: false },
      random,
    );

  test('is asked for after the interval, or up to a tenth later, never before', () => {
    const certificates = [{ certificateStatus: 'Awaiting Validation' }];
    assert.deepEqual(open(certificates), { state: 'open', step: 0, nextRequestInMs: 3 * HOUR });
    assert.equal(open(certificates, POLICY, most).nextRequestInMs, 11_880_000);
    assert.equal(open(certificates, POLICY, () => 0.5).nextRequestInMs, 3 * HOUR * 1.05);
  });

  test('has a state or a certificate that decides nothing', () => {
    for (const certificates of [
      [],
      [{}],
      [{ certificateStatus: 'Made to measure' }],
      [issued(), { certificateStatus: 'PRE-SIGN FAILED' }],
    ]) {
      assert.equal(open(certificates).state, 'open', JSON.stringify(certificates));
    }
    assert.equal(open([issued()], POLICY, none, 'In the post').state, 'open');
  });

  const steps: readonly (readonly [string, readonly CertificateRecord[], boolean])[] = [
    ['nothing but the issue', [{ certificateStatus: 'Awaiting Validation', csrStatus: 'completed' }], true],
    ['one check', [{ certificateStatus: 'Awaiting Validation', dcvStatus: 'in-progress' }], true],
    [
      'one check and the free upgrade',
      [
        {
          certificateStatus: 'Awaiting Validation',
          dcvStatus: 'not-completed',
          freeDVUPStatus: 'not-completed',
        },
      ],
      true,
    ],
    [
      'two checks',
      [{ certificateStatus: 'Awaiting Validation', dcvStatus: 'in-progress', caaStatus: 'not-completed' }],
      false,
    ],
    ['checks that are not known', [{ certificateStatus: 'Awaiting Validation' }], false],
    [
      'a state of no known meaning',
      [{ certificateStatus: 'Made to measure', dcvStatus: 'in-progress' }],
      false,
    ],
    [
      'another certificate that is issued',
      [issued(), { certificateStatus: 'Awaiting Validation', csrStatus: 'completed' }],
      true,
    ],
    [
      'another certificate with two checks',
      [
        { certificateStatus: 'Awaiting Validation', csrStatus: 'completed' },
        { certificateStatus: 'PRE-SIGN FAILED', dcvStatus: 'in-progress', caaStatus: 'not-completed' },
      ],
      false,
    ],
  ];
  for (const [what, certificates, isFast] of steps) {
    test(`for ${what} is ${isFast ? '' : 'not '}in its last steps`, () => {
      assert.equal(open(certificates, FAST).nextRequestInMs, isFast ? 10 * MINUTE : 3 * HOUR);
      assert.equal(open(certificates).nextRequestInMs, 3 * HOUR);
      const slower = { ...POLICY, lastStepsIntervalSeconds: 30 * 3600 };
      assert.equal(open(certificates, slower).nextRequestInMs, 3 * HOUR);
    });
  }
});

suite('a settled order', () => {
  test('is asked for after a day, a week, and no more', () => {
    const first = afterStatus(
      POLICY,
      { state: 'open', step: 0, nowMs: NOW },
      { record: record([issued()]), hasChanged: true },
      none,
    );
    assert.deepEqual(first, { state: 'settled', step: 1, nextRequestInMs: DAY });
    assert.deepEqual(settled(1), { state: 'settled', step: 2, nextRequestInMs: 7 * DAY });
    assert.deepEqual(settled(2), { state: 'settled', step: 3, nextRequestInMs: null });
    assert.deepEqual(settled(3), { state: 'settled', step: 3, nextRequestInMs: null });
    assert.equal(settled(1, [issued()], most).nextRequestInMs, 7 * DAY * 1.1);
  });

  test('begins again when it was open, unknown or has changed', () => {
    for (const before of [
      { state: 'open', step: 0 },
      { state: 'waiting', step: 0 },
      { state: 'unknown', step: 2 },
    ] as const) {
      const next = afterStatus(
        POLICY,
        { ...before, nowMs: NOW },
        { record: record([issued()]), hasChanged: false },
        none,
      );
      assert.deepEqual(next, { state: 'settled', step: 1, nextRequestInMs: DAY });
    }
    const changed = { record: record([issued()]), hasChanged: true };
    const next = afterStatus(POLICY, { state: 'settled', step: 3, nowMs: NOW }, changed, none);
    assert.deepEqual(next, { state: 'settled', step: 1, nextRequestInMs: DAY });
  });

  test('is asked for again from 30 days before the end of its validity until a day after it', () => {
    assert.equal(settled(2, [issued(90 * DAY)]).nextRequestInMs, 60 * DAY);
    assert.equal(settled(2, [issued(90 * DAY)], most).nextRequestInMs, 60.1 * DAY);
    assert.equal(settled(3, [issued(30.5 * DAY)]).nextRequestInMs, 0.5 * DAY);
    assert.equal(settled(3, [issued(30 * DAY)]).nextRequestInMs, DAY);
    assert.equal(settled(3, [issued(DAY)], most).nextRequestInMs, 95_040_000);
    assert.equal(settled(3, [issued(-DAY)]).nextRequestInMs, DAY);
    assert.equal(settled(3, [issued(-DAY - 1000)]).nextRequestInMs, null);
  });

  test('goes by the first end that is to come, of certificates that are issued', () => {
    const revoked = { ...issued(40 * DAY), certificateStatus: 'Revoked' };
    const ends = [issued(-10 * DAY), issued(100 * DAY), revoked, issued(80 * DAY), issued()];
    assert.equal(settled(3, ends).nextRequestInMs, 50 * DAY);
    assert.equal(settled(1, ends).nextRequestInMs, 7 * DAY);
    assert.equal(settled(3, [revoked]).nextRequestInMs, null);
  });

  test('may be rejected or cancelled with certificates that wait', () => {
    const rejected = record([{ certificateStatus: 'Awaiting Validation' }], 'Rejected: no such company');
    const before = { state: 'open', step: 0, nowMs: NOW } as const;
    assert.equal(afterStatus(FAST, before, { record: rejected, hasChanged: true }, none).state, 'settled');
  });
});

test('an order that the upstream does not know is asked for after a day, a week, and no more', () => {
  const before = (step: number) => ({ state: 'unknown', step, nowMs: NOW }) as const;
  assert.deepEqual(afterUnknown({ state: 'open', step: 0, nowMs: NOW }, none), {
    state: 'unknown',
    step: 1,
    nextRequestInMs: DAY,
  });
  assert.deepEqual(afterUnknown({ state: 'settled', step: 3, nowMs: NOW }, none).step, 1);
  assert.equal(afterUnknown(before(1), none).nextRequestInMs, 7 * DAY);
  assert.deepEqual(afterUnknown(before(2), none), { state: 'unknown', step: 3, nextRequestInMs: null });
  assert.deepEqual(afterUnknown(before(3), none), { state: 'unknown', step: 3, nextRequestInMs: null });
});

suite('a failure', () => {
  const fail = (
    problem: (typeof UPSTREAM_PROBLEMS)[number],
    upstreamFailures: number,
    {
      orderFailures = 0,
      retryAfterMs,
      random = none,
    }: { orderFailures?: number; retryAfterMs?: number; random?: () => number } = {},
  ) => afterFailure(POLICY, { problem, upstreamFailures, orderFailures, retryAfterMs }, random);

  test('has the upstream left alone, for twice as long each time, up to a limit', () => {
    const backoffs = (problem: (typeof UPSTREAM_PROBLEMS)[number]) =>
      [0, 1, 2, 3, 4, 5, 6, 2000].map((failures) => fail(problem, failures).backoffMs / MINUTE);
    for (const problem of ['unreachable', 'no-password'] as const) {
      assert.deepEqual(backoffs(problem), [1, 2, 4, 8, 16, 32, 60, 60], problem);
    }
    // One order alone may be the cause.
    for (const problem of ['invalid-response', 'api-error'] as const) {
      assert.deepEqual(backoffs(problem), [0, 1, 2, 4, 8, 16, 32, 60], problem);
    }
    assert.deepEqual(backoffs('call-limit'), [5, 10, 20, 40, 80, 160, 180, 180]);
    assert.deepEqual(backoffs('login-refused'), [15, 30, 60, 120, 240, 360, 360, 360]);
    assert.equal(fail('unreachable', 0, { random: most }).backoffMs, 1.1 * MINUTE);
  });

  test('waits for as long as a call limit asks, up to a day, and not for other problems', () => {
    assert.equal(fail('call-limit', 0, { retryAfterMs: 20 * MINUTE }).backoffMs, 20 * MINUTE);
    assert.equal(fail('call-limit', 2, { retryAfterMs: 20 * MINUTE, random: most }).backoffMs, 22 * MINUTE);
    assert.equal(fail('call-limit', 0, { retryAfterMs: 99 * DAY }).backoffMs, DAY);
    assert.equal(fail('unreachable', 0, { retryAfterMs: DAY }).backoffMs, MINUTE);
  });

  test('puts the order off at least as long, and so that others are asked for first', () => {
    const orders = [0, 1, 2, 5, 6, 2000].map(
      (orderFailures) => fail('invalid-response', 0, { orderFailures }).nextRequestInMs / MINUTE,
    );
    assert.deepEqual(orders, [5, 10, 20, 160, 180, 180]);
    assert.equal(fail('login-refused', 5).nextRequestInMs, 6 * HOUR);
  });
});

test('every wait is a whole number of milliseconds within its bounds', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const certificate = fc.record(
    {
      certificateStatus: fc.constantFrom('Issued', 'Awaiting Validation', 'Revoked', 'Made to measure'),
      dcvStatus: fc.constantFrom('completed', 'in-progress'),
      notAfter: fc
        .date({ min: new Date(NOW - 40 * DAY), max: new Date(NOW + 900 * DAY), noInvalidDate: true })
        .map((date) => date.toISOString()),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      fc.record({
        certificates: fc.array(certificate, { maxLength: 5 }),
        orderStatus: fc.constantFrom('Pending', 'Completed', 'Cancelled', 'In the post'),
        state: fc.constantFrom(...FOLLOWED_STATES),
        step: fc.nat(),
        hasChanged: fc.boolean(),
        intervalSeconds: fc.integer({ min: 60, max: 30 * 86_400 }),
        problem: fc.constantFrom(...UPSTREAM_PROBLEMS),
        failures: fc.nat(),
        orderFailures: fc.nat(),
        retryAfterMs: fc.option(fc.nat(), { nil: undefined }),
        random,
      }),
      (given) => {
        const policy = { intervalSeconds: given.intervalSeconds, requestsPerMinute: 1 };
        const before = { state: given.state, step: given.step, nowMs: NOW };
        const order = record(given.certificates as CertificateRecord[], given.orderStatus);
        const next = afterStatus(
          policy,
          before,
          { record: order, hasChanged: given.hasChanged },
          () => given.random,
        );
        const { nextRequestInMs } = next;
        const least = next.state === 'open' ? given.intervalSeconds * 1000 : 1;
        assert.ok(
          nextRequestInMs === null || (Number.isInteger(nextRequestInMs) && nextRequestInMs >= least),
        );
        if (next.state === 'open') assert.ok((nextRequestInMs ?? 0) <= least * 1.1);
        assert.ok(next.step >= 0 && next.step <= 3);
        const { backoffMs, nextRequestInMs: again } = afterFailure(
          policy,
          {
            problem: given.problem,
            upstreamFailures: given.failures,
            orderFailures: given.orderFailures,
            retryAfterMs: given.retryAfterMs,
          },
          () => given.random,
        );
        const isFirst = given.failures === 0 && ['invalid-response', 'api-error'].includes(given.problem);
        assert.ok(Number.isInteger(backoffMs) && backoffMs >= (isFirst ? 0 : MINUTE) && backoffMs <= DAY);
        assert.ok(again >= backoffMs && again <= Math.max(backoffMs, given.intervalSeconds * 1000));
      },
    ),
  );
});
