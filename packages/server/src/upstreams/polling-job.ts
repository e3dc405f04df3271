/** The job that asks upstreams for the orders that are followed there: one request at a time to each of them. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Job, JobTurn } from '../jobs/job.ts';
import { LeaseLost } from '../lease.ts';
import { Slots } from '../slots.ts';
import { throttle, WARNING_INTERVAL_MS } from '../throttle.ts';
import { type PollParts, pollUpstream, type RequestKind } from './poll-upstream.ts';
import type { Upstream, Upstreams } from './upstream.ts';

/** How often the upstreams are listed, in milliseconds. */
const INTERVAL_MS = 1000;
/** How often an upstream is looked at, at least: people may have changed something, or refresh an order. */
const LOOK_MS = 2000;
/** How many requests are under way at a time, to all upstreams together. */
const MOST_REQUESTS = 16;
/** How long what is under way may take to end once the lease is lost or the service stops, in milliseconds. */
const GRACE_MS = 3000;
/** When an upstream is looked at again after the database has failed, in milliseconds. */
const RETRY_MS = 5000;

/** What the job works with. */
export interface PollingParts extends Pick<PollParts, 'ask'> {
  readonly store: PollParts['store'] & { readonly upstreams: Pick<Upstreams, 'list'> };
  readonly logger: Logger;
  readonly onRequest?: ((upstream: string, kind: RequestKind) => void) | undefined;
}

/** Makes the job. */
export function pollingJob(parts: PollingParts): Job {
  return new PollingJob(parts);
}

class PollingJob implements Job {
  readonly name = 'upstreams';
  readonly intervalMs = INTERVAL_MS;
  readonly #parts: PollingParts;
  readonly #poll: PollParts;
  readonly #slots = new Slots(MOST_REQUESTS);
  readonly #onError: (error: unknown) => void;
  /** Those that are asked. */
  #active: ReadonlySet<string> = new Set();
  /** By upstream, what asks it. */
  readonly #loops = new Map<string, Promise<void>>();

  constructor(parts: PollingParts) {
    const { store, ask, logger } = parts;
    this.#parts = parts;
    this.#poll = {
      store,
      ask,
      random: Math.random,
      onRequest: (upstream, kind, message) => this.#note(upstream, kind, message),
    };
    this.#onError = throttle(WARNING_INTERVAL_MS, (error: unknown) =>
      logger.error({ err: error }, 'what an upstream sent could not be stored; it is asked again'),
    );
  }

  async run(turn: JobTurn): Promise<void> {
    const upstreams = await this.#parts.store.upstreams.list();
    this.#active = new Set(
      upstreams.filter(({ state }) => state === 'active').map(({ upstreamID }) => upstreamID),
    );
    for (const upstreamID of this.#active) {
      if (!turn.isHeld() || this.#loops.has(upstreamID)) continue;
      const loop = this.#askAll(upstreamID, turn).finally(() => this.#loops.delete(upstreamID));
      this.#loops.set(upstreamID, loop);
    }
  }

  async settled(): Promise<void> {
    await Promise.all(this.#loops.values());
  }

  /** Never rejects. */
  async #askAll(upstreamID: string, { lease, signal, isHeld }: JobTurn): Promise<void> {
    const requests = new AbortController();
    const end = () => setTimeout(() => requests.abort(), GRACE_MS).unref();
    signal.addEventListener('abort', end, { once: true });
    while (isHeld() && this.#active.has(upstreamID)) {
      const waitMs = await this.#slots
        .run(() => pollUpstream(this.#poll, upstreamID, lease, requests.signal), signal)
        .catch((error: unknown) => {
          if (!signal.aborted && !(error instanceof LeaseLost)) this.#onError(error);
          return RETRY_MS;
        });
      // Rejects when the lease is lost.
      await pause(Math.min(waitMs, LOOK_MS), undefined, { signal }).catch(() => {});
    }
    signal.removeEventListener('abort', end);
  }

  #note(upstream: Upstream, kind: RequestKind, message: string | undefined): void {
    const { name, problem } = upstream;
    this.#parts.onRequest?.(name, kind);
    if (message !== undefined && problem?.kind !== kind) {
      this.#parts.logger.warn(
        { upstream: name, problem: kind, reason: message },
        'an upstream has a problem',
      );
    }
    if (message === undefined && problem !== undefined && kind !== 'no-validity-period') {
      this.#parts.logger.info({ upstream: name }, 'the problem of an upstream is over');
    }
  }
}
