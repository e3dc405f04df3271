/** Pages that stay up to date while they are open: server-sent events, each the order as it is by then. */

import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { OnLimit } from '../limits.ts';
import type { ChangeWatch } from '../store/change-watch.ts';
import type { Store } from '../store/store.ts';
import { PageError } from './page-server.ts';

/** How often a page that nothing happens to hears that the server is there, in milliseconds. */
const HEARTBEAT = 5000;
/** How long a browser waits before it connects again, in milliseconds. */
const RETRY = 1000;

/** How many pages may be open at a time, for each process, unless the settings say otherwise. */
const MOST_OPEN = 1000;

/** What an open page shows. */
export interface LiveView {
  readonly orderNumber: string;
  /** What is shown now, and of which version of the order; or undefined when it may no longer be seen. */
  readonly show: () => Promise<{ readonly html: string; readonly version: number } | undefined>;
}

/** The open pages of one server. */
export class LiveOrders {
  readonly #store: Store;
  readonly #watch: ChangeWatch;
  readonly #logger: Logger;
  readonly #onLimit: OnLimit;
  readonly #mostOpen: number;
  /** The connections that carry an open page. */
  readonly #open = new Set<Socket>();

  constructor(store: Store, watch: ChangeWatch, logger: Logger, onLimit: OnLimit, mostOpen = MOST_OPEN) {
    this.#store = store;
    this.#watch = watch;
    this.#logger = logger;
    this.#onLimit = onLimit;
    this.#mostOpen = mostOpen;
  }

  /**
   * Answers with the order as it is, and again whenever it has changed, until the browser leaves or the server stops. As each
   * event holds all there is to see, whoever was away for a while has missed nothing.
   */
  async follow(request: FastifyRequest, reply: FastifyReply, view: LiveView): Promise<void> {
    const { socket } = request.raw;
    // The page goes on trying. A browser opens one on a connection; more of them would have to wait for its end.
    if (this.#open.size >= this.#mostOpen || this.#open.has(socket)) {
      this.#onLimit('openPages');
      throw new PageError(503, 'Busy', 'Too many pages are open. Try again in a minute.');
    }
    this.#open.add(socket);
    const gone = new AbortController();
    socket.once('close', () => gone.abort());
    reply.hijack();
    const { raw } = reply;
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) raw.setHeader(name, value);
    raw.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' });
    raw.write(`retry: ${RETRY}\n\n`);
    try {
      let shown: string | undefined;
      while (!gone.signal.aborted && !this.#watch.isStopped) {
        // Read first: a change that comes while the order is being read is then seen the next time.
        const cursor = await this.#store.history.latest();
        const now = await view.show();
        if (now === undefined) {
          raw.write('event: over\ndata:\n\n');
          break;
        }
        const { html, version } = now;
        raw.write(
          html === shown ? 'event: tick\ndata:\n\n' : `event: order\ndata: ${JSON.stringify(html)}\n\n`,
        );
        shown = html;
        await this.#untilChanged({ orderNumber: view.orderNumber, version }, cursor, gone.signal);
      }
    } catch (error) {
      // The browser comes back by itself, and the page says meanwhile that it has lost the server.
      this.#logger.error({ err: error }, 'a page could not be kept up to date');
    } finally {
      this.#open.delete(socket);
      raw.end();
    }
  }

  /** Resolves when the order has another version, or the heartbeat is due. */
  async #untilChanged(
    { orderNumber, version }: { readonly orderNumber: string; readonly version: number },
    from: string,
    gone: AbortSignal,
  ): Promise<void> {
    const due = AbortSignal.any([gone, AbortSignal.timeout(HEARTBEAT)]);
    for (let cursor = from; !due.aborted && !this.#watch.isStopped; ) {
      await this.#watch.waitBeyond(cursor, due);
      cursor = await this.#store.history.latest();
      if ((await this.#store.orderBook.get(orderNumber))?.version !== version) return;
    }
  }
}
