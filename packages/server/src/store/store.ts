/** What a database engine must offer. Nothing above this room knows which engine it is. */

import type { DetailedOrderStatus, OrderRecord, StatusQuery } from '@cert-order-status/protocol';
import type { PlacedOrder } from '../orders/placement-rules.ts';

/** One open order book. */
export interface Store {
  readonly statusReader: StatusReader;
  readonly accounts: Accounts;
  readonly orderBook: OrderBook;
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** How the book was opened: what answers questions never writes. */
export type StoreMode = 'read' | 'write';

/** The hot read: one status question, answered in one round trip. */
export interface StatusReader {
  read(loginName: string, query: StatusQuery): Promise<StatusReading>;
}

/**
 * The account's state at the moment of the read, and the answer; or which of the numbers asked for is not of
 * that account (it does not exist, is another account's, or the certificate is not in the order).
 */
export type StatusReading =
  | { readonly account: undefined }
  | { readonly account: AccountState; readonly status: DetailedOrderStatus }
  | { readonly account: AccountState; readonly notOfAccount: 'orderNumber' | 'certificateID' };

/** What decides whether credentials that were good once still are. */
export interface AccountState {
  readonly accountID: number;
  /** Goes up whenever the password or the disabled mark changes. */
  readonly credentialVersion: number;
  readonly disabled: boolean;
}

/** An account with what its password is checked against. */
export interface AccountCredential extends AccountState {
  /** argon2id in PHC string form. */
  readonly passwordHash: string;
}

/** An account as an operator sees it. */
interface AccountSummary {
  readonly loginName: string;
  readonly disabled: boolean;
  /** RFC 3339 in UTC. */
  readonly created: string;
  readonly orders: number;
}

/** The accounts. Login names are case-sensitive. */
export interface Accounts {
  find(loginName: string): Promise<AccountCredential | undefined>;
  list(): Promise<readonly AccountSummary[]>;
  /** False when the login name is taken; nothing has changed then. */
  add(loginName: string, passwordHash: string): Promise<boolean>;
  /** False when there is no such account. */
  setPasswordHash(loginName: string, passwordHash: string): Promise<boolean>;
  setDisabled(loginName: string, disabled: boolean): Promise<'changed' | 'unchanged' | 'unknown account'>;
}

/** The orders. */
export interface OrderBook {
  get(orderNumber: string): Promise<OrderRecord | undefined>;
  /** The parts of the book that these numbers and names touch, for checking before writing. */
  survey(wanted: SurveyQuestions): Promise<Survey>;
  /**
   * Creates or replaces orders, whole, in one transaction: all of them or none. An order that replaces another
   * comes after it.
   *
   * @throws {OrderRefused} for the first order that breaks a rule.
   */
  put(records: readonly OrderRecord[]): Promise<PutCounts>;
}

/** What to look up; each value once or more, in any order. */
interface SurveyQuestions {
  readonly loginNames: Iterable<string>;
  readonly orderNumbers: Iterable<string>;
  readonly certificateIDs: Iterable<string>;
}

/** What was found of it; what is not there is not in the book. */
export interface Survey {
  readonly accounts: ReadonlySet<string>;
  readonly orders: ReadonlyMap<string, PlacedOrder>;
  /** Certificate ID to the number of the order that holds it. */
  readonly holders: ReadonlyMap<string, string>;
}

/** How many orders a write created, changed, and found to be in the book already, exactly as given. */
export interface PutCounts {
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
}

/** An order was refused; nothing of its transaction was written. */
export class OrderRefused extends Error {
  override readonly name = 'OrderRefused';
  readonly orderNumber: string;

  constructor(orderNumber: string, rule: string) {
    super(rule);
    this.orderNumber = orderNumber;
  }
}
