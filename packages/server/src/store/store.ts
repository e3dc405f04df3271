/** What a database engine must offer. Nothing above this room knows which engine it is. */

import type {
  CertificateStatusWord,
  CheckName,
  CheckStatus,
  DetailedOrderStatus,
  OrderRecord,
  OrderStatusWord,
  StatusQuery,
} from '@cert-order-status/protocol';
import { OperatorError } from '../operator-error.ts';
import type { Author, Change } from '../orders/change.ts';
import type { ChangeRequest, Refusal, StoredOrder } from '../orders/change-request.ts';
import type { Epoch } from '../orders/cursor.ts';
import type { PlacedOrder } from '../orders/placement-rules.ts';
import type { Adjustment, Exemption } from '../orders/rules.ts';

/** One open order book. */
export interface Store {
  readonly statusReader: StatusReader;
  readonly accounts: Accounts;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly failedLogins: FailedLogins;
  readonly operatorLogins: OperatorLogins;
  readonly shareLinks: ShareLinks;
  readonly orders: OrderStore;
  readonly orderViews: OrderViews;
  readonly history: History;
  readonly reports: Reports;
  readonly pruning: Pruning;
  /** What the engine finds wrong with the data; empty when they are whole. Looks at all of them. */
  integrityProblems(): Promise<readonly string[]>;
  /** How many connections to the database there are; none, where it is a file. */
  pool(): PoolUse;
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** How many connections to a database there are now. */
export interface PoolUse {
  readonly open: number;
  readonly idle: number;
  /** Who waits for one. */
  readonly waiting: number;
}

/** Thrown by a write that another process has kept waiting for too long. */
export class StoreBusy extends OperatorError {}

/** Thrown when the database is away, or does not answer in time: nobody can say whether a write was made. */
export class StoreUnavailable extends OperatorError {}

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
  /** Goes up whenever the password, the disabled mark or the allowed addresses change. */
  readonly credentialVersion: number;
  readonly disabled: boolean;
}

/** An account with what its password is checked against. */
export interface AccountCredential extends AccountState {
  /** argon2id in PHC string form. */
  readonly passwordHash: string;
  /** Of the password that is to take its place, with the same salt; null unless the account is changing its password. */
  readonly secondPasswordHash: string | null;
  /** Networks, separated by commas; null when it may ask from anywhere. */
  readonly allowedAddresses: string | null;
}

/** An account as an operator sees it. */
interface AccountSummary {
  readonly loginName: string;
  readonly disabled: boolean;
  /** RFC 3339 in UTC. */
  readonly created: string;
  readonly orders: number;
  /** Networks in CIDR notation; none: from anywhere. */
  readonly allowedAddresses: readonly string[];
}

/** The accounts. Login names are case-sensitive. */
export interface Accounts {
  find(loginName: string): Promise<AccountCredential | undefined>;
  /**
   * By login name, in code point order, those after the given one; all there are unless a limit is given.
   *
   * @param page.countUpTo how far the orders of an account are counted; to the last unless it is given.
   */
  list(page?: {
    readonly after?: string;
    readonly limit?: number;
    readonly countUpTo?: number;
  }): Promise<readonly AccountSummary[]>;
  /** False when the login name is taken; nothing has changed then. */
  add(loginName: string, passwordHash: string): Promise<boolean>;
  /** Sets the only password. False when there is no such account. */
  setPasswordHash(loginName: string, passwordHash: string): Promise<boolean>;
  /**
   * Adds a second password, or, with null, takes it away again.
   *
   * @param passwordHash the first one's, whose salt the second must have.
   * @returns false when the account has another first password by now, or is not there.
   */
  setSecondPasswordHash(
    loginName: string,
    passwordHash: string,
    secondPasswordHash: string | null,
  ): Promise<boolean>;
  /** Puts the second password in the place of the first. False when there is no second one. */
  retireFirstPassword(loginName: string): Promise<boolean>;
  setDisabled(loginName: string, disabled: boolean): Promise<'changed' | 'unchanged' | 'unknown account'>;
  /**
   * Sets from where the account may ask.
   *
   * @param networks in CIDR notation; none: from anywhere.
   * @returns false when there is no such account.
   */
  setAllowedAddresses(loginName: string, networks: readonly string[]): Promise<boolean>;
}

