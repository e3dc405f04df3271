/** The job that tells webhook endpoints of changes: one process reads the feed for all, and sends what is due. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Job, JobTurn } from '../jobs/job.ts';
import type { Lease } from '../lease.ts';
import { SecretUnavailable } from '../secrets/secret-unavailable.ts';
import { throttle, WARNING_INTERVAL_MS } from '../throttle.ts';
import { type AttemptParts, type AttemptResult, attemptEvent } from './attempt.ts';
import type { WebhookEndpoints } from './endpoint.ts';
import { EndpointHealth } from './endpoint-health.ts';
import { FeedReader, type FeedReaderStore } from './feed-reader.ts';
import { OutcomeWriter } from './outcome-writer.ts';
import { RequestRate, WEBHOOK_RATE } from './request-rate.ts';
import { RETRY_STEPS_MS, withJitter } from './retry-steps.ts';
import {
  type DueEndpoint,
  type DueEvent,
  type EventOutcome,
  LOG_KEPT_MS,
  type WebhookQueue,
} from './webhook-queue.ts';

/** How often the feed and the queue are looked at, in milliseconds. */
const INTERVAL_MS = 250;
/** How long a run lasts at most, in milliseconds: one that is longer hangs. */
const RUN_MS = 10_000;
/** How often what is old is pruned, and paused endpoints are tried again, in milliseconds. */
const UPKEEP_MS = 60_000;
/** How many batches of old rows go at a time. */
const PRUNED_BATCHES = 20;
/** How many requests are under way at a time, and how many of them to one endpoint. */
const MOST_REQUESTS = 256;
const MOST_REQUESTS_PER_ENDPOINT = 16;
/** With fewer free places than so many times a number of requests, an endpoint has no more than that number. */
const FREE_PER_REQUEST = 8;
/** How many pings are sent at a time. */
const MOST_PINGS = 16;
/**
 * How long requests that are under way may take to end once the lease is lost or the service stops, in milliseconds.
 */
const GRACE_MS = 3000;
/** How many events an endpoint's log keeps at most, and after how many of all that are sent it is looked at. */
const EVENTS_KEPT = 100_000;
const TRIM_AFTER_EVENTS = 1000;
/** When what was not sent for want of a free connection is tried again, in milliseconds. */
const BUSY_RETRY_MS = 1000;

/** What the job works with. */
export interface DeliveryParts extends AttemptParts {
  readonly store: AttemptParts['store'] &
    FeedReaderStore & {
      readonly webhookEndpoints: Pick<WebhookEndpoints, 'setState'>;
      readonly webhookQueue: WebhookQueue;
    };
  readonly logger: Logger;
  /** Requests an endpoint gets a second. */
  readonly ratePerSecond?: number | undefined;
  /** See {@link RETRY_STEPS_MS}. */
  readonly stepsMs?: readonly number[] | undefined;
  /** @param lagSeconds from the change to the end of the attempt. */
  readonly onAttempt?:
    | ((outcome: 'delivered' | 'failed' | 'given-up', lagSeconds: number) => void)
    | undefined;
}

/** Under which lease something is sent, and what ends its request. */
interface Terms {
  readonly lease: Lease;
  readonly requests: AbortSignal;
}

/** Makes the job. */
export function webhookJob(parts: DeliveryParts): Job {
  return new DeliveryJob(parts);
}

class DeliveryJob implements Job {
  readonly name = 'webhooks';
  readonly intervalMs = INTERVAL_MS;
  readonly #parts: DeliveryParts;
  readonly #stepsMs: readonly number[];
  readonly #feed: FeedReader;
  readonly #health: EndpointHealth;
  readonly #rate: RequestRate;
  readonly #writer: OutcomeWriter;
  readonly #onError: (error: unknown) => void;
  /** What is being sent or written down: by event, its endpoint and when that has ended. */
  readonly #underWay = new Map<string, { readonly endpointID: string; readonly ended: Promise<void> }>();
  readonly #perEndpoint = new Map<string, number>();
  #lease: { readonly signal: AbortSignal; readonly requests: AbortSignal } | undefined;
  #wake: () => void = () => {};
  #isWoken = false;
  /** When it was last done, by `performance.now()`. */
  #upkeepMs = Number.NEGATIVE_INFINITY;
  #firstEndpoint = 0;
  #sent = 0;

