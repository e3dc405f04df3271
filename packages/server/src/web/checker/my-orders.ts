/** The first page of an account: looking an order up, and all of them. */

import {
  CERTIFICATE_ID_DIGITS,
  canonicalNumber,
  ORDER_NUMBER_DIGITS,
  ORDER_STATUSES,
  orderWord,
} from '@cert-order-status/protocol';
import type { FastifyInstance } from 'fastify';
import { readOrderFilter, readPageStart } from '../../orders/order-filter.ts';
import type { OrderSummary } from '../../orders/order-views.ts';
import { type Html, html } from '../html.ts';
import { shownDay } from '../labels.ts';
import { queryOfCertificate } from '../order-paging.ts';
import { badge, certificatesCell } from '../order-view.ts';
import { notFoundOrNotYours, queryOf, sendPage } from '../page-server.ts';
import { pager } from '../pager.ts';
import { table } from '../table.ts';
import { followForm } from './follow-orders.ts';
import { type CheckerRouteParts, sendAccountPage } from './layout.ts';
import { orderPath } from './order-page.ts';
import { SIGNED_OUT, signInForm } from './sign-in.ts';

const PAGE_LENGTH = 25;

/** Adds the routes. */
export function myOrdersRoutes(
  pages: FastifyInstance,
  { store, followedOrders, sessions, requireAccount }: CheckerRouteParts,
): void {
  pages.get('/', async (request, reply) => {
    const owner = await sessions.ownerOf(request);
    if (owner === undefined) {
      const problem = (await sessions.hasEnded(request)) ? SIGNED_OUT : undefined;
      return sendPage(reply, { title: 'Sign in', content: signInForm({ problem }) });
    }
    request.signedIn = { account: owner.loginName };
    const query = queryOf(request, 'status', 'name', 'after');
    const name = query.name.trim();
    const after = readPageStart(query.after);
    const { filter } = readOrderFilter({
      account: owner.loginName,
      orderStatus: query.status || undefined,
      FQDNPrefix: name || undefined,
    });
    const status = filter.orderStatus === undefined ? '' : orderWord(filter.orderStatus);
    const [{ orders, more }, isOpen] = await Promise.all([
      store.orderViews.list(filter, { limit: PAGE_LENGTH, after }),
      followedOrders.isOpenTo(owner.loginName),
    ]);
    const last = more ? orders.at(-1)?.orderNumber : undefined;
    const content = html`<h1>Your orders</h1>
${lookUpForm()}
${isOpen ? html`<details class="card"><summary>Follow further orders</summary>${followForm()}</details>` : ''}
${filterForm(status, name)}
${orderTable(orders)}
${pager('/', { status, name }, after !== undefined, last)}`;
    return sendAccountPage(reply, owner, '/', { title: 'Your orders', content });
  });

  pages.get('/orders', async (_request, reply) => reply.redirect('/', 303));

  pages.get('/look-up', async (request, reply) => {
    const { kind, number } = queryOf(request, 'kind', 'number');
    const text = number.trim();
    // The form's own path, without the form's fields.
    if (text === '') return reply.redirect('/', 303);
    const { accountID } = await requireAccount(request);
    if (kind !== 'certificate') {
      const orderNumber = canonicalNumber(text, ORDER_NUMBER_DIGITS);
      if (orderNumber === undefined) throw notFoundOrNotYours();
      return reply.redirect(orderPath(orderNumber), 303);
    }
    const certificateID = canonicalNumber(text, CERTIFICATE_ID_DIGITS);
    if (certificateID === undefined) throw notFoundOrNotYours();
    const place = await store.orderViews.locate(certificateID, accountID);
    if (place === undefined) throw notFoundOrNotYours();
    const page = orderPath(place.orderNumber) + queryOfCertificate(place.position);
    return reply.redirect(`${page}#certificate-${certificateID}`, 303);
  });
}

function lookUpForm(): Html {
  return html`<form class="look-up card" method="get" action="/look-up">
<fieldset><legend>Look up by</legend>
<label><input type="radio" name="kind" value="order" checked> order number</label>
<label><input type="radio" name="kind" value="certificate"> certificate ID</label></fieldset>
<label class="grow">Number<input name="number" inputmode="numeric" pattern=" *[0-9]{1,18} *" required title="digits only"></label>
<button>Look up</button>
</form>`;
}

function filterForm(status: string, name: string): Html {
  return html`<form class="filter" method="get" action="/">
<label>Status<select name="status"><option value="">any</option>
${ORDER_STATUSES.map((word) => html`<option ${word === status ? 'selected' : ''}>${word}</option>`)}
</select></label>
<label>Domain name begins with<input name="name" value="${name}" maxlength="255" autocapitalize="none" spellcheck="false"></label>
<button class="secondary">Filter</button>
</form>`;
}

const COLUMNS = ['Order', 'Ordered', 'Status', 'Certificates'];

function orderTable(orders: readonly OrderSummary[]): Html {
  if (orders.length === 0) return html`<p class="empty">No orders here.</p>`;
  return table(
    'Orders',
    COLUMNS,
    orders.map(
      (order) => html`<tr>
<th scope="row"><a href="${orderPath(order.orderNumber)}">${order.orderNumber}</a></th>
<td>${order.orderDateTime === undefined ? '' : shownDay(order.orderDateTime)}</td>
<td>${badge(order.orderStatus)}</td>
<td>${certificatesCell(order)}</td>
</tr>`,
    ),
  );
}