/** What a token allows: each scope allows what those before it do. */
export const TOKEN_SCOPES = ['read', 'write', 'admin'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** A token of the management API, as an operator sees it. Times are RFC 3339 in UTC. */
export interface TokenSummary {
  /** Unique for ever: the history names the tokens of long ago. */
  readonly name: string;
  readonly scope: TokenScope;
  readonly created: string;
  readonly expires?: string;
  readonly revoked?: string;
  /** To the minute or so. */
  readonly lastUsed?: string;
}

/** The tokens of the management API. Only a digest of a token is ever stored. */
export interface Tokens {
  /** The token with this digest (hex), unless it was revoked. Whether it has expired is for the caller. */
  find(digest: string): Promise<TokenSummary | undefined>;
  /** By name, in code point order, those after the given one; all there are unless a limit is given. */
  list(page?: { readonly after?: string; readonly limit?: number }): Promise<readonly TokenSummary[]>;
  /** False when the name was ever used; nothing has changed then. */
  add(token: NewToken): Promise<boolean>;
  revoke(name: string): Promise<'revoked' | 'was revoked' | 'unknown token'>;
  /** Notes that the token is being used now. */
  use(name: string): Promise<void>;
}

/** A token to be added. */
interface NewToken {
  readonly name: string;
  readonly scope: TokenScope;
  /** Hex. */
  readonly digest: string;
  /** RFC 3339. */
  readonly expires?: string;
}

/** Counters of failed logins, and a record of them, for every process that stands on the database. */
export interface FailedLogins {
  /** What names and addresses are hashed with: 32 bytes, drawn when the book was made, the same for all. */
  key(): Promise<Buffer>;
  /**
   * Adds up what was counted since the last time, and tells what changed since then, whoever changed it: the latest 400,000. One
   * transaction. An hour's failures are recorded in a limited number of entries (audit-limit.ts), further ones together in one.
   *
   * @param since by the database's clock, in milliseconds since 1970; the counters changed later are told.
   */
  exchange(
    changes: readonly CounterChange[],
    records: readonly FailureRecord[],
    since: number,
  ): Promise<{ readonly counters: readonly StoredCounter[]; readonly at: number }>;
  /** The latest hours first. */
  failures(limit: number): Promise<readonly RecordedFailures[]>;
}

/** What happened to a counter. */
export interface CounterChange {
  readonly bucket: number;
  /** Since then, or since it was set to zero. */
  readonly failures: number;
  readonly reset: boolean;
  /** When a login succeeded, in milliseconds since 1970; 0 when none did. */
  readonly succeeded: number;
  /** How long the counter takes to halve, in milliseconds. */
  readonly halfLifeMs: number;
}

/** A counter, and when it stood so. Times are milliseconds since 1970. */
export interface StoredCounter {
  readonly bucket: number;
  readonly failures: number;
  readonly updated: number;
  /** 0 when no login ever did. */
  readonly succeeded: number;
}

/** Failed logins of one name from one address; of a name that no account bears, the name is empty. */
export interface FailureRecord {
  readonly loginName: string;
  readonly address: string;
  readonly failures: number;
}

/** Those of one hour. */
interface RecordedFailures extends FailureRecord {
  /** When it began: RFC 3339 in UTC. */
  readonly hour: string;
}

/** The record of who came to the management API and the console, with which token. */
export interface OperatorLogins {
  /**
   * Adds them up with those of the same moment, place, token, address and outcome. An hour has a limited number of entries
   * (audit-limit.ts); further logins are counted without their moment and address.
   */
  add(logins: readonly OperatorLogin[]): Promise<void>;
  /** The latest first. */
  list(limit: number): Promise<readonly OperatorLogin[]>;
}

/** Logins that are the same but for their number. */
export interface OperatorLogin {
  /** RFC 3339 in UTC: when a browser signed in to the console; of requests to the API and of failures, the beginning of the hour. */
  readonly at: string;
  readonly surface: 'api' | 'console';
  /** Empty when the token was none that was ever made, or was revoked. */
  readonly tokenName: string;
  readonly address: string;
  readonly succeeded: boolean;
  readonly times: number;
}

/** Who is signed in to the pages. Only digests (hex) of what browsers hold are ever stored. */
export interface Sessions {
  /** Whose session it is, as long as it has not expired and its account or token is still good for what it was made with. */
  find(digest: string): Promise<FoundSession | undefined>;
  /**
   * Of one account, or one token, the latest 50 stay.
   *
   * @param expires in milliseconds since 1970.
   * @returns how many older ones have ended for it.
   */
  add(digest: string, owner: SessionOwner, expires: number): Promise<number>;
  remove(digest: string): Promise<void>;
}

/** Whose a session is. */
export type SessionOwner =
  | {
      readonly kind: 'account';
      readonly loginName: string;
      readonly accountID: number;
      /** The account's since the password was given; when that changes, the session is over. */
      readonly credentialVersion: number;
    }
  | { readonly kind: 'token'; readonly name: string; readonly scope: TokenScope };

/** A session that is still good. */
export interface FoundSession {
  readonly owner: SessionOwner;
  /** The networks that its account is bound to, as the database has them now: comma-separated; null for none. */
  readonly allowedAddresses: string | null;
}

/** How many links that work an order may have, and an account for all of its orders. */
export const LINKS_PER_ORDER = 100;
export const LINKS_PER_ACCOUNT = 10_000;

/** Links that show one order to whoever has them. Only digests (hex) of them are ever stored. */
export interface ShareLinks {
  /** The link, unless it has expired or was revoked, or the order's account is disabled. */
  find(digest: string): Promise<FoundLink | undefined>;
  /** The newest first, those made before the given one; all there are unless a limit is given. */
  ofOrder(
    orderNumber: string,
    page?: { readonly before?: number | undefined; readonly limit?: number },
  ): Promise<readonly ShareLink[]>;
  /**
   * Adds a link, unless the order, or its account, has as many that work as it may: {@link LINKS_PER_ORDER},
   * {@link LINKS_PER_ACCOUNT}. Of those that work no more, an order keeps the latest hundred.
   *
   * @param expires in milliseconds since 1970.
   */
  add(
    digest: string,
    orderNumber: string,
    expires: number,
  ): Promise<'added' | 'order is full' | 'account is full'>;
  /** False when the order has no such link, or it was revoked before. */
  revoke(orderNumber: string, linkID: number): Promise<boolean>;
  /** Notes that the link is being used now. */
  use(linkID: number): Promise<void>;
}

/** A link that is still good. */
export interface FoundLink {
  readonly linkID: number;
  readonly orderNumber: string;
  /** The login name of the account whose order it is. */
  readonly account: string;
  /** In milliseconds since 1970. */
  readonly expires: number;
}

/** A link as its account sees it. Times are RFC 3339 in UTC. */
export interface ShareLink {
  readonly linkID: number;
  readonly created: string;
  readonly expires: string;
  readonly revoked?: string;
  /** To the minute or so. */
  readonly lastUsed?: string;
}

/**
 * What may be taken away when it is old. Settled orders are those that are done, with nothing awaited; they come last, as what
 * belongs to them counts as what it is.
 */
export const PRUNABLE = [
  'changes',
  'loginCounters',
  'failedLogins',
  'operatorLogins',
  'sessions',
  'shareLinks',
  'settledOrders',
] as const;
export type Prunable = (typeof PRUNABLE)[number];

/** How much of each was taken away. */
type Pruned = Readonly<Partial<Record<Prunable, number>>>;

/** Taking away what is old. */
export interface Pruning {
  /**
   * Takes away what is older than a moment, a few at a time. An order goes with its certificates, changes and links, and only if
   * no order that stays replaces it; the change of the feed that followers may have seen last stays.
   *
   * @param before in milliseconds since 1970.
   * @param how.isDryRun counts only.
   */
  prune(
    before: number,
    what: ReadonlySet<Prunable>,
    how?: {
      readonly isDryRun?: boolean;
      /** How long others have the database for themselves between a few and the next, in milliseconds. */
      readonly pauseMs?: number;
      readonly onProgress?: (kind: Prunable, count: number) => void;
    },
  ): Promise<Pruned>;
}

/** What an operator wants to know of the book as a whole. */
export interface Reports {
  /** How many orders are in each state; states that no order is in are left out. */
  ordersByStatus(): Promise<Readonly<Partial<Record<OrderStatusWord, number>>>>;
  /** How many pending orders were ordered at least so many seconds ago, and less than the next: one number for each limit. */
  pendingByAge(now: number, limits: readonly number[]): Promise<readonly number[]>;
  /** How many certificates of pending orders wait for what, first of all. */
  pendingByCheck(): Promise<readonly PendingReport[]>;
  /** How long it took from order to first issue, by the week of the issue, the oldest first; weeks without an issue are left out. */
  issueTimes(since: number): Promise<readonly IssueTimes[]>;
}

/** Certificates that wait for one thing first of all. */
export interface PendingReport {
  /** A check that is not done; or, when all are, the CA's review of names, or the issue itself. */
  readonly for: CheckName | 'brandValidation' | 'issue';
  /** The check's state; left out when it is no check. */
  readonly state?: CheckStatus;
  readonly certificates: number;
}

/** The orders first issued in one week. */
export interface IssueTimes {
  /** When the week began, a Monday, in milliseconds since 1970, UTC. */
  readonly week: number;
  readonly orders: number;
  /** In seconds: half of the orders took at most this long. */
  readonly median: number;
  /** Likewise nine in ten. */
  readonly p90: number;
}

/** The orders. */
export interface OrderStore {
  get(orderNumber: string): Promise<StoredOrder | undefined>;
  /** The parts of the book that these numbers and names touch, for checking before writing. */
  survey(wanted: SurveyQuestions): Promise<Survey>;
  /** Where these orders belong, of those that are there: without their certificates. */
  placed(orderNumbers: readonly string[]): Promise<ReadonlyMap<string, PlacedOrder>>;
  /**
   * Makes changes one after the other, and their entries in the history, in one transaction. What is refused
   * changes nothing, and does not keep the others from being made.
   *
   * @returns What became of each request, in their order.
   */
  change(
    requests: readonly ChangeRequest[],
    by: Author,
    exemption?: Exemption,
  ): Promise<readonly ChangeOutcome[]>;
  /**
   * Orders by number, those after a given one. Page after page, every order that matches all the while is found
   * exactly once, however much is written meanwhile.
   */
  search(filter: OrderFilter, page: OrderPage): Promise<Found>;
  /** Every order, by number, as the book was at one moment. */
  all(): AsyncIterable<OrderRecord>;
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
  readonly orders: ReadonlyMap<string, OrderRecord>;
  /** Orders that were not looked up, because those above are enough to hold at once: to be asked for again. */
  readonly left: ReadonlySet<string>;
  /** Certificate ID to the number of the order that holds it. */
  readonly holders: ReadonlyMap<string, string>;
}

/** What became of a change. */
export type ChangeOutcome =
  | {
      readonly kind: 'created' | 'changed' | 'unchanged';
      readonly order: StoredOrder;
      /** In what the order differs from what the change asked for. */
      readonly adjustments: readonly Adjustment[];
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Which orders; what is left out does not matter. All that is said of certificates is said of one and the same. */
export interface OrderFilter {
  /** Login name. */
  readonly account?: string;
  readonly orderStatus?: OrderStatusWord;
  /** Changed at this moment or later, in milliseconds since 1970. */
  readonly changedSince?: number;
  readonly certificateStatus?: CertificateStatusWord;
  /** Letters A–Z match their lower case. */
  readonly FQDN?: string;
  /** What the FQDN begins with, likewise. */
  readonly FQDNPrefix?: string;
  readonly checks?: Readonly<Partial<Record<CheckName, CheckStatus>>>;
  /** A state that at least one of the seven checks is in. */
  readonly anyCheck?: CheckStatus;
}

/** Which part of what was found. */
export interface OrderPage {
  /** An order number. */
  readonly after?: string;
  /** The most orders; fewer come when they are so large that together they would be too much to hold. */
  readonly limit: number;
}

/** A page of orders. */
interface Found {
  readonly orders: readonly StoredOrder[];
  /** Whether others come after them. */
  readonly more: boolean;
}

/** Parts and summaries of orders, for pages and lists: what they cost depends on what is shown. */
export interface OrderViews {
  /**
   * An order with some of its certificates, those from a position on, which is counted from 0.
   *
   * @param part.accountID of the account that the order must belong to; any when left out. It is part of the first statement, so an
   * order of another account takes the same steps as one that does not exist.
   */
  part(
    orderNumber: string,
    part: { readonly accountID?: number | undefined; readonly from: number; readonly limit: number },
  ): Promise<OrderPart | undefined>;
  /** Where a certificate is; with an account only if that account has it, at the same cost as if there were none. */
  locate(certificateID: string, accountID?: number): Promise<CertificatePlace | undefined>;
  /** The order, those that it replaces and those that replace it, directly or through others, all of the same account. */
  chain(orderNumber: string): Promise<Chain>;
  /**
   * For each order that exists a text that is another after any change of it, and when another order replaces it.
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
  readonly orderStatus: OrderStatusWord;
}

/** An order as a line of a list. */
export interface OrderSummary {
  readonly orderNumber: string;
  readonly account: string;
  /** RFC 3339 in UTC. */
  readonly orderDateTime: string;
  readonly orderStatus: OrderStatusWord;
  /** RFC 3339 in UTC, to the millisecond. */
  readonly changed: string;
  readonly certificateCount: number;
  /** Of the first certificate. */
  readonly objectType: string;
  readonly FQDN?: string | undefined;
  readonly certificateStatus: string;
}

/**
 * Every change ever made, but for those that were pruned. Nothing changes one. Pages hold fewer changes than the limit when they are so
 * large that together they would be too much to hold, but never none while there are any.
 */
export interface History {
  /** An order's changes, the oldest first, those after a version of it. */
  ofOrder(
    orderNumber: string,
    page: { readonly after?: number; readonly limit: number },
  ): Promise<ChangePage>;
  /** An order's changes, the latest first, those before a version of it. A page holds about 1 MiB of them, but never none. */
  latestOfOrder(
    orderNumber: string,
    page: { readonly before?: number | undefined; readonly limit: number },
  ): Promise<ChangePage>;
  /**
   * Changes of all orders in the order in which they came into the book, those after a cursor. A change never
   * appears before one that was seen already: whoever follows the cursors misses nothing and sees nothing twice.
   */
  after(cursor: string, limit: number): Promise<readonly Change[]>;
  /**
   * Whether the cursor is that of a change in the history as it is, or {@link HISTORY_START}: else nothing says what came after it.
   * A cursor of an earlier epoch is none.
   */
  isKnown(cursor: string): Promise<boolean>;
  /** The epoch that the cursors are of. */
  epoch(): Promise<Epoch>;
  /** Begins another epoch: from now on no cursor of before is known. Returns it. */
  renewEpoch(): Promise<string>;
  /** The cursor of the latest change; {@link HISTORY_START} when there is none. */
  latest(): Promise<string>;
}

/** Some of an order's changes. */
interface ChangePage {
  readonly changes: readonly Change[];
  /** Whether others come after them, or before them when the latest come first. */
  readonly more: boolean;
}

/** The cursor before the first change. */
export const HISTORY_START = '0';
