/** What a database engine must offer. Nothing above the store knows which engine it is. */

import type { OrderRecord } from '@cert-order-status/protocol';
import type { AccountTokens } from '../accounts/account-tokens.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { FailedLogins } from '../accounts/failed-logins.ts';
import type { OperatorLogins } from '../accounts/operator-logins.ts';
import type { Sessions } from '../accounts/sessions.ts';
import type { Tokens } from '../accounts/tokens.ts';
import type { JobLeases } from '../jobs/job-leases.ts';
import { OperatorError } from '../operator-error.ts';
import type { ExpiringCertificates } from '../orders/expiring-certificates.ts';
import type { History } from '../orders/history.ts';
import type { OrderStore } from '../orders/order-store.ts';
import type { OrderViews } from '../orders/order-views.ts';
import type { Reports } from '../orders/reports.ts';
import type { ShareLinks } from '../orders/share-links.ts';
import type { StatusReader } from '../orders/status-reader.ts';
import type { SecretRows } from '../secrets/secret-rows.ts';
import type { FollowedOrders } from '../upstreams/followed-orders.ts';
import type { Upstreams } from '../upstreams/upstream.ts';
import type { WebhookEndpoints } from '../webhooks/endpoint.ts';
import type { WebhookQueue } from '../webhooks/webhook-queue.ts';

/** One open order database. */
export interface Store {
  readonly statusReader: StatusReader;
  readonly accounts: Accounts;
  readonly accountTokens: AccountTokens;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly failedLogins: FailedLogins;
  readonly operatorLogins: OperatorLogins;
  readonly shareLinks: ShareLinks;
  readonly orders: OrderStore;
  readonly orderViews: OrderViews;
  readonly expiringCertificates: ExpiringCertificates;
  readonly history: History;
  readonly reports: Reports;
  readonly pruning: Pruning;
  readonly jobLeases: JobLeases;
  readonly secretRows: SecretRows;
  readonly webhookEndpoints: WebhookEndpoints;
  readonly webhookQueue: WebhookQueue;
  readonly upstreams: Upstreams;
  readonly followedOrders: FollowedOrders;
  /** What the engine finds wrong with the data; empty when they are whole. Looks at all of them. */
  integrityProblems(): Promise<readonly string[]>;
  /**
   * The numbers of those orders whose row does not repeat their certificates as they are here, for status requests to
   * read.
   */
  wronglyPacked(orders: readonly OrderRecord[]): Promise<ReadonlySet<string>>;
  /**
   * What is wrong with orders that are followed: where they are followed, for whom, and who changed them. A thousand at
   * most.
   */
  wronglyFollowed(): Promise<readonly { readonly orderNumber: string; readonly problem: string }[]>;
  /** How many connections to the database there are; none, where it is a file. */
  pool(): PoolUse;
  /** Rejects when the database does not respond. */
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

/** Thrown when the database is unavailable, or does not respond in time: whether a write was made is unknown. */
export class StoreUnavailable extends OperatorError {}

/** How the database was opened: processes that serve status requests never write. */
export type StoreMode = 'read' | 'write';
/**
 * What may be taken away when it is old. Settled orders are those that are done, with nothing awaited; they come last,
 * as what belongs to them counts as what it is.
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

/** How many rows of each kind were deleted. */
type Pruned = Readonly<Partial<Record<Prunable, number>>>;

/** Deletes old rows. */
export interface Pruning {
  /**
   * Deletes rows that are older than a moment, a few at a time. An order is deleted together with its certificates,
   * changes and links, is followed no longer, and only if no order that stays replaces it. The latest change of the
   * feed stays.
   *
   * @param beforeMs in milliseconds since 1970.
   * @param how.isDryRun counts only.
   */
  prune(
    beforeMs: number,
    what: ReadonlySet<Prunable>,
    how?: {
      readonly isDryRun?: boolean;
      /** How long others have the database for themselves between a few and the next, in milliseconds. */
      readonly pauseMs?: number;
      readonly onProgress?: (kind: Prunable, count: number) => void;
    },
  ): Promise<Pruned>;
}
