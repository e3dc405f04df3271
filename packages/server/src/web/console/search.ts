/** Finding orders: by number, certificate, domain name, account, and state. */

import { CERTIFICATE_ID_DIGITS, canonicalNumber, ORDER_NUMBER_DIGITS } from '@cert-order-status/protocol';
import type { FastifyInstance } from 'fastify';
import {
  ORDER_FILTERS,
  type OrderFilter,
  readOrderFilter,
  readPageStart,
} from '../../orders/order-filter.ts';
import type { OrderSummary } from '../../orders/order-views.ts';
import type { Store } from '../../store/store.ts';
import { type Html, html } from '../html.ts';
import { noticeView } from '../notice.ts';
import { queryOfCertificate } from '../order-paging.ts';
import { badge, certificatesCell, time } from '../order-view.ts';
import { queryOf } from '../page-server.ts';
import { pager } from '../pager.ts';
import { table } from '../table.ts';
import { CONSOLE, type ConsoleRouteParts, sendConsolePage } from './layout.ts';

const PATH = `${CONSOLE}/orders`;
const PAGE_LENGTH = 50;

/** Where the console has an order. */
export function consoleOrderPath(orderNumber: string): string {
  return `${PATH}/${orderNumber}`;
}

/** Adds the route. */
export function searchRoutes(pages: FastifyInstance, { store, requireOperator }: ConsoleRouteParts): void {
  pages.get(PATH, async (request, reply) => {
    const owner = await requireOperator(request);
    const query = queryOf(request, 'number', 'name', 'account', 'status', 'certificate', 'expires', 'after');
    const wanted = query.number.trim();
    const found = wanted === '' ? undefined : await pathOfNumber(store, wanted);
    if (found !== undefined) return reply.redirect(found, 303);

    const after = readPageStart(query.after);
    const { orders, more } = await store.orderViews.list(filterOf(query), {
      limit: PAGE_LENGTH,
      after,
    });
    const { after: _, number: __, ...filter } = query;
    const next = more ? orders.at(-1)?.orderNumber : undefined;
    const content = html`<h1>Orders</h1>
${noticeView(wanted === '' ? undefined : { kind: 'bad', text: 'No order and no certificate has that number.' })}
${form(query)}
${orderTable(orders)}
${pager(PATH, filter, after !== undefined, next)}`;
    return sendConsolePage(reply, owner, PATH, { title: 'Orders', content });
  });
}

type Query = Readonly<
  Record<'number' | 'name' | 'account' | 'status' | 'certificate' | 'expires' | 'after', string>
>;

/** A field that is empty, or is no word of its list, does not matter. */
function filterOf({ name, account, status, certificate, expires }: Query): OrderFilter {
  const texts = {
    account: account || undefined,
    orderStatus: status || undefined,
    certificateStatus: certificate || undefined,
    FQDNPrefix: name.trim() || undefined,
    // As the browser's date field gives it.
    expiresBefore: expires === '' ? undefined : `${expires}T00:00:00Z`,
  };
  return readOrderFilter(texts).filter;
}

/** Where the order of that number is, or the certificate. */
async function pathOfNumber({ orderViews }: Store, text: string): Promise<string | undefined> {
  const orderNumber = canonicalNumber(text, ORDER_NUMBER_DIGITS);
  if (orderNumber !== undefined && (await orderViews.marks([orderNumber])).has(orderNumber)) {
    return consoleOrderPath(orderNumber);
  }
  const certificateID = canonicalNumber(text, CERTIFICATE_ID_DIGITS);
  const place = certificateID === undefined ? undefined : await orderViews.locate(certificateID);
  if (place === undefined) return undefined;
  const page = consoleOrderPath(place.orderNumber) + queryOfCertificate(place.position);
  return `${page}#certificate-${certificateID}`;
}

function form({ name, account, status, certificate, expires }: Query): Html {
  const options = (words: readonly string[], chosen: string) =>
    html`<option value="">any</option>${words.map((word) => html`<option ${word === chosen ? 'selected' : ''}>${word}</option>`)}`;
  return html`<form class="filter card" method="get" action="${PATH}">
<label>Order number or certificate ID<input name="number" inputmode="numeric"></label>
<label>Domain name begins with<input name="name" value="${name}" autocapitalize="none" spellcheck="false"></label>
<label>Account<input name="account" value="${account}" autocapitalize="none" spellcheck="false"></label>
<label>Order<select name="status">${options(ORDER_FILTERS.orderStatus.words, status)}</select></label>
<label>Certificate<select name="certificate">${options(ORDER_FILTERS.certificateStatus.words, certificate)}</select></label>
<label>Expires before<input type="date" name="expires" value="${expires}"></label>
<button>Search</button>
</form>`;
}

const COLUMNS = ['Order', 'Account', 'Status', 'Certificates', 'Changed'];

function orderTable(orders: readonly OrderSummary[]): Html {
  if (orders.length === 0) return html`<p class="empty">No orders found.</p>`;
  return table(
    'Orders',
    COLUMNS,
    orders.map(
      (order) => html`<tr>
<th scope="row"><a href="${consoleOrderPath(order.orderNumber)}">${order.orderNumber}</a></th>
<td>${order.account}</td><td>${badge(order.orderStatus)}</td>
<td>${certificatesCell(order)}</td>
<td>${time(order.changed)}</td>
</tr>`,
    ),
  );
}
