/** Parts and summaries of orders, for pages and lists. */

import type { StoredOrder } from './change-request.ts';
import type { OrderFilter } from './order-filter.ts';
import type { OrderPage, OrderStore } from './order-store.ts';

/** Parts and summaries of orders, for pages and lists: what they cost depends on what is shown. */
export interface OrderViews {
  /**
   * An order with some of its certificates, those from a position on, which is counted from 0.
   *
   * @param part.accountID of the account that the order must belong to; any when left out. It is part of the first
   * statement, so an order of another account takes the same steps as one that does not exist.
   */
  part(
    orderNumber: string,
    part: { readonly accountID?: number | undefined; readonly from: number; readonly limit: number },
  ): Promise<OrderPart | undefined>;
  /** Where a certificate is; with an account only if that account has it, at the same cost as if there were none. */
  locate(certificateID: string, accountID?: number): Promise<CertificatePlace | undefined>;
  /**
   * The order, those that it replaces and those that replace it, directly or through others, all of the same account.
   */
  chain(orderNumber: string): Promise<Chain>;
  /**
   * For each order that exists, or is followed and not answered yet, a text that is another after any change and any
   * observation of it, when another order replaces it, and when its upstream fails or is paused.
   *
   * @returns by order number.
   */
  marks(orderNumbers: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** What {@link OrderStore.search} finds, without certificates but the first of each order. */
  list(
    filter: OrderFilter,
    page: OrderPage,
  ): Promise<{ readonly orders: readonly OrderSummary[]; readonly more: boolean }>;
}

/** An order with some of its certificates. */
export interface OrderPart extends StoredOrder {
  /** How many certificates the order has. */
  readonly certificateCount: number;
}

/** A certificate's place. */
export interface CertificatePlace {
  readonly orderNumber: string;
  /** Counted from 0. */
  readonly position: number;
}

/** An order among those that replace one another, the oldest first; the order itself is one of them. */
export interface Chain {
  readonly orders: readonly ChainedOrder[];
  /** Whether there are more than a hundred in one direction; those are left out. */
  readonly more: boolean;
}

/** An order of a chain. */
export interface ChainedOrder {
  readonly orderNumber: string;
  readonly orderStatus: string;
}

/** An order as a line of a list. */
export interface OrderSummary {
  readonly orderNumber: string;
  readonly account: string;
  /** RFC 3339 in UTC; left out when it is not known. */
  readonly orderDateTime?: string | undefined;
  readonly orderStatus: string;
  /** RFC 3339 in UTC, to the millisecond. */
  readonly changed: string;
  readonly certificateCount: number;
  /** Of the first certificate. */
  readonly objectType?: string | undefined;
  readonly FQDN?: string | undefined;
  readonly certificateStatus?: string | undefined;
}
