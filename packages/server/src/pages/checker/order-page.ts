/** An account's order, which stays up to date while it is open, and the links that show it to others. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ShareLink } from '../../store/store.ts';
import { digestOfSecret, newSecret } from '../browser-sessions.ts';
import { type Html, html, textOf } from '../html.ts';
import { liveSection } from '../live-section.ts';
import { orderView, time } from '../order-view.ts';
import { formOf, notFoundOrNotYours, orderNumberOf } from '../page-server.ts';
import { saidView } from '../said.ts';
import { readShownOrder } from '../shown-order.ts';
import { type AccountOwner, type CheckerRouteParts, sendAccountPage } from './frame.ts';

const DAY = 24 * 60 * 60 * 1000;
/** How long a link can be made to last, in days. */
const LIFETIMES = [7, 30, 90] as const;

/** Where an account's order is. */
export function orderPath(orderNumber: string): string {
  return `/orders/${orderNumber}`;
}

/** Adds the routes. */
export function orderRoutes(pages: FastifyInstance, parts: CheckerRouteParts): void {
  const { store, live, sessions, requireAccount } = parts;

  /** Everything about the order that the account may see. */
  const ownOrder = async ({ loginName }: AccountOwner, orderNumber: string) => {
    const shown = await readShownOrder(store, orderNumber, orderPath);
    return shown?.record.account === loginName ? shown : undefined;
  };
  const required = async (request: FastifyRequest) => {
    const owner = await requireAccount(request);
    const orderNumber = orderNumberOf(request);
    const shown = await ownOrder(owner, orderNumber);
    if (shown === undefined) throw notFoundOrNotYours();
    return { owner, orderNumber, shown };
  };
  const page = async (orderNumber: string, view: Html, made?: { readonly link: string }) => {
    const links = await store.shareLinks.ofOrder(orderNumber);
    return {
      title: `Order ${orderNumber}`,
      content: html`${liveSection(`${orderPath(orderNumber)}/events`, view)}${sharing(orderNumber, links, made?.link)}`,
    };
  };

  pages.get('/orders/:orderNumber', async (request, reply) => {
    const { owner, orderNumber, shown } = await required(request);
    return sendAccountPage(reply, owner, '', await page(orderNumber, orderView(shown)));
  });

  pages.get('/orders/:orderNumber/events', async (request, reply) => {
    const { orderNumber } = await required(request);
    await live.follow(request, reply, {
      orderNumber,
      // Asked anew each time: a session may end while its page is open.
      show: async () => {
        const owner = await sessions.ownerOf(request);
        const shown = owner && (await ownOrder(owner, orderNumber));
        return shown && { html: textOf(orderView(shown)), version: shown.version };
      },
    });
    return reply;
  });

  pages.post('/orders/:orderNumber/links', async (request, reply) => {
    const { owner, orderNumber, shown } = await required(request);
    const days = LIFETIMES.find((each) => String(each) === formOf(request, 'days').days) ?? LIFETIMES[0];
    const secret = newSecret();
    await store.shareLinks.add(digestOfSecret(secret), orderNumber, Date.now() + days * DAY);
    const link = `https://${request.headers.host}/s/${secret}`;
    return sendAccountPage(reply, owner, '', await page(orderNumber, orderView(shown), { link }), 201);
  });

  pages.post('/orders/:orderNumber/links/:linkID/revoke', async (request, reply) => {
    const { orderNumber } = await required(request);
    const { linkID } = request.params as { linkID: string };
    if (!/^[0-9]{1,9}$/.test(linkID)) throw notFoundOrNotYours();
    // One that is revoked already is as it should be.
    await store.shareLinks.revoke(orderNumber, Number(linkID));
    return reply.redirect(`${orderPath(orderNumber)}#sharing`, 303);
  });
}

function sharing(orderNumber: string, links: readonly ShareLink[], made: string | undefined): Html {
  const path = `${orderPath(orderNumber)}/links`;
  return html`<section id="sharing" aria-labelledby="sharing-heading"><h2 id="sharing-heading">Share</h2>
<p>A link shows this order, and nothing else, to whoever has it, without signing in, until it expires or you revoke it.</p>
${saidView(made === undefined ? undefined : { kind: 'good', text: 'The link is not shown again, so copy it now.', secret: { name: 'New link', value: made } })}
<form class="inline" method="post" action="${path}">
<label>Lasts<select name="days">${LIFETIMES.map((days) => html`<option value="${days}">${days} days</option>`)}</select></label>
<button class="secondary">Make a link</button>
</form>
${links.length === 0 ? '' : linkTable(path, links)}
</section>`;
}

function linkTable(path: string, links: readonly ShareLink[]): Html {
  return html`<div class="table" role="region" aria-label="Links" tabindex="0"><table>
<thead><tr><th scope="col">Link made</th><th scope="col">Last used</th><th scope="col">Ends</th><th scope="col"><span class="hidden">Revoke</span></th></tr></thead>
<tbody>
${links.map(
  ({ linkID, created, expires, revoked, lastUsed }) => html`<tr>
<td>${time(created)}</td><td>${lastUsed === undefined ? 'never' : time(lastUsed)}</td>
<td>${ending(expires, revoked)}</td>
<td>${
    isOver(expires, revoked)
      ? ''
      : html`<form method="post" action="${path}/${linkID}/revoke"><button class="danger">Revoke</button></form>`
  }</td>
</tr>`,
)}
</tbody></table></div>`;
}

function isOver(expires: string, revoked: string | undefined): boolean {
  return revoked !== undefined || Date.parse(expires) <= Date.now();
}

function ending(expires: string, revoked: string | undefined): Html {
  if (revoked !== undefined) return html`revoked ${time(revoked)}`;
  return isOver(expires, revoked) ? html`expired ${time(expires)}` : time(expires);
}
