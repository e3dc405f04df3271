/**
 * Live updates of open pages, as server-sent events. {@link ChangeWatch} notices that the history has grown: changes of
 * this process at once, those of others within a quarter of a second. Each view that is open is then read and rendered
 * once for all its streams, and sent if it differs.
 */

import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setImmediate as othersFirst } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { LimitName, OnLimit } from '../limits.ts';
import type { ChangeWatch } from '../orders/change-watch.ts';
import type { Store } from '../store/store.ts';
import { type LiveEvent, LiveStream, STREAM_HEADERS } from './live-stream.ts';
import { type Follower, type OpenPageLimits, OpenPages } from './open-pages.ts';
import { notFoundOrNotYours, PageError } from './page-server.ts';
import { overEvent, type StreamEnd } from './stream-end.ts';

/** Interval of heartbeats on an idle page, with which its session or link is checked again, in milliseconds. */
const HEARTBEAT_MS = 5000;
/** How long a reader may take for what it was sent before it is dropped, in milliseconds. */
const STALL_TIMEOUT_MS = 30_000;
/** How many bytes of rendered pages are kept for those who open them later. What has dropped out is rendered again. */
const KEPT_BYTES = 32 * 1024 * 1024;
/** How many streams are sent something before other work has its turn. */
const STREAMS_AT_ONCE = 10;

/** What an open page shows, and to whom. */
export interface OrderEventSource {
  /** Equal for pages with equal content, which share one view. */
  readonly key: string;
  readonly orderNumber: string;
  readonly follower: Follower;
  /** Why the follower may no longer see it; undefined while it may. */
  readonly endReason: () => Promise<StreamEnd | undefined>;
  /** The event that is sent when the order no longer exists. */
  readonly removed: StreamEnd;
  /** What is shown now; undefined when the order is no longer there. */
  readonly show: () => Promise<LiveContent | undefined>;
}

/** What is shown. */
interface LiveContent {
  readonly html: string;
  /** The orders that something is shown of. */
  readonly orderNumbers: readonly string[];
}

/** The streams of pages with equal content. */
interface SharedView {
  readonly key: string;
  readonly streams: Set<LiveStream>;
  readonly show: OrderEventSource['show'];
  orderNumbers: readonly string[];
  /** How the orders stood before they were last rendered; undefined while that is not known. */
  marks: string | undefined;
  /** Of the event that was last made; undefined when there was nothing to see. */
  digest: string | undefined;
  /** While it is being rendered. */
  rendering: Promise<LiveEvent | undefined> | undefined;
}

