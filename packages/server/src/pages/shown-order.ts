/** Reading what a page shows of an order. */

import type { OrderRecord } from '@cert-order-status/protocol';
import type { Change } from '../orders/change.ts';
import type { Store } from '../store/store.ts';
import type { ChainLink, ShownOrder } from './order-view.ts';
import { publicHistory } from './public-history.ts';

/** The changes that a page shows: the latest ones. */
const MOST_CHANGES = 200;
/** How many orders a chain is followed back. */
const MOST_REPLACED = 100;

/**
 * Reads the order with its history and the orders around it.
 *
 * @param pathOf where an order of the chain can be seen; left out when it cannot.
 * @returns undefined when there is no such order.
 */
export async function readShownOrder(
  store: Store,
  orderNumber: string,
  pathOf?: (orderNumber: string) => string,
): Promise<(ShownOrder & { readonly version: number }) | undefined> {
  const order = await store.orderBook.get(orderNumber);
  if (order === undefined) return undefined;
  const { record, version } = order;
  const [changes, chain] = await Promise.all([
    latestChanges(store, orderNumber, version),
    chainOf(store, record),
  ]);
  return {
    record,
    version,
    history: publicHistory(changes),
    hasMoreHistory: version > MOST_CHANGES,
    chain: chain.map((link) => ({
      ...link,
      ...(pathOf !== undefined && { path: pathOf(link.orderNumber) }),
    })),
  };
}

function latestChanges({ history }: Store, orderNumber: string, version: number): Promise<readonly Change[]> {
  return history
    .ofOrder(orderNumber, { after: Math.max(0, version - MOST_CHANGES), limit: MOST_CHANGES })
    .then(({ changes }) => changes);
}

/** Those that the order replaces are found one after the other; those that replace it are what queryType 2 answers. */
async function chainOf({ orderBook, statusReader }: Store, record: OrderRecord): Promise<ChainLink[]> {
  const chain: ChainLink[] = [{ orderNumber: record.orderNumber, orderStatus: record.orderStatus }];
  let earlier = record.replacesOrderNumber;
  while (earlier !== undefined && chain.length < MOST_REPLACED) {
    const replaced = (await orderBook.get(earlier))?.record;
    if (replaced === undefined) break;
    chain.unshift({ orderNumber: replaced.orderNumber, orderStatus: replaced.orderStatus });
    earlier = replaced.replacesOrderNumber;
  }
  const reading = await statusReader.read(record.account, { orderNumber: record.orderNumber, queryType: 2 });
  if ('status' in reading) {
    for (const { orderNumber = '', orderStatus = '' } of reading.status.orders.slice(1)) {
      chain.push({ orderNumber, orderStatus });
    }
  }
  return chain;
}
