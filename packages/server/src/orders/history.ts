/** The history of changes. */

import type { Change } from './change.ts';
import type { Epoch } from './cursor.ts';

/**
 * Every change ever made, but for those that were pruned. Nothing changes one. Pages hold fewer changes than the limit
 * when they are so large that together they would be too much to hold, but never none while there are any.
 */
export interface History {
  /** An order's changes, the oldest first, those after a version of it. */
  ofOrder(
    orderNumber: string,
    page: { readonly after?: number; readonly limit: number },
  ): Promise<ChangePage>;
  /**
   * An order's changes, the latest first, those before a version of it. A page holds about 1 MiB of them, but never
   * none.
   */
  latestOfOrder(
    orderNumber: string,
    page: { readonly before?: number | undefined; readonly limit: number },
  ): Promise<ChangePage>;
  /**
   * Changes of all orders in the order in which they came into the database, those after a cursor. A change never
   * appears before one that was seen already: a client that follows the cursors sees every change exactly once.
   */
  after(cursor: string, limit: number): Promise<readonly Change[]>;
  /**
   * Changes that webhooks tell of: of those after one place in the history and up to another, the first ones that are
   * not silent, of accounts with an endpoint that is not disabled. A page holds about 1 MiB of them, but never none.
   *
   * @param range places, the numbers of cursors.
   */
  forWebhooks(
    range: { readonly after: number; readonly upTo: number; readonly accountID?: number | undefined },
    limit: number,
  ): Promise<readonly Change[]>;
  /**
   * Those of {@link forWebhooks} that were not made by the command line, as imports are, of orders for which none of
   * its changes is between a place and them.
   */
  forWebhooksAhead(
    range: { readonly after: number; readonly upTo: number; readonly since: number },
    limit: number,
  ): Promise<readonly Change[]>;
  /** The change at a place in the history; undefined when it was pruned. */
  at(place: number): Promise<Change | undefined>;
  /**
   * Whether the cursor is that of a change in the history as it is, or {@link HISTORY_START}: else nothing says what
   * came after it. A cursor of an earlier epoch is none.
   */
  isKnown(cursor: string): Promise<boolean>;
  /**
   * Changes of the orders of one account, those after a place in the history; only those are read. A page holds about
   * 1 MiB of them, but never none while there are any.
   *
   * @param place decimal.
   */
  afterOfAccount(accountID: number, place: string, limit: number): Promise<readonly Change[]>;
  /** From where to where an account's changes can be followed. */
  accountSpan(accountID: number): Promise<AccountSpan>;
  /** Accounts whose orders have changes after a cursor of the epoch. */
  accountsChangedAfter(cursor: string): Promise<readonly number[]>;
  /** The epoch that the cursors are of. */
  epoch(): Promise<Epoch>;
  /** Begins another epoch: from now on no cursor of before is known. Returns it. */
  renewEpoch(): Promise<string>;
  /** The cursor of the latest change; {@link HISTORY_START} when there is none. */
  latest(): Promise<string>;
}

/** The cursor before the first change. */
export const HISTORY_START = '0';

/** From where to where an account's changes are in the history; places are counted over all accounts. */
export interface AccountSpan {
  readonly epoch: string;
  /** Of the latest change that was pruned; 0 when none was. All later ones are there. */
  readonly start: bigint;
  /** Of the latest change; the start when there is none. */
  readonly end: bigint;
}

/** Some of an order's changes. */
interface ChangePage {
  readonly changes: readonly Change[];
  /** Whether others come after them, or before them when the latest come first. */
  readonly more: boolean;
}
