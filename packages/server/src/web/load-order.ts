import type { Change } from '../orders/change.ts';
import type { History } from '../orders/history.ts';
import type { OrderPart } from '../orders/order-views.ts';
import { withoutPersonalData } from '../orders/personal-data.ts';
import type { Store } from '../store/store.ts';
import { asOf, readFollowing } from './as-of.ts';
import {
  CERTIFICATES_PER_PAGE,
  CHANGES_PER_PAGE,
  type OrderPaging,
  withCertificates,
} from './order-paging.ts';
import type { OrderDetails, ShownChain } from './order-view.ts';
import { publicHistory } from './public-history.ts';

/**
 * Reads an account's order with its history and the orders around it, in the parts that the page shows.
 *
 * @param pathOf where an order of the chain can be seen.
 * @returns undefined when the account has no such order; that another account has it costs no more.
 */
export async function readOwnOrder(
  store: Store,
  accountID: number,
  orderNumber: string,
  paging: OrderPaging,
  pathOf: (orderNumber: string) => string,
): Promise<OrderDetails | undefined> {
  const part = await readPart(store, orderNumber, paging, accountID);
  if (part === undefined) return undefined;
  const [order, chain] = await Promise.all([
    withHistory(store, part, paging, 'account'),
    readChain(store, orderNumber, pathOf),
  ]);
  return { ...order, chain };
}

/** The same of an order for the holder of a share link: without the orders around it and its account. */
export async function readSharedOrder(
  store: Store,
  orderNumber: string,
  paging: OrderPaging,
): Promise<OrderDetails | undefined> {
  const part = await readPart(store, orderNumber, paging);
  return part && withHistory(store, { ...part, record: withoutPersonalData(part.record) }, paging, 'link');
}

/** The orders around an order, and where they can be seen. */
export async function readChain(
  { orderViews }: Store,
  orderNumber: string,
  pathOf: (orderNumber: string) => string,
): Promise<ShownChain> {
  const { orders, more } = await orderViews.chain(orderNumber);
  return { orders: orders.map((order) => ({ ...order, path: pathOf(order.orderNumber) })), more };
}

async function readPart(
  { orderViews }: Store,
  orderNumber: string,
  { from }: OrderPaging,
  accountID?: number,
): Promise<OrderPart | undefined> {
  const part = await orderViews.part(orderNumber, { accountID, from, limit: CERTIFICATES_PER_PAGE });
  if (part === undefined || part.record.certificates.length > 0) return part;
  // There are not so many: the first ones, then.
  return orderViews.part(orderNumber, { accountID, from: 0, limit: CERTIFICATES_PER_PAGE });
}

async function withHistory(
  store: Store,
  { record, version, certificateCount, following }: OrderPart,
  paging: OrderPaging,
  reader: 'account' | 'link',
): Promise<OrderDetails> {
  const [{ changes, earlierChanges }, shown] = await Promise.all([
    readChanges(store.history, record.orderNumber, version, paging),
    following && readFollowing(store, record.orderNumber),
  ]);
  return {
    record,
    asOf: shown && asOf(shown),
    certificateCount,
    paging: withCertificates(paging, certificateCount),
    history: publicHistory(changes, reader),
    earlierChanges,
  };
}

/** Changes of an order that a page shows. */
interface ChangesPage {
  /** The newest first. */
  readonly changes: readonly Change[];
  /** The version before which there are others; undefined when there are none. */
  readonly earlierChanges: number | undefined;
}

/**
 * Reads a page of an order's history.
 *
 * @param version of the order as the page shows it: later changes are left out.
 */
export async function readChanges(
  history: History,
  orderNumber: string,
  version: number,
  { changesBefore = Number.POSITIVE_INFINITY }: OrderPaging,
): Promise<ChangesPage> {
  const before = Math.min(changesBefore, version + 1);
  const { changes, more } = await history.latestOfOrder(orderNumber, { before, limit: CHANGES_PER_PAGE });
  return { changes, earlierChanges: more ? changes.at(-1)?.version : undefined };
}
