/** Reads the change feed once for all endpoints, and queues the events of its changes. */

import { eventsOfChange } from '@cert-order-status/protocol';
import type { Lease } from '../lease.ts';
import type { Change } from '../orders/change.ts';
import { parseCursor } from '../orders/cursor.ts';
import type { History } from '../orders/history.ts';
import type { FoundEvent, WebhookQueue } from './webhook-queue.ts';

/** How many changes are read at a time. */
const PAGE_CHANGES = 200;
/** How many events are queued at a time for each endpoint, but for those of the first change. */
const PAGE_EVENTS = 500;
/** How many places of the history are looked at, at a time, whosever changes they are. */
const WINDOW_PLACES = 5000;

/** What it reads and writes. */
export interface FeedReaderStore {
  readonly history: Pick<History, 'forWebhooks'>;
  readonly webhookQueue: Pick<WebhookQueue, 'feed' | 'enqueue'>;
}

/** The events of a change, as they are queued. */
export function foundEvents(change: Change): readonly FoundEvent[] {
  const { orderNumber, at } = change;
  const cursor = Number(parseCursor(change.cursor).place);
  const madeMs = Date.parse(at);
  return eventsOfChange(change).map((event) => ({ ...event, orderNumber, cursor, madeMs }));
}

export class FeedReader {
  readonly #store: FeedReaderStore;
  /**
   * Up to where there was nothing to queue since the stored position: that is written only now and then, as most
   * changes may be of accounts without endpoints.
   */
  #skipped = { from: 0, to: 0 };

  constructor(store: FeedReaderStore) {
    this.#store = store;
  }

  /**
   * Queues the events of some changes. False when all are queued.
   *
   * @param lease of the job that reads.
   * @throws {LeaseLost} when the lease no longer holds.
   */
  async read(lease?: Lease): Promise<boolean> {
    const { history, webhookQueue } = this.#store;
    const feed = await webhookQueue.feed();
    if (feed === undefined) return false;
    const { position, latest } = feed;
    const after = position === this.#skipped.from ? Math.max(position, this.#skipped.to) : position;
    if (after >= latest) return false;
    const upTo = Math.min(after + WINDOW_PLACES, latest);
    const events = firstEvents(await history.forWebhooks({ after, upTo }, PAGE_CHANGES));
    const to = events.at(-1)?.cursor ?? upTo;
    if (events.length > 0 || to - position > WINDOW_PLACES) {
      await webhookQueue.enqueue({ from: position, to }, events, lease);
    } else {
      this.#skipped = { from: position, to };
    }
    return to < latest;
  }
}

/** The events of the first changes, up to what is not too much to queue at once. */
function firstEvents(changes: readonly Change[]): readonly FoundEvent[] {
  const events: FoundEvent[] = [];
  for (const change of changes) {
    const more = foundEvents(change);
    if (events.length > 0 && events.length + more.length > PAGE_EVENTS) break;
    events.push(...more);
  }
  return events;
}
