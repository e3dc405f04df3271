/** An order as whoever has a link to it sees it. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { COOKIE, digestOfSecret } from '../browser-sessions.ts';
import { html, textOf } from '../html.ts';
import { liveSection } from '../live-section.ts';
import { orderView } from '../order-view.ts';
import { notFoundOrNotYours, sendPage } from '../page-server.ts';
import { readShownOrder } from '../shown-order.ts';
import type { CheckerRouteParts } from './frame.ts';

/** How long a browser remembers a link, in seconds: as long as the longest lasts. */
const REMEMBERED = 90 * 24 * 60 * 60;
/** How often the use of a link is written down, at most, in milliseconds. */
const USE_INTERVAL = 60_000;

/** Adds the routes. */
export function sharedRoutes(pages: FastifyInstance, { store, live, logger }: CheckerRouteParts): void {
  const lastUsed = new Map<number, number>();
  const noteUse = (linkID: number) => {
    const now = performance.now();
    if (now - (lastUsed.get(linkID) ?? Number.NEGATIVE_INFINITY) < USE_INTERVAL) return;
    lastUsed.set(linkID, now);
    store.shareLinks
      .use(linkID)
      .catch((error) => logger.error({ err: error }, 'the use of a link was not recorded'));
  };

  /** What the link shows, if the browser has it, and it is still good. */
  const sharedOrder = async (request: FastifyRequest) => {
    const { linkID } = request.params as { linkID: string };
    const secret = request.cookies[cookieOf(linkID)];
    const link = secret === undefined ? undefined : await store.shareLinks.find(digestOfSecret(secret));
    if (link === undefined || String(link.linkID) !== linkID) return undefined;
    return readShownOrder(store, link.orderNumber);
  };

  const withoutReferrer = {
    onRequest: async (_request: FastifyRequest, reply: FastifyReply) => {
      reply.header('Referrer-Policy', 'no-referrer');
    },
  };

  // The one secret that ever stands in an address, for one visit: from then on it is in a cookie.
  pages.get('/s/:secret', withoutReferrer, async (request, reply) => {
    const { secret } = request.params as { secret: string };
    const link = await store.shareLinks.find(digestOfSecret(secret));
    if (link === undefined) throw notFoundOrNotYours();
    noteUse(link.linkID);
    // Lax: who comes from a mail or a chat comes from another site.
    reply.setCookie(cookieOf(String(link.linkID)), secret, {
      ...COOKIE,
      sameSite: 'lax',
      maxAge: REMEMBERED,
    });
    return reply.redirect(`/shared/${link.linkID}`, 303);
  });

  pages.get('/shared/:linkID', withoutReferrer, async (request, reply) => {
    const shown = await sharedOrder(request);
    if (shown === undefined) throw notFoundOrNotYours();
    noteUse(Number((request.params as { linkID: string }).linkID));
    return sendPage(reply, {
      title: `Order ${shown.record.orderNumber}`,
      content: html`${liveSection(`${request.url}/events`, orderView(shown))}
<p class="hint">You see this order because its owner has shared it with you.</p>`,
    });
  });

  pages.get('/shared/:linkID/events', async (request, reply) => {
    const first = await sharedOrder(request);
    if (first === undefined) throw notFoundOrNotYours();
    await live.follow(request, reply, {
      orderNumber: first.record.orderNumber,
      show: async () => {
        const shown = await sharedOrder(request);
        return shown && { html: textOf(orderView(shown)), version: shown.version };
      },
    });
    return reply;
  });
}

function cookieOf(linkID: string): string {
  return `__Host-link-${linkID}`;
}
