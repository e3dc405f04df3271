/** An order as the holder of a share link sees it. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { NotedUses } from '../../accounts/noted-uses.ts';
import { digestOfSecret } from '../../accounts/secret.ts';
import { html, textOf } from '../html.ts';
import { liveSection } from '../live-section.ts';
import { readSharedOrder } from '../load-order.ts';
import { followerBlock } from '../open-pages.ts';
import { refuseEvents } from '../order-events.ts';
import { orderPagingOf, orderQuery } from '../order-paging.ts';
import { orderView } from '../order-view.ts';
import { notFoundOrNotYours, paramsOf, sendPage } from '../page-server.ts';
import type { StreamEnd } from '../stream-end.ts';
import type { CheckerRouteParts } from './layout.ts';
import { LinkCookie } from './link-cookie.ts';

/** Why an open page is no longer kept up to date. */
const LINK_ENDED: StreamEnd = {
  text: 'This link no longer works: it has expired or was revoked. Ask the sender for a new one.',
};
const REMOVED: StreamEnd = { text: 'This order is no longer here.' };

/** Adds the routes. */
export function sharedRoutes(
  pages: FastifyInstance,
  { store, live, proxies, logger }: CheckerRouteParts,
): void {
  const uses = new NotedUses<number>(
    (linkID) => store.shareLinks.use(linkID),
    (error) => logger.error({ err: error }, 'the use of a link was not recorded'),
  );
  const cookie = new LinkCookie(store.history);

  /** The link, if the browser has it, and it is still good. */
  const linkOf = async (request: FastifyRequest) => {
    const linkID = linkIDOf(request);
    for (const secret of await cookie.secretsOf(request, linkID)) {
      const link = await store.shareLinks.find(digestOfSecret(secret));
      if (link?.linkID === linkID) return link;
    }
    return undefined;
  };
  const requireLink = async (request: FastifyRequest) => {
    const link = await linkOf(request);
    if (link === undefined) throw notFoundOrNotYours();
    return link;
  };

  const withoutReferrer = {
    onRequest: async (request: FastifyRequest, reply: FastifyReply) => {
      reply.header('Referrer-Policy', 'no-referrer');
      cookie.clearOld(request, reply);
    },
  };

  // The one secret that ever stands in an address, for one visit: from then on it is in a cookie.
  pages.get('/s/:secret', withoutReferrer, async (request, reply) => {
    const { secret } = paramsOf(request, 'secret');
    const link = await store.shareLinks.find(digestOfSecret(secret));
    if (link === undefined) throw notFoundOrNotYours();
    uses.note(link.linkID);
    const { linkID, expiresMs } = link;
    await cookie.keep(request, reply, { linkID, secret, expires: Math.floor(expiresMs / 1000) });
    return reply.redirect(`/shared/${linkID}`, 303);
  });

  pages.get('/shared/:linkID', withoutReferrer, async (request, reply) => {
    const { linkID, orderNumber } = await requireLink(request);
    const shown = await readSharedOrder(store, orderNumber, orderPagingOf(request));
    if (shown === undefined) throw notFoundOrNotYours();
    uses.note(linkID);
    const events = `/shared/${linkID}/events${orderQuery(shown.paging)}`;
    return sendPage(reply, {
      title: `Order ${orderNumber}`,
      content: html`${liveSection(events, orderView(shown))}
<p class="hint">You see this order because its owner has shared it with you.</p>`,
    });
  });

  pages.get('/shared/:linkID/events', async (request, reply) => {
    const link = await linkOf(request);
    if (link === undefined) return refuseEvents(request, reply, LINK_ENDED);
    const { linkID, orderNumber, account } = link;
    const paging = orderPagingOf(request);
    await live.follow(reply, {
      key: `link ${orderNumber}${orderQuery(paging)}`,
      orderNumber,
      follower: { account, linkID, addressBlock: followerBlock(request, proxies) },
      endReason: async () => {
        if ((await linkOf(request)) !== undefined) return undefined;
        const isThere = (await store.orderViews.marks([orderNumber])).has(orderNumber);
        return isThere ? LINK_ENDED : REMOVED;
      },
      removed: REMOVED,
      show: async () => {
        const shown = await readSharedOrder(store, orderNumber, paging);
        return shown && { html: textOf(orderView(shown)), orderNumbers: [orderNumber] };
      },
    });
    return reply;
  });
}

/** The ID of the link in the URL; NaN, which no link has, for a text that is not a number. */
function linkIDOf(request: FastifyRequest): number {
  const { linkID } = paramsOf(request, 'linkID');
  return /^[1-9][0-9]{0,14}$/.test(linkID) ? Number(linkID) : Number.NaN;
}
