/** How old what is known of a followed order is, in words. Customers see it, too: it names nothing of the upstream. */

import type { Store } from '../store/store.ts';
import type { FollowedOrder } from '../upstreams/followed-orders.ts';
import { type Html, html } from './html.ts';
import { shownInterval } from './labels.ts';
import { badgeOf, time } from './order-view.ts';

/** What is known about the following of an order. */
export interface ShownFollowing {
  readonly order: FollowedOrder;
  /** Of the upstream; while it is paused, nothing is asked for. */
  readonly isPaused: boolean;
  readonly intervalSeconds: number;
  /** Since when requests to the upstream have failed; left out while they succeed. */
  readonly failingSince?: string | undefined;
}

/**
 * How an order is followed; undefined for one that is not.
 *
 * @param loginName the account that the order must belong to; any when left out.
 */
export async function readFollowing(
  { followedOrders, upstreams }: Pick<Store, 'followedOrders' | 'upstreams'>,
  orderNumber: string,
  loginName?: string,
): Promise<ShownFollowing | undefined> {
  const order = await followedOrders.get(orderNumber);
  if (order === undefined || (loginName !== undefined && order.account !== loginName)) return undefined;
  const upstream = await upstreams.get(order.upstream);
  // It was removed just now.
  if (upstream === undefined) return undefined;
  const { state, intervalSeconds, problem } = upstream;
  return { order, isPaused: state === 'paused', intervalSeconds, failingSince: problem?.since };
}

/** When an order was last seen as it is, and whether it is still asked for. */
export function asOf({
  order: { observed, state },
  isPaused,
  failingSince,
  intervalSeconds,
}: ShownFollowing): Html {
  if (observed === undefined) return html``;
  const moment = html`As of ${time(observed)}`;
  if (state === 'unknown') return html`${moment}. The certificate authority no longer knows this order.`;
  if (isPaused) return html`${moment}. At present, the certificate authority is not asked for it.`;
  if (state === 'settled') return html`${moment}. Nothing is waited for any more, so it is rarely asked for.`;
  if (failingSince !== undefined) return html`${moment}; not answered since ${time(failingSince)}.`;
  return html`${moment}, asked ${shownInterval(intervalSeconds)}.`;
}

/** An order that was never answered for. */
export function awaitedOrderView({ order, isPaused, failingSince, intervalSeconds }: ShownFollowing): Html {
  const { orderNumber, state, added, lastRequest } = order;
  const isUnknown = state === 'unknown';
  return html`<header class="order-head" data-about="Order ${orderNumber}">
<h1>Order ${orderNumber} ${isUnknown ? badgeOf('over', '–', 'unknown') : badgeOf('waiting', '◐', 'not answered yet')}</h1>
<p class="summary">${
    isUnknown
      ? 'The certificate authority does not know this order, or it belongs to another account there. Check the number.'
      : 'This order is followed, but the certificate authority has not answered for it yet. It is shown here as soon as it has.'
  }</p>
<p class="hint">Followed since ${time(added)}${lastRequest === undefined ? '' : html`, last asked for on ${time(lastRequest)}`}${
    isPaused
      ? '. At present, the certificate authority is not asked.'
      : failingSince === undefined
        ? isUnknown
          ? '.'
          : `; then asked ${shownInterval(intervalSeconds)}.`
        : html`; the certificate authority has not answered since ${time(failingSince)}.`
  }</p>
</header>`;
}
