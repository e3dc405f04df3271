/** Reports about all orders, for operators. */

import type { CheckName, CheckStatus, OrderMeaning } from '@cert-order-status/protocol';

/** Reports about the whole database, for operators. */
export interface Reports {
  /** How many orders are in each state; states that no order is in are left out. */
  ordersByMeaning(): Promise<Readonly<Partial<Record<OrderMeaning, number>>>>;
  /**
   * How many pending orders were ordered at least so many seconds ago, and less than the next: one number for each
   * limit.
   */
  pendingByAge(nowMs: number, limitsSeconds: readonly number[]): Promise<readonly number[]>;
  /** How many certificates of pending orders wait for what, first of all. */
  pendingByCheck(): Promise<readonly PendingReport[]>;
  /**
   * How long it took from order to first issue, by the week of the issue, the oldest first; weeks without an issue are
   * left out.
   */
  issueTimes(sinceMs: number): Promise<readonly IssueTimes[]>;
}

/** Certificates that wait for one thing first of all. */
export interface PendingReport {
  /** A check that is not done; or, when all are, the CA's review of names, or the issue itself. */
  readonly for: CheckName | 'brandValidation' | 'issue';
  /** The check's state; left out when it is no check. */
  readonly state?: CheckStatus | undefined;
  readonly certificates: number;
}

/** The orders first issued in one week. */
export interface IssueTimes {
  /** When the week began, a Monday, in milliseconds since 1970, UTC. */
  readonly weekMs: number;
  readonly orders: number;
  /** Half of the orders took at most this long. */
  readonly medianSeconds: number;
  /** Likewise nine in ten. */
  readonly p90Seconds: number;
}