  constructor(parts: DeliveryParts) {
    const { store, logger, stepsMs = RETRY_STEPS_MS, ratePerSecond = WEBHOOK_RATE } = parts;
    this.#parts = parts;
    this.#stepsMs = stepsMs;
    this.#feed = new FeedReader(store);
    this.#health = new EndpointHealth(stepsMs);
    this.#rate = new RequestRate(ratePerSecond);
    this.#writer = new OutcomeWriter(store.webhookQueue, logger);
    this.#onError = throttle(WARNING_INTERVAL_MS, (error: unknown) =>
      logger.error({ err: error }, 'a webhook event could not be sent; it is tried again'),
    );
  }

  async run(turn: JobTurn): Promise<void> {
    const requests = this.#requestsOf(turn.signal);
    const endMs = performance.now() + RUN_MS;
    while (turn.isHeld() && performance.now() < endMs) {
      await this.#upkeep(turn);
      const isBehind = await this.#feed.read(turn.lease);
      await this.#sendDue(turn, { lease: turn.lease, requests });
      if (!isBehind && this.#underWay.size === 0) return;
      await this.#sleep(isBehind ? 0 : INTERVAL_MS, turn.signal);
    }
  }

  async settled(): Promise<void> {
    while (this.#underWay.size > 0)
      await Promise.all(Array.from(this.#underWay.values(), ({ ended }) => ended));
  }

  /** What ends the requests of a lease, somewhat later than the lease. */
  #requestsOf(signal: AbortSignal): AbortSignal {
    if (this.#lease?.signal === signal) return this.#lease.requests;
    const requests = new AbortController();
    const end = () => setTimeout(() => requests.abort(), GRACE_MS).unref();
    if (signal.aborted) requests.abort();
    else signal.addEventListener('abort', end, { once: true });
    this.#lease = { signal, requests: requests.signal };
    return requests.signal;
  }

  /** Ends early when something has been written down: the next event of an order may be due. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isWoken) ms = 0;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    // Rejects when it is woken, or the lease is lost.
    await pause(ms, undefined, { signal: AbortSignal.any([signal, woken.signal]) }).catch(() => {});
    this.#isWoken = false;
    this.#wake = () => {};
  }

  async #sendDue(turn: JobTurn, terms: Terms): Promise<void> {
    const { webhookQueue: queue } = this.#parts.store;
    for (const { event, endpoint } of await queue.duePings(MOST_PINGS + this.#underWay.size)) {
      if (this.#free > 0 && turn.isHeld()) this.#start(endpoint, event, terms);
    }
    if (this.#free === 0) return;
    const endpoints = await queue.dueEndpoints();
    // Each time another one is the first: what is free in the end is not always for the same.
    const first = this.#firstEndpoint++ % Math.max(1, endpoints.length);
    for (const endpoint of [...endpoints.slice(first), ...endpoints.slice(0, first)]) {
      const { endpointID, failures } = endpoint;
      const under = this.#perEndpoint.get(endpointID) ?? 0;
      const fair = 1 + Math.floor(this.#free / FREE_PER_REQUEST);
      const most = failures > 0 ? 1 : Math.min(MOST_REQUESTS_PER_ENDPOINT, fair);
      const count = Math.min(most - under, this.#free, this.#rate.available(endpointID));
      if (count <= 0) continue;
      const due = await queue.dueEvents(endpointID, count + under);
      const chosen = due.filter(({ eventID }) => !this.#underWay.has(eventID)).slice(0, count);
      for (const event of chosen) if (turn.isHeld()) this.#start(endpoint, event, terms);
    }
  }

  get #free(): number {
    return MOST_REQUESTS - this.#underWay.size;
  }

  #start(endpoint: DueEndpoint, event: DueEvent, terms: Terms): void {
    const { eventID, endpointID } = event;
    if (this.#underWay.has(eventID)) return;
    this.#rate.use(endpointID);
    this.#perEndpoint.set(endpointID, (this.#perEndpoint.get(endpointID) ?? 0) + 1);
    const ended = this.#send(endpoint, event, terms)
      .catch((error: unknown) => {
        if (!terms.requests.aborted) this.#onError(error);
      })
      .finally(() => {
        this.#underWay.delete(eventID);
        const left = (this.#perEndpoint.get(endpointID) ?? 1) - 1;
        if (left > 0) this.#perEndpoint.set(endpointID, left);
        else this.#perEndpoint.delete(endpointID);
        this.#isWoken = true;
        this.#wake();
      });
    this.#underWay.set(eventID, { endpointID, ended });
  }

  async #send(endpoint: DueEndpoint, event: DueEvent, { lease, requests }: Terms): Promise<void> {
    const begunMs = performance.now();
    const result = await attemptEvent(this.#parts, endpoint, event, requests);
    if (result.kind === 'no secret') {
      await this.#pause(endpoint, result.attempt);
      // A ping does not wait for its endpoint to go on.
      if (event.type !== 'ping') return;
    }
    const outcome = this.#outcomeOf(event, result);
    const isTold = result.kind === 'delivered' || result.kind === 'failed';
    const isOfHealth = result.kind === 'delivered' || (result.kind === 'failed' && event.type !== 'ping');
    const health = isOfHealth
      ? this.#health.note(endpoint, event.orderNumber ?? '', result, begunMs)
      : undefined;
    if (health?.disabledFor !== undefined) {
      const { endpointID } = endpoint;
      this.#parts.logger.warn({ endpointID, reason: health.disabledFor }, 'a webhook endpoint is disabled');
      this.#health.forget(endpointID);
    }
    if (isTold) {
      const lagSeconds = Math.max(0, Date.now() - event.madeMs) / 1000;
      this.#parts.onAttempt?.(typeof outcome.next === 'string' ? outcome.next : 'failed', lagSeconds);
    }
    await this.#writer.write(outcome, health, lease, requests);
    // An endpoint that gets a lot is looked at often.
    if (++this.#sent % TRIM_AFTER_EVENTS === 0) {
      await this.#parts.store.webhookQueue.trim(endpoint.endpointID, EVENTS_KEPT);
    }
  }

  /** Customers see the reason, too. */
  async #pause(
    { endpointID }: DueEndpoint,
    { error, errorForCustomers: reason }: Extract<AttemptResult, { kind: 'no secret' }>['attempt'],
  ): Promise<void> {
    const { store, logger } = this.#parts;
    const paused = { state: 'paused', reason } as const;
    if (await store.webhookEndpoints.setState(endpointID, paused, 'active')) {
      logger.warn({ endpointID, reason: error }, 'a webhook endpoint is paused');
    }
  }

  #outcomeOf(event: DueEvent, result: AttemptResult): EventOutcome {
    switch (result.kind) {
      case 'delivered':
        return { event, attempt: result.attempt, next: 'delivered' };
      case 'deleted':
      case 'no secret':
        return { event, attempt: result.attempt, next: 'given-up' };
      case 'busy':
        return { event, next: { waitMs: withJitter(BUSY_RETRY_MS) } };
      case 'failed': {
        const stepMs = event.type === 'ping' ? undefined : this.#stepsMs[event.step];
        if (stepMs === undefined) return { event, attempt: result.attempt, next: 'given-up' };
        const waitMs = Math.max(withJitter(stepMs), result.retryAfterMs ?? 0);
        return { event, attempt: result.attempt, next: { waitMs } };
      }
    }
  }

  async #upkeep(turn: JobTurn): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#upkeepMs < UPKEEP_MS) return;
    this.#upkeepMs = nowMs;
    this.#rate.tidy();
    const { webhookQueue: queue } = this.#parts.store;
    for (const endpointID of await queue.pausedByService()) {
      if (!turn.isHeld()) return;
      await this.#resumeIfPossible(endpointID);
    }
    for (let batches = 0; batches < PRUNED_BATCHES && turn.isHeld(); batches++) {
      if ((await queue.prune(LOG_KEPT_MS)) === 0) return;
      // On SQLite, others have their turn.
      await pause(0);
    }
  }

  async #resumeIfPossible(endpointID: string): Promise<void> {
    try {
      const secrets = await this.#parts.secrets.get({ purpose: 'webhook', owner: endpointID });
      if (secrets.length === 0) return;
      await this.#parts.store.webhookEndpoints.setState(endpointID, { state: 'active' }, 'paused');
    } catch (error) {
      if (!(error instanceof SecretUnavailable)) throw error;
    }
  }
}
