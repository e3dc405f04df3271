/** An account's order, which stays up to date while it is open, and the links that show it to others. */

import { count } from '@cert-order-status/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { allowsAddress } from '../../accounts/allowed-addresses.ts';
import { isExpired } from '../../accounts/expiry.ts';
import { digestOfSecret, newSecret } from '../../accounts/secret.ts';
import {
  LINKS_PER_ACCOUNT,
  LINKS_PER_ORDER,
  type ShareLink,
  type ShareLinks,
} from '../../orders/share-links.ts';
import { awaitedOrderView, readFollowing } from '../as-of.ts';
import { formRoute } from '../form-route.ts';
import { type Html, html, textOf } from '../html.ts';
import { liveSection } from '../live-section.ts';
import { readOwnOrder } from '../load-order.ts';
import { type Notice, noticeView } from '../notice.ts';
import { followerBlock } from '../open-pages.ts';
import { refuseEvents } from '../order-events.ts';
import {
  earlierPages,
  LINKS_PER_PAGE,
  type OrderPaging,
  orderPagingOf,
  orderQuery,
} from '../order-paging.ts';
import { type OrderDetails, orderView, time } from '../order-view.ts';
import { formOf, notFoundOrNotYours, orderNumberOf, paramsOf } from '../page-server.ts';
import { pageLinks } from '../pager.ts';
import type { StreamEnd } from '../stream-end.ts';
import { table } from '../table.ts';
import { type AccountOwner, type CheckerRouteParts, sendAccountPage } from './layout.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long a link can be made to last, in days. */
const LIFETIMES = [7, 30, 90] as const;

/** The notice after a link was to be made, by what became of it. */
const NOTICES: Readonly<Record<Awaited<ReturnType<ShareLinks['add']>>, (link: string) => Notice>> = {
  added: (link) => ({
    kind: 'good',
    text: 'The link is not shown again, so copy it now.',
    secret: { name: 'New link', value: link },
  }),
  'order is full': () => ({
    kind: 'bad',
    text: `No link was made: this order has ${LINKS_PER_ORDER} links that work, the most that an order may have. Revoke one that is not needed any more.`,
  }),
  'account is full': () => ({
    kind: 'bad',
    text: `No link was made: your orders have ${LINKS_PER_ACCOUNT} links that work, the most that an account may have. Revoke some that are not needed any more, here or at other orders.`,
  }),
};

/** Why an open page is no longer kept up to date. */
const SIGNED_OUT: StreamEnd = {
  text: 'You are signed out, so this page no longer changes.',
  link: { href: '/', text: 'Sign in' },
};
const ACCOUNT_DISABLED: StreamEnd = {
  text: 'The account is disabled, so this page no longer changes. Ask the certificate authority.',
};
const ADDRESS_NOT_ALLOWED: StreamEnd = {
  text: 'The account may not be used from your network any more, so this page no longer changes.',
};
const REMOVED: StreamEnd = {
  text: 'This order is no longer here, or it is not an order of the account that is signed in now.',
  link: { href: '/', text: 'Your orders' },
};

/** Where an account's order is. */
export function orderPath(orderNumber: string): string {
  return `/orders/${orderNumber}`;
}

