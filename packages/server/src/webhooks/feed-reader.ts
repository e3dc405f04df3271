/** Reads the change feed once for all endpoints, and queues the events of its changes. */

import { eventsOfChange } from '@cert-order-status/protocol';
import type { Lease } from '../lease.ts';
import type { Change } from '../orders/change.ts';
import { parseCursor } from '../orders/cursor.ts';
import type { History } from '../orders/history.ts';
import type { FoundEvent, WebhookQueue } from './webhook-queue.ts';

/** How much is read at a time. */
export interface ReadLimits {
  /** How many changes. */
  readonly changes: number;
  /** How many events are queued for each endpoint, but for those of the first change. */
  readonly events: number;
  /** How many places of the history are looked at, whosever changes they are. */
  readonly places: number;
}

const LIMITS: ReadLimits = { changes: 200, events: 500, places: 5000 };

/** What it reads and writes. */
export interface FeedReaderStore {
  readonly history: Pick<History, 'forWebhooks' | 'forWebhooksAhead'>;
  readonly webhookQueue: Pick<WebhookQueue, 'feed' | 'enqueue'>;
}

/** The events of a change, as they are queued. */
export function foundEvents(change: Change): readonly FoundEvent[] {
  const { orderNumber, at } = change;
  const cursor = Number(parseCursor(change.cursor).place);
  const madeMs = Date.parse(at);
  return eventsOfChange(change).map((event) => ({ ...event, orderNumber, cursor, madeMs }));
}

/**
 * Reads changes in their order. An import may make more at once than are read in a minute: what others change meanwhile
 * is read ahead of it, but for changes of orders of which the import's changes are not read yet. They are read again in
 * their turn, which queues no event twice.
 */
export class FeedReader {
  readonly #store: FeedReaderStore;
  readonly #limits: ReadLimits;
  /**
   * Up to where there was nothing to queue since the stored position: that is written only now and then, as most
   * changes may be of accounts without endpoints.
   */
  #skipped = { from: 0, to: 0 };
  /** Between which places changes were read ahead. */
  #ahead = { from: 0, to: 0 };

  constructor(store: FeedReaderStore, limits: ReadLimits = LIMITS) {
    this.#store = store;
    this.#limits = limits;
  }

  /**
   * Queues the events of some changes. False when all are queued.
   *
   * @param lease of the job that reads.
   * @throws {LeaseLost} when the lease no longer holds.
   */
  async read(lease?: Lease): Promise<boolean> {
    const { history, webhookQueue } = this.#store;
    const { places, changes } = this.#limits;
    const feed = await webhookQueue.feed();
    if (feed === undefined) return false;
    const { position, latest } = feed;
    const after = position === this.#skipped.from ? Math.max(position, this.#skipped.to) : position;
    if (after >= latest) return false;
    const upTo = Math.min(after + places, latest);
    const events = this.#firstEvents(await history.forWebhooks({ after, upTo }, changes));
    const to = events.at(-1)?.cursor ?? upTo;
    const isFar = to - position > places;
    const stored = events.length > 0 || isFar ? to : position;
    if (stored === to) await webhookQueue.enqueue({ from: position, to }, events, lease);
    else this.#skipped = { from: position, to };
    if (upTo - to >= changes) await this.#readAhead({ position: stored, after: to, latest }, lease);
    return to < latest;
  }

  async #readAhead(
    {
      position,
      after,
      latest,
    }: { readonly position: number; readonly after: number; readonly latest: number },
    lease: Lease | undefined,
  ): Promise<void> {
    const { history, webhookQueue } = this.#store;
    const { places, changes } = this.#limits;
    if (this.#ahead.to <= after) this.#ahead = { from: after, to: after };
    const { from: since, to } = this.#ahead;
    const upTo = Math.min(to + places, latest);
    if (upTo <= to) return;
    const found = await history.forWebhooksAhead({ after: to, upTo, since }, changes);
    const events = this.#firstEvents(found);
    if (events.length > 0) {
      const queued = await webhookQueue.enqueue({ from: position, to: position }, events, lease);
      if (queued === undefined) return;
    }
    this.#ahead = { from: since, to: events.at(-1)?.cursor ?? upTo };
  }

  /** The events of the first changes, up to what is not too much to queue at once. */
  #firstEvents(changes: readonly Change[]): readonly FoundEvent[] {
    const events: FoundEvent[] = [];
    for (const change of changes) {
      const more = foundEvents(change);
      if (events.length > 0 && events.length + more.length > this.#limits.events) break;
      events.push(...more);
    }
    return events;
  }
}
