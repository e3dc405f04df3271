/**
 * When an order is asked for next, and for how long an upstream is left alone after a failure. Pure: what is random is
 * given.
 */

import {
  AWAITING_MEANINGS,
  type CertificateRecord,
  CHECKS,
  certificateMeaning,
  isSettled,
  type OrderRecord,
  parseDateTime,
} from '@cert-order-status/protocol';
import type { ClaimedOrder, FollowedState } from './followed-orders.ts';
import type { PollingPolicy, UpstreamProblem } from './upstream.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** By which part of itself a wait may be longer: so that not all orders come at once. It is never shorter. */
const JITTER = 0.1;
/** What is waited once nothing has changed so many times in a row, of orders that nothing is expected of. */
const QUIET_STEPS_MS: readonly number[] = [DAY_MS, 7 * DAY_MS];
/** From so long before the end of a certificate's validity until so long after it, its order is asked for again. */
const BEFORE_END_MS = 30 * DAY_MS;
const AFTER_END_MS = DAY_MS;
/** What is waited then. */
const NEAR_END_MS = DAY_MS;
/** The longest that a response may have an upstream left alone. */
const LONGEST_RETRY_AFTER_MS = DAY_MS;
/** The first wait of an order whose request has failed; doubled with each further failure, up to the interval. */
const FIRST_ORDER_RETRY_MS = 5 * MINUTE_MS;

/** The first and the longest time that an upstream is left alone; doubled with each further failure. */
const BACKOFFS_MS: Readonly<Record<UpstreamProblem, readonly [first: number, longest: number]>> = {
  'login-refused': [15 * MINUTE_MS, 6 * HOUR_MS],
  'call-limit': [5 * MINUTE_MS, 3 * HOUR_MS],
  unreachable: [MINUTE_MS, HOUR_MS],
  'invalid-response': [MINUTE_MS, HOUR_MS],
  'api-error': [MINUTE_MS, HOUR_MS],
  'no-password': [MINUTE_MS, HOUR_MS],
};

/**
 * What one order alone may be the cause of: the first time in a row, the upstream is not left alone for it. Otherwise a
 * few such orders among many would take the time of all others.
 */
const OF_ONE_ORDER: readonly UpstreamProblem[] = ['invalid-response', 'api-error'];

/** A random number from 0, and below 1. */
export type Random = () => number;

/** How an order goes on. */
export interface Schedule {
  readonly state: FollowedState;
  /** How many responses in a row have found the order in this state and unchanged, the first included; 0 while open. */
  readonly step: number;
  /** From now on, in milliseconds. Null: not asked for any more. */
  readonly nextRequestInMs: number | null;
}

/**
 * After a response about the order.
 *
 * @param record the order as it is stored now.
 * @param hasChanged whether the response has changed it.
 */
export function afterStatus(
  policy: PollingPolicy,
  before: Pick<ClaimedOrder, 'state' | 'step' | 'nowMs'>,
  { record, hasChanged }: { readonly record: OrderRecord; readonly hasChanged: boolean },
  random: Random,
): Schedule {
  if (!isDone(record)) {
    return { state: 'open', step: 0, nextRequestInMs: withJitter(openIntervalMs(policy, record), random) };
  }
  const step = hasChanged ? 1 : nextStep('settled', before);
  return { state: 'settled', step, nextRequestInMs: quietWaitMs(step, endsOf(record), before.nowMs, random) };
}

/** After the upstream has said that it does not know the order. */
export function afterUnknown(
  before: Pick<ClaimedOrder, 'state' | 'step' | 'nowMs'>,
  random: Random,
): Schedule {
  const step = nextStep('unknown', before);
  return { state: 'unknown', step, nextRequestInMs: quietWaitMs(step, [], before.nowMs, random) };
}

/** What has failed, and how often before. */
export interface Failure {
  readonly problem: UpstreamProblem;
  /** How long the response asks to wait. */
  readonly retryAfterMs?: number | undefined;
  /** How many requests to the upstream have failed in a row before this one. */
  readonly upstreamFailures: number;
  /** How many requests for the order have failed in a row before this one. */
  readonly orderFailures: number;
}

