/** Writes down what became of events: all that have come in meanwhile in one transaction. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Lease, LeaseLost } from '../lease.ts';
import { throttle, WARNING_INTERVAL_MS } from '../throttle.ts';
import type { EndpointOutcome, EventOutcome, WebhookQueue } from './webhook-queue.ts';

/** How long after a failure it is tried again, in milliseconds. */
const RETRY_MS = 1000;

interface Outcome {
  readonly event: EventOutcome;
  readonly endpoint: EndpointOutcome | undefined;
  readonly resolve: () => void;
}

export class OutcomeWriter {
  readonly #queue: Pick<WebhookQueue, 'record'>;
  readonly #onFailure: (error: unknown) => void;
  #waiting: Outcome[] = [];
  #isWriting = false;

  constructor(queue: Pick<WebhookQueue, 'record'>, logger: Logger) {
    this.#queue = queue;
    this.#onFailure = throttle(WARNING_INTERVAL_MS, (error: unknown) =>
      logger.error(
        { err: error },
        'what became of webhook events could not be written down; it is tried again',
      ),
    );
  }

  /**
   * Resolves when it is written down. What is written at a time is of one lease: a job ends before its next one.
   *
   * @param lease of the job; once it is lost, nothing is written.
   * @param signal gives up what cannot be written: the events are sent again then.
   */
  write(
    event: EventOutcome,
    endpoint: EndpointOutcome | undefined,
    lease: Lease,
    signal: AbortSignal,
  ): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ event, endpoint, resolve });
    if (!this.#isWriting) this.#writeAll(lease, signal);
    return promise;
  }

  async #writeAll(lease: Lease, signal: AbortSignal): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const outcomes = this.#waiting;
      this.#waiting = [];
      await this.#writeSome(outcomes, lease, signal);
      for (const { resolve } of outcomes) resolve();
    }
    // At once: what comes in from now on begins anew.
    this.#isWriting = false;
  }

  async #writeSome(outcomes: readonly Outcome[], lease: Lease, signal: AbortSignal): Promise<void> {
    const events = outcomes.map(({ event }) => event);
    const endpoints = outcomes.flatMap(({ endpoint }) => endpoint ?? []);
    for (;;) {
      try {
        return await this.#queue.record(events, endpoints, lease);
      } catch (error) {
        if (error instanceof LeaseLost) return;
        this.#onFailure(error);
        if (signal.aborted) return;
        await pause(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }
}
