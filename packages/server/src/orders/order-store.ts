/** The orders as they are stored, searched and changed. */

import type { OrderRecord } from '@cert-order-status/protocol';
import type { Lease } from '../lease.ts';
import type { Author } from './change.ts';
import type { ChangeRequest, Refusal, StoredOrder } from './change-request.ts';
import type { OrderFilter } from './order-filter.ts';
import type { FollowedPlace, PlacedOrder } from './placement-rules.ts';
import type { Adjustment, Exemption } from './rules.ts';

/** The orders. */
export interface OrderStore {
  get(orderNumber: string): Promise<StoredOrder | undefined>;
  /** The parts of the database that these numbers and names touch, for checking before writing. */
  survey(wanted: SurveyRequest): Promise<Survey>;
  /** Where these orders belong, of those that are there: without their certificates. */
  placed(orderNumbers: readonly string[]): Promise<ReadonlyMap<string, PlacedOrder>>;
  /**
   * Makes changes one after the other, and their entries in the history, in one transaction. What is refused
   * changes nothing, and does not keep the others from being made.
   *
   * @returns What became of each request, in their order.
   * @throws {LeaseLost} when they are made under a lease that no longer holds.
   */
  change(
    requests: readonly ChangeRequest[],
    by: Author,
    options?: ChangeOptions,
  ): Promise<readonly ChangeOutcome[]>;
  /**
   * Orders by number, those after a given one. Page after page, every order that matches all the while is found
   * exactly once, however much is written meanwhile.
   */
  search(filter: OrderFilter, page: OrderPage): Promise<Found>;
  /** Every order, by number, as the database was at one moment. */
  all(): AsyncIterable<OrderRecord>;
}

/** What to look up; each value once or more, in any order. */
interface SurveyRequest {
  readonly loginNames: Iterable<string>;
  readonly orderNumbers: Iterable<string>;
  readonly certificateIDs: Iterable<string>;
}

/** What was found of it; what is absent is not in the database. */
export interface Survey {
  readonly accounts: ReadonlySet<string>;
  readonly orders: ReadonlyMap<string, OrderRecord>;
  /** Orders that were not looked up, because those above are enough to hold at once: to be asked for again. */
  readonly left: ReadonlySet<string>;
  /** By order number. */
  readonly followed: ReadonlyMap<string, FollowedPlace>;
  /** Certificate ID to the number of the order that holds it. */
  readonly holders: ReadonlyMap<string, string>;
}

/** How changes are made. */
interface ChangeOptions {
  readonly exemption?: Exemption | undefined;
  /** Whether webhooks do not tell of the changes. */
  readonly isSilent?: boolean | undefined;
  /** Of the job that makes the changes: they are made only while it holds. */
  readonly lease?: Lease | undefined;
}

/** What became of a change. */
export type ChangeOutcome =
  | {
      readonly kind: 'created' | 'changed' | 'unchanged';
      readonly order: StoredOrder;
      /** The fields in which the order differs from the change request. */
      readonly adjustments: readonly Adjustment[];
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Which part of what was found. */
export interface OrderPage {
  /** An order number. */
  readonly after?: string | undefined;
  /** The most orders; fewer come when they are so large that together they would be too much to hold. */
  readonly limit: number;
}

/** A page of orders. */
interface Found {
  readonly orders: readonly StoredOrder[];
  /** Whether others come after them. */
  readonly more: boolean;
}