/** After a request that brought nothing. Times are from now on, in milliseconds. */
export function afterFailure(
  { intervalSeconds }: PollingPolicy,
  { problem, retryAfterMs = 0, upstreamFailures, orderFailures }: Failure,
  random: Random,
): { readonly backoffMs: number; readonly nextRequestInMs: number } {
  const [firstMs, longestMs] = BACKOFFS_MS[problem];
  const askedMs = problem === 'call-limit' ? Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS) : 0;
  const times = OF_ONE_ORDER.includes(problem) ? upstreamFailures - 1 : upstreamFailures;
  const ownMs = times < 0 ? 0 : withJitter(doubled(firstMs, times, longestMs), random);
  const backoffMs = Math.max(askedMs, ownMs);
  const orderMs = doubled(FIRST_ORDER_RETRY_MS, orderFailures, intervalSeconds * 1000);
  return { backoffMs, nextRequestInMs: Math.max(backoffMs, orderMs) };
}

function doubled(firstMs: number, times: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** times);
}

function withJitter(waitMs: number, random: Random): number {
  return Math.round(waitMs * (1 + JITTER * random()));
}

/** By what is stored: a certificate that the response lacks is still waited for. */
function isDone({ orderStatus, certificates }: OrderRecord): boolean {
  const states = certificates.map(({ certificateStatus }) =>
    certificateStatus === undefined ? {} : { certificateStatus },
  );
  return isSettled({ orders: [{ orderStatus, certificates: states }] });
}

function openIntervalMs(policy: PollingPolicy, { certificates }: OrderRecord): number {
  const { intervalSeconds, lastStepsIntervalSeconds = intervalSeconds } = policy;
  const awaiting = certificates.filter(({ certificateStatus }) =>
    AWAITING_MEANINGS.includes(certificateMeaning(certificateStatus)),
  );
  const isInLastSteps = awaiting.length > 0 && awaiting.every(waitsForOneCheck);
  return (isInLastSteps ? Math.min(lastStepsIntervalSeconds, intervalSeconds) : intervalSeconds) * 1000;
}

/** Or for none. The free DV upgrade holds nothing up. Without any check, there is no telling. */
function waitsForOneCheck(certificate: CertificateRecord): boolean {
  const states = CHECKS.filter((check) => check !== 'freeDVUPStatus').map((check) => certificate[check]);
  const unfinished = states.filter((state) => state === 'not-completed' || state === 'in-progress');
  return unfinished.length <= 1 && states.some((state) => state !== undefined);
}

/** It counts no further than to where the steps end. */
function nextStep(state: FollowedState, before: Pick<ClaimedOrder, 'state' | 'step'>): number {
  return before.state === state ? Math.min(before.step, QUIET_STEPS_MS.length) + 1 : 1;
}

/** The ends of validity of the issued certificates, in milliseconds since 1970. */
function endsOf({ certificates }: OrderRecord): readonly number[] {
  return certificates.flatMap(({ certificateStatus, notAfter }) => {
    const second = notAfter === undefined ? undefined : parseDateTime(notAfter);
    return second === undefined || certificateMeaning(certificateStatus) !== 'issued' ? [] : [second * 1000];
  });
}

/** The wait of an order of which nothing is expected before one of its certificates expires. */
function quietWaitMs(step: number, ends: readonly number[], nowMs: number, random: Random): number | null {
  const stepMs = QUIET_STEPS_MS[step - 1];
  if (stepMs !== undefined) return withJitter(stepMs, random);
  const toCome = ends.filter((end) => nowMs <= end + AFTER_END_MS);
  if (toCome.length === 0) return null;
  const untilNearMs = toCome.reduce((least, end) => Math.min(least, end)) - BEFORE_END_MS - nowMs;
  const jitterMs = withJitter(NEAR_END_MS, random) - NEAR_END_MS;
  return (untilNearMs > 0 ? untilNearMs : NEAR_END_MS) + jitterMs;
}