/** Adds the routes. */
export function orderRoutes(pages: FastifyInstance, parts: CheckerRouteParts): void {
  const { store, live, sessions, proxies, onLimit, requireAccount } = parts;

  const read = ({ accountID }: AccountOwner, orderNumber: string, paging: OrderPaging) =>
    readOwnOrder(store, accountID, orderNumber, paging, orderPath);
  const readAwaited = ({ loginName }: AccountOwner, orderNumber: string) =>
    readFollowing(store, orderNumber, loginName);
  const isOwnOrder = async ({ accountID }: AccountOwner, orderNumber: string) =>
    (await store.orderViews.part(orderNumber, { accountID, from: 0, limit: 0 })) !== undefined;
  /** The account that is signed in, and its order's number, if the order is its own. */
  const ownOrder = async (request: FastifyRequest) => {
    const owner = await requireAccount(request);
    const orderNumber = orderNumberOf(request);
    if (!(await isOwnOrder(owner, orderNumber))) throw notFoundOrNotYours();
    return { owner, orderNumber };
  };
  /** Why the session of an account that was signed in is over. */
  const whyEnded = async (request: FastifyRequest, { loginName }: AccountOwner): Promise<StreamEnd> => {
    const account = await store.accounts.find(loginName);
    if (account === undefined || account.disabled) return ACCOUNT_DISABLED;
    const address = proxies.clientAddress(request.raw);
    return allowsAddress(account.allowedAddresses, address) ? SIGNED_OUT : ADDRESS_NOT_ALLOWED;
  };
  const page = async (owner: AccountOwner, orderNumber: string, paging: OrderPaging, notice?: Notice) => {
    const title = `Order ${orderNumber}`;
    const events = `${orderPath(orderNumber)}/events`;
    const shown = await read(owner, orderNumber, paging);
    if (shown === undefined) {
      const awaited = await readAwaited(owner, orderNumber);
      if (awaited === undefined) throw notFoundOrNotYours();
      return { title, content: liveSection(events, awaitedOrderView(awaited)) };
    }
    const found = await store.shareLinks.ofOrder(orderNumber, {
      before: paging.linksBefore,
      limit: LINKS_PER_PAGE + 1,
    });
    const eventsOfPage = events + orderQuery(shown.paging);
    return {
      title,
      content: html`${liveSection(eventsOfPage, orderView(shown))}${sharing(orderNumber, found, paging, notice)}`,
    };
  };

  pages.get('/orders/:orderNumber', async (request, reply) => {
    const owner = await requireAccount(request);
    const content = await page(owner, orderNumberOf(request), orderPagingOf(request));
    return sendAccountPage(reply, owner, '', content);
  });

  pages.get('/orders/:orderNumber/events', async (request, reply) => {
    const owner = await sessions.ownerOf(request);
    if (owner === undefined) return refuseEvents(request, reply, SIGNED_OUT);
    request.signedIn = { account: owner.loginName };
    const orderNumber = orderNumberOf(request);
    const isOwn =
      (await isOwnOrder(owner, orderNumber)) || (await readAwaited(owner, orderNumber)) !== undefined;
    if (!isOwn) return refuseEvents(request, reply, REMOVED);
    const paging = orderPagingOf(request);
    await live.follow(reply, {
      key: `account ${orderNumber}${orderQuery(paging)}`,
      orderNumber,
      follower: { account: owner.loginName, addressBlock: followerBlock(request, proxies) },
      // Asked anew each time: a session may end while its page is open.
      endReason: async () =>
        (await sessions.ownerOf(request))?.accountID === owner.accountID
          ? undefined
          : whyEnded(request, owner),
      removed: REMOVED,
      show: async () => {
        const shown = await read(owner, orderNumber, paging);
        if (shown !== undefined) {
          return { html: textOf(orderView(shown)), orderNumbers: chainNumbers(shown, orderNumber) };
        }
        const awaited = await readAwaited(owner, orderNumber);
        return awaited && { html: textOf(awaitedOrderView(awaited)), orderNumbers: [orderNumber] };
      },
    });
    return reply;
  });

  formRoute(pages, '/orders/:orderNumber/links', '/orders/:orderNumber#sharing', async (request, reply) => {
    const { owner, orderNumber } = await ownOrder(request);
    const days = LIFETIMES.find((each) => String(each) === formOf(request, 'days').days) ?? LIFETIMES[0];
    const secret = newSecret();
    const expires = Date.now() + days * DAY_MS;
    const outcome = await store.shareLinks.add(digestOfSecret(secret), orderNumber, expires);
    if (outcome !== 'added') onLimit('shareLinks');
    const notice = NOTICES[outcome](`${proxies.originOf(request.raw)}/s/${secret}`);
    const content = await page(owner, orderNumber, orderPagingOf(request), notice);
    return sendAccountPage(reply, owner, '', content, outcome === 'added' ? 201 : 409);
  });

  formRoute(
    pages,
    '/orders/:orderNumber/links/:linkID/revoke',
    '/orders/:orderNumber#sharing',
    async (request, reply) => {
      const { orderNumber } = await ownOrder(request);
      const { linkID } = paramsOf(request, 'linkID');
      if (!/^[0-9]{1,9}$/.test(linkID)) throw notFoundOrNotYours();
      // One that is revoked already is as it should be.
      await store.shareLinks.revoke(orderNumber, Number(linkID));
      return reply.redirect(`${orderPath(orderNumber)}${orderQuery(orderPagingOf(request))}#sharing`, 303);
    },
  );
}

/** The orders that the page shows something of, the order itself first. */
function chainNumbers({ chain }: OrderDetails, orderNumber: string): string[] {
  const numbers = chain?.orders.map((order) => order.orderNumber) ?? [];
  return [...new Set([orderNumber, ...numbers])];
}

/** @param found the links of the page, and one more if there are more. */
function sharing(
  orderNumber: string,
  found: readonly ShareLink[],
  paging: OrderPaging,
  notice: Notice | undefined,
): Html {
  const path = `${orderPath(orderNumber)}/links`;
  const links = found.slice(0, LINKS_PER_PAGE);
  const earlier = found.length > links.length ? links.at(-1)?.linkID : undefined;
  return html`<section id="sharing" aria-labelledby="sharing-heading"><h2 id="sharing-heading">Share</h2>
<p>A link shows this order, and nothing else, to anyone who has the link, without signing in, until it expires or you revoke it.</p>
${noticeView(notice)}
<form class="inline" method="post" action="${path}">
<label>Lasts<select name="days">${LIFETIMES.map((days) => html`<option value="${days}">${count(days, 'day')}</option>`)}</select></label>
<button class="secondary">Make a link</button>
</form>
${links.length === 0 ? '' : linkTable(path, orderQuery(paging), links)}
${pageLinks('Pages of links', earlierPages('links', paging, earlier, 'sharing'))}
</section>`;
}

const LINK_COLUMNS = ['Link made', 'Last used', 'Ends', html`<span class="hidden">Revoke</span>`];

function linkTable(path: string, query: string, links: readonly ShareLink[]): Html {
  return table(
    'Links',
    LINK_COLUMNS,
    links.map(
      ({ linkID, created, expires, revoked, lastUsed }) => html`<tr>
<td>${time(created)}</td><td>${lastUsed === undefined ? 'never' : time(lastUsed)}</td>
<td>${ending(expires, revoked)}</td>
<td>${
        isOver(expires, revoked)
          ? ''
          : html`<form method="post" action="${path}/${linkID}/revoke${query}"><button class="danger">Revoke</button></form>`
      }</td>
</tr>`,
    ),
  );
}

function isOver(expires: string, revoked: string | undefined): boolean {
  return revoked !== undefined || isExpired(expires);
}

function ending(expires: string, revoked: string | undefined): Html {
  if (revoked !== undefined) return html`revoked ${time(revoked)}`;
  return isOver(expires, revoked) ? html`expired ${time(expires)}` : time(expires);
}