/** The open pages of one server. */
export class OrderEvents {
  readonly #store: Store;
  readonly #watch: ChangeWatch;
  readonly #logger: Logger;
  readonly #onLimit: OnLimit;
  readonly #openPages: OpenPages;
  readonly #views = new Map<string, SharedView>();
  readonly #events = new LRUCache<string, LiveEvent>({
    maxSize: KEPT_BYTES,
    sizeCalculation: ({ bytes }) => bytes.length,
  });
  /** Aborted when no page is open any more. */
  #watching: AbortController | undefined;

  constructor(store: Store, watch: ChangeWatch, logger: Logger, onLimit: OnLimit, limits: OpenPageLimits) {
    this.#store = store;
    this.#watch = watch;
    this.#logger = logger;
    this.#onLimit = onLimit;
    this.#openPages = new OpenPages(limits);
  }

  /**
   * Sends the order as it is, and again whenever it has changed, until the browser leaves or the server stops. As each
   * event holds all there is to see, a browser that was away for a while has missed nothing.
   *
   * @throws {PageError} when too many pages are open.
   */
  async follow(reply: FastifyReply, view: OrderEventSource): Promise<void> {
    if (reply.request.method === 'HEAD') {
      startRaw(reply).writeHead(200, STREAM_HEADERS).end();
      return;
    }
    const release = this.#openPages.take(view.follower);
    if (typeof release === 'string') throw this.#tooMany(release);
    const shared = this.#sharedView(view);
    try {
      await this.#stream(reply, view, shared);
    } finally {
      release();
      if (shared.streams.size === 0 && this.#views.get(shared.key) === shared) this.#forget(shared);
    }
  }

  /** Ends every stream; browsers connect again. */
  stop(): void {
    for (const { streams } of this.#views.values()) for (const stream of streams) stream.end();
  }

  async #stream(reply: FastifyReply, view: OrderEventSource, shared: SharedView): Promise<void> {
    const stream = new LiveStream(startRaw(reply), {
      endReason: view.endReason,
      event: async () => (await this.#eventOf(shared)) ?? view.removed,
      stallTimeoutMs: STALL_TIMEOUT_MS,
      onStalled: () => this.#onLimit('stalledPages'),
      onFailure: (error) => this.#logFailure(error),
    });
    if (this.#watch.isStopped) stream.end();
    shared.streams.add(stream);
    const heartbeat = setInterval(() => stream.tick(), HEARTBEAT_MS);
    this.#watchChanges();
    stream.update();
    await stream.ended;
    clearInterval(heartbeat);
    shared.streams.delete(stream);
  }

  #forget({ key }: SharedView): void {
    this.#views.delete(key);
    this.#events.delete(key);
    if (this.#views.size > 0) return;
    this.#watching?.abort();
    this.#watching = undefined;
  }

  #tooMany(limit: LimitName): PageError {
    this.#onLimit(limit);
    // The page goes on trying.
    return new PageError(503, 'Busy', 'Too many pages are open. Try again in a minute.');
  }

  #logFailure(error: unknown): void {
    // The browser comes back by itself, and the page says meanwhile that it has lost the server.
    this.#logger.error({ err: error }, 'pages could not be kept up to date');
  }

  #sharedView({ key, show, orderNumber }: OrderEventSource): SharedView {
    const known = this.#views.get(key);
    if (known !== undefined) return known;
    const shared: SharedView = {
      key,
      streams: new Set(),
      show,
      orderNumbers: [orderNumber],
      marks: undefined,
      digest: undefined,
      rendering: undefined,
    };
    this.#views.set(key, shared);
    return shared;
  }

  #eventOf(shared: SharedView): Promise<LiveEvent | undefined> {
    const kept = this.#events.get(shared.key);
    return kept === undefined ? this.#render(shared) : Promise.resolve(kept);
  }

  /** Once for all who wait for it. */
  #render(shared: SharedView): Promise<LiveEvent | undefined> {
    shared.rendering ??= this.#renderNow(shared).finally(() => {
      shared.rendering = undefined;
    });
    return shared.rendering;
  }

  async #renderNow(shared: SharedView): Promise<LiveEvent | undefined> {
    const { key, orderNumbers, show } = shared;
    // Read first: a change that comes while the order is being read is then seen the next time.
    const marks = marksText(orderNumbers, await this.#store.orderViews.marks(orderNumbers));
    const content = await show();
    const isSameOrders = content?.orderNumbers.join() === orderNumbers.join();
    shared.orderNumbers = content?.orderNumbers ?? orderNumbers;
    shared.marks = isSameOrders ? marks : undefined;
    if (content === undefined) {
      this.#events.delete(key);
      shared.digest = undefined;
      return undefined;
    }
    const bytes = Buffer.from(`event: order\ndata: ${JSON.stringify(content.html)}\n\n`);
    const digest = createHash('sha256').update(bytes).digest('base64');
    const event = { bytes, digest };
    this.#events.set(key, event);
    shared.digest = digest;
    return event;
  }

  /** Keeps the open pages up to date until there are none. */
  #watchChanges(): void {
    if (this.#watching !== undefined) return;
    this.#watching = new AbortController();
    this.#keepUpToDate(this.#watching.signal).catch((error) => {
      this.#logFailure(error);
      this.#watching = undefined;
      this.stop();
    });
  }

  async #keepUpToDate(noneIsOpen: AbortSignal): Promise<void> {
    while (!noneIsOpen.aborted && !this.#watch.isStopped) {
      const cursor = await this.#store.history.latest();
      await this.#refresh();
      // An order that is taken away leaves nothing in the history: so all are looked at now and then.
      const due = AbortSignal.any([noneIsOpen, AbortSignal.timeout(HEARTBEAT_MS)]);
      await this.#watch.waitBeyond(cursor, due);
    }
  }

  /** Renders what has changed, and sends it to those who look at it. */
  async #refresh(): Promise<void> {
    const shown = [...this.#views.values()];
    const numbers = new Set(shown.flatMap(({ orderNumbers }) => orderNumbers));
    const marks = await this.#store.orderViews.marks([...numbers]);
    for (const shared of shown) {
      try {
        await this.#refreshView(shared, marks);
      } catch (error) {
        this.#logFailure(error);
        for (const stream of shared.streams) stream.end();
      }
    }
  }

  async #refreshView(shared: SharedView, marks: ReadonlyMap<string, string>): Promise<void> {
    await shared.rendering;
    const { digest } = shared;
    // What has not been rendered yet is about to be, for those who have just opened it.
    if (digest === undefined || shared.marks === marksText(shared.orderNumbers, marks)) return;
    await this.#render(shared);
    if (shared.digest !== digest) await this.#updateAll(shared.streams);
    await othersFirst();
  }

  async #updateAll(streams: ReadonlySet<LiveStream>): Promise<void> {
    const all = [...streams];
    for (let start = 0; start < all.length; start += STREAMS_AT_ONCE) {
      await Promise.all(all.slice(start, start + STREAMS_AT_ONCE).map((stream) => stream.update()));
      await othersFirst();
    }
  }
}

/**
 * Responds to a request for events that is refused: a browser is sent why, as an event, because its script learns
 * nothing of another status and would ask again for ever.
 *
 * @throws {PageError} when the request does not ask for events: that there is nothing, or that it is not theirs.
 */
export function refuseEvents(request: FastifyRequest, reply: FastifyReply, reason: StreamEnd): FastifyReply {
  if (request.headers.accept?.includes('text/event-stream') !== true) throw notFoundOrNotYours();
  return reply.type('text/event-stream; charset=utf-8').send(overEvent(reason));
}

/** How orders stand, in one text; one that is not there has a mark of its own. */
function marksText(orderNumbers: readonly string[], marks: ReadonlyMap<string, string>): string {
  return orderNumbers.map((orderNumber) => marks.get(orderNumber) ?? 'none').join(' ');
}

/** The response itself, with the headers that the reply has. */
function startRaw(reply: FastifyReply): ServerResponse {
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) raw.setHeader(name, value);
  return raw;
}
