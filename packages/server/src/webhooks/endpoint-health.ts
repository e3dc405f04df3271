/** Tells an endpoint that fails as a whole from single orders whose events it does not take. */

import type { AttemptResult } from './attempt.ts';
import { RETRY_STEPS_MS, withJitter } from './retry-steps.ts';
import type { DueEndpoint, EndpointOutcome } from './webhook-queue.ts';

/** So many orders whose events fail, with no success in between, are the endpoint's failure. */
const FAILING_ORDERS = 3;
/** Without a success for so long an endpoint is disabled, in milliseconds. */
const DISABLED_AFTER_MS = 5 * 24 * 60 * 60_000;

const THROTTLING_STATUSES = [429, 503];

interface Health {
  /** Orders whose latest attempt has failed since the latest success, up to {@link FAILING_ORDERS}. */
  readonly failingOrders: Set<string>;
  /**
   * When it was last decided when the endpoint is attempted next, by `performance.now()`: attempts begun before say
   * nothing new.
   */
  decidedMs: number;
}

/** What the latest attempts say of endpoints. It knows of those alone that have failed since their latest success. */
export class EndpointHealth {
  readonly #stepsMs: readonly number[];
  readonly #failing = new Map<string, Health>();

  /** @param stepsMs how long after each failure a failing endpoint is probed, in milliseconds. */
  constructor(stepsMs: readonly number[] = RETRY_STEPS_MS) {
    this.#stepsMs = stepsMs;
  }

  /**
   * Takes note of an attempt that was delivered or has failed, and says what is to be written.
   *
   * @param begunMs when it began, by `performance.now()`.
   */
  note(
    { endpointID, failures, failingSinceMs, failingForMs }: DueEndpoint,
    orderNumber: string,
    result: Extract<AttemptResult, { kind: 'delivered' | 'failed' }>,
    begunMs: number,
  ): EndpointOutcome {
    const { attempt } = result;
    if (result.kind === 'delivered') {
      this.#failing.delete(endpointID);
      return { endpointID, isSuccess: true };
    }
    const health = this.#failing.get(endpointID) ?? {
      failingOrders: new Set(),
      decidedMs: Number.NEGATIVE_INFINITY,
    };
    this.#failing.set(endpointID, health);
    if (health.failingOrders.size < FAILING_ORDERS) health.failingOrders.add(orderNumber);
    const failed = { endpointID, isSuccess: false };
    if (result.isGone) return { ...failed, disabledFor: 'the endpoint responded 410 Gone' };
    if (failingSinceMs !== null && failingForMs !== null && failingForMs >= DISABLED_AFTER_MS) {
      const since = new Date(failingSinceMs).toISOString();
      const disabledFor = `no request has succeeded since ${since}; the latest failed: ${attempt.errorForCustomers}`;
      return { ...failed, disabledFor };
    }
    const isThrottled = THROTTLING_STATUSES.includes(attempt.status ?? 0);
    const askedMs = isThrottled ? result.retryAfterMs : undefined;
    if (begunMs < health.decidedMs) return failed;
    if (failures === 0 && health.failingOrders.size < FAILING_ORDERS) {
      return askedMs === undefined ? failed : { ...failed, waitMs: askedMs };
    }
    health.decidedMs = performance.now();
    const stepMs = withJitter(this.#stepsMs[Math.min(failures, this.#stepsMs.length - 1)] ?? 0);
    return { ...failed, failures: failures + 1, waitMs: Math.max(stepMs, askedMs ?? 0) };
  }

  /** Forgets an endpoint that was deleted, disabled or changed. */
  forget(endpointID: string): void {
    this.#failing.delete(endpointID);
  }
}
