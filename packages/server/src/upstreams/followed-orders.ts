/** Orders that are followed at upstreams, and when each is asked for next. All times are by the database's clock. */

import type { Lease } from '../lease.ts';
import type { Upstream, UpstreamProblem } from './upstream.ts';

/**
 * `waiting`: never answered. `open`: something is waited for. `settled`: nothing is. `unknown`: the upstream does not
 * know it, or no longer; what was known stays.
 */
export const FOLLOWED_STATES = ['waiting', 'open', 'settled', 'unknown'] as const;
export type FollowedState = (typeof FOLLOWED_STATES)[number];

/** A followed order. Times are RFC 3339 in UTC. */
export interface FollowedOrder {
  readonly orderNumber: string;
  /** The account here whose order it is. */
  readonly account: string;
  /** The upstream's name. */
  readonly upstream: string;
  readonly state: FollowedState;
  readonly added: string;
  readonly lastRequest?: string | undefined;
  /** When it was last seen as it is. */
  readonly observed?: string | undefined;
  /** Left out when it is not asked for any more. */
  readonly nextRequest?: string | undefined;
  /** What was wrong with the latest response for this order. */
  readonly problem?: string | undefined;
  /** What of the latest response was not taken over, and why; at most 20. */
  readonly notes: readonly string[];
}

/** Why an order cannot be followed. The message names what is in the way. */
export interface NotFollowed {
  readonly orderNumber: string;
  readonly reason: 'order-number-taken' | 'no such account';
  readonly message: string;
}

/** What {@link FollowedOrders.claim} gives. */
export type Claim =
  | {
      readonly kind: 'ask';
      readonly upstream: Upstream;
      readonly order: ClaimedOrder;
    }
  /** Nothing is due, or nothing may be asked now. */
  | { readonly kind: 'wait'; readonly waitMs: number };

/** An order whose turn it is. */
export interface ClaimedOrder {
  readonly orderNumber: string;
  readonly account: string;
  readonly state: FollowedState;
  /** How many requests have found it as it is (settled, or unknown) in a row. */
  readonly step: number;
  /** How many requests for it have failed in a row. */
  readonly failures: number;
  /** By the database's clock, in milliseconds since 1970. */
  readonly nowMs: number;
}

/** What became of a request. Delays are from now on, in milliseconds. */
export type RequestOutcome =
  | {
      /** The response was about the order, which is stored by now; or that there is no such order. */
      readonly kind: 'answered';
      readonly state: FollowedState;
      readonly step: number;
      /** Null: not asked for any more. */
      readonly nextRequestInMs: number | null;
      /** Whether it was observed, and not just unknown. */
      readonly isObserved: boolean;
      /** Orders that replace it, which are followed there, too, and were in the same response. */
      readonly alsoObserved?: readonly string[] | undefined;
      readonly problem?: string | undefined;
      readonly notes: readonly string[];
    }
  | {
      /** Something is wrong with the upstream, or with its response for this order: another order is tried next. */
      readonly kind: 'failed';
      readonly problem: UpstreamProblem;
      readonly message: string;
      readonly nextRequestInMs: number;
      /** For how long the upstream is not asked at all. */
      readonly backoffMs: number;
    }
  /** It does not know showValidityPeriod: the order is asked for again without it, and it is not sent any more. */
  | { readonly kind: 'no validity period' };

/** The followed orders. */
export interface FollowedOrders {
  /**
   * Follows orders from now on; those that are followed there for the account already stay as they are. An order that
   * is in the database and not followed, or is followed at another upstream or for another account, is not.
   *
   * @param lease of the job that follows replacements; left out for people.
   */
  follow(
    upstreamID: string,
    orders: readonly { readonly orderNumber: string; readonly account: string }[],
    lease?: Lease,
  ): Promise<{ readonly followed: number; readonly refused: readonly NotFollowed[] }>;
  /** The order stays as it was last known, and may be fed by hand. False when it is not followed there. */
  unfollow(upstreamID: string, orderNumber: string): Promise<boolean>;
  get(orderNumber: string): Promise<FollowedOrder | undefined>;
  /** Where these orders are followed, of those that are: by order number. */
  followedAt(
    orderNumbers: readonly string[],
  ): Promise<ReadonlyMap<string, { readonly upstreamID: string; readonly account: string }>>;
  /** By order number. */
  list(
    upstreamID: string,
    page: {
      readonly state?: FollowedState | undefined;
      readonly after?: string | undefined;
      readonly limit: number;
    },
  ): Promise<readonly FollowedOrder[]>;
  /** These orders are asked for before all others, within the budget. Returns how many of them are followed there. */
  refresh(upstreamID: string, orderNumbers: readonly string[]): Promise<number>;
  /** Whether an order is followed there for another account than this one. */
  isForOthers(upstreamID: string, account: string): Promise<boolean>;
  /** The order that is asked for next, due or not yet; undefined when none is asked for any more. */
  nextDue(upstreamID: string): Promise<string | undefined>;
  /**
   * Takes the next order that is due, if a request may be made now: counts it in the budget, and puts its next request
   * off by an interval, so that a crash neither repeats nor forgets it.
   *
   * @throws {LeaseLost} when the lease no longer holds.
   */
  claim(upstreamID: string, lease: Lease): Promise<Claim>;
  /** Counts a request that a person makes in the budget of the upstream. */
  countRequest(upstreamID: string): Promise<void>;
  /** Writes down what became of a request. @throws {LeaseLost} */
  record(upstreamID: string, orderNumber: string, outcome: RequestOutcome, lease: Lease): Promise<void>;
}
