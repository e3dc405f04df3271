/** The orders that are followed at an upstream, and the forms that change which those are. */

import type { ListPage } from '../../accounts/list-page.ts';
import { FOLLOWED_STATES, type FollowedOrder, type FollowedState } from '../../upstreams/followed-orders.ts';
import { type Html, html } from '../html.ts';
import { badgeOf, time } from '../order-view.ts';
import { pager } from '../pager.ts';
import { table } from '../table.ts';
import { consoleOrderPath } from './search.ts';

/** How many are shown at a time. */
export const ORDERS_SHOWN = 25;
/** How many characters of order numbers a form takes; the command line reads any number from a file. */
const NUMBERS_LENGTH = 30_000;

/** Which of an upstream's orders a page shows. */
export interface FollowedQuery {
  readonly state: FollowedState | undefined;
  readonly after: string;
}

/** The state that a word of the address names. */
export function followedStateOf(word: string): FollowedState | undefined {
  return FOLLOWED_STATES.find((state) => state === word);
}

const STATES: Readonly<Record<FollowedState, readonly [Parameters<typeof badgeOf>[0], string, string]>> = {
  waiting: ['waiting', '◐', 'not answered yet'],
  open: ['waiting', '◐', 'open'],
  settled: ['good', '✓', 'settled'],
  unknown: ['bad', '✕', 'unknown there'],
};

/** The account is left out where it is the same for all. */
const columnsOf = (hasOwner: boolean) => [
  'Order',
  ...(hasOwner ? [] : ['Account']),
  'State',
  'As of',
  'Next request',
  'Change',
];

/** Where the orders are shown, and whose they are. */
export interface FollowedSite {
  /** Of the upstream's page. */
  readonly path: string;
  /** The same with what is shown: where forms are sent. */
  readonly action: string;
  /** The account that all orders of the upstream belong to; undefined when it is named with them. */
  readonly owner: string | undefined;
}

/** The orders. @param page some of them, and where the others begin. */
export function followedOrders(
  { path, action, owner }: FollowedSite,
  { state, after }: FollowedQuery,
  { items: orders, next }: ListPage<FollowedOrder>,
): Html {
  return html`<form class="filter" method="get" action="${path}#orders">
<label>State<select name="state"><option value="">any</option>
${FOLLOWED_STATES.map((each) => html`<option value="${each}" ${each === state ? html`selected` : ''}>${STATES[each][2]}</option>`)}
</select></label>
<button class="secondary">Filter</button>
</form>
${orders.length === 0 ? html`<p class="empty">No orders here.</p>` : orderTable(action, owner, orders)}
${pager(path, { state: state ?? '' }, after !== '', next)}`;
}

function orderTable(action: string, owner: string | undefined, orders: readonly FollowedOrder[]): Html {
  return table(
    'Orders that are followed',
    columnsOf(owner !== undefined),
    orders.map(
      ({ orderNumber, account, state, observed, nextRequest, problem, notes }) => html`<tr>
<th scope="row"><div><a href="${consoleOrderPath(orderNumber)}">${orderNumber}</a>${problem === undefined ? '' : html`<p class="hint">${problem}</p>`}${notes.map((note) => html`<p class="hint">Not taken over: ${note}</p>`)}</div></th>
${owner === undefined ? html`<td>${account}</td>` : ''}<td>${badgeOf(...STATES[state])}</td>
<td>${observed === undefined ? 'never' : time(observed)}</td>
<td>${nextRequest === undefined ? 'none' : time(nextRequest)}</td>
<td><form class="acts" method="post" action="${action}"><input type="hidden" name="orderNumber" value="${orderNumber}">
<button class="quiet" name="act" value="refresh">Refresh<span class="hidden"> order ${orderNumber}</span></button>
<details><summary>Unfollow<span class="hidden"> order ${orderNumber}</span></summary>
<p class="hint">It stays as it was last known, and may be fed by hand.</p><button class="danger" name="act" value="unfollow">Unfollow<span class="hidden"> order ${orderNumber}</span></button></details></form></td>
</tr>`,
    ),
  );
}

/** The form that follows further orders. @param given what was sent, when it was refused. */
export function followForm(
  { action, owner }: FollowedSite,
  given: { readonly numbers: string; readonly account: string },
): Html {
  return html`<form class="stacked" method="post" action="${action}">
${numbersField(given.numbers)}
${owner === undefined ? html`<label>The account here that they belong to<input name="account" required maxlength="64" value="${given.account}" autocapitalize="none" spellcheck="false" autocomplete="off"></label>` : html`<p class="hint">They are orders of the account ${owner}.</p>`}
<p class="hint">For many orders: <code>cert-order-status upstream follow --file</code>.</p>
<button name="act" value="follow">Follow</button></form>`;
}

/** A field for order numbers. */
function numbersField(value: string): Html {
  return html`<label>Order numbers, with spaces or lines between<textarea name="numbers" rows="4" required maxlength="${NUMBERS_LENGTH}" inputmode="numeric" spellcheck="false" autocomplete="off">${value}</textarea></label>`;
}
