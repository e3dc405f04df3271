/** The events of endpoints: those that wait to be sent, and the log of those that were. */

import type { ChangeEvent, ChangeEventType } from '@cert-order-status/protocol';
import type { Lease } from '../lease.ts';
import type { EndpointCreator } from './endpoint.ts';
import type { WebhookEventType } from './event-type.ts';

/** How long events, and what became of them, are kept, in milliseconds. */
export const LOG_KEPT_MS = 30 * 24 * 60 * 60_000;

/** `given-up`: not delivered by the last attempt, or within 30 days. */
export type EventState = 'queued' | 'delivered' | 'given-up';

/** How far the change feed was read, in places of the history. */
interface FeedPosition {
  readonly position: number;
  readonly latest: number;
}

/** An event of a change, to be queued for each endpoint that wants it. */
export interface FoundEvent extends ChangeEvent {
  readonly orderNumber: string;
  /** The change's place in the history. */
  readonly cursor: number;
  /** When the change was made, in milliseconds since 1970. */
  readonly madeMs: number;
}

/** An endpoint for which something is to be sent now. */
export interface DueEndpoint {
  readonly endpointID: string;
  readonly url: string;
  readonly createdBy: EndpointCreator;
  /** How many of its attempts in a row have failed since it was taken for failing as a whole; 0 when it is not. */
  readonly failures: number;
  /** When the first of its attempts failed since the latest success, in milliseconds since 1970. */
  readonly failingSinceMs: number | null;
  /** How long ago that was. */
  readonly failingForMs: number | null;
}

/** An event that is to be sent now. */
export type DueEvent = {
  readonly eventID: string;
  readonly endpointID: string;
  /** How many attempts have failed since it was queued. */
  readonly step: number;
  /** When the change was made, or the ping asked for, in milliseconds since 1970. */
  readonly madeMs: number;
} & (
  | {
      readonly type: ChangeEventType;
      readonly orderNumber: string;
      readonly cursor: number;
      readonly place: number;
    }
  | { readonly type: 'ping'; readonly orderNumber: null; readonly cursor: number; readonly place: number }
);

/** One attempt to deliver an event. */
export interface Attempt {
  /** In milliseconds since 1970. */
  readonly atMs: number;
  /** The HTTP status; left out when there was no response. */
  readonly status?: number | undefined;
  /** Why it failed, for operators. */
  readonly error?: string | undefined;
  /** The same for customers: nothing of the operator's network. */
  readonly errorForCustomers?: string | undefined;
  readonly durationMs: number;
  /** The first bytes of the response's body, as text. */
  readonly response?: string | undefined;
}

/** What has become of an event by an attempt, or without one. */
export interface EventOutcome {
  readonly event: DueEvent;
  /** Left out when none was made. */
  readonly attempt?: Attempt | undefined;
  readonly next: 'delivered' | 'given-up' | { readonly waitMs: number };
}

/** What the latest attempts say of an endpoint. */
export interface EndpointOutcome {
  readonly endpointID: string;
  readonly isSuccess: boolean;
  /** See {@link DueEndpoint}; undefined to leave it as it is. */
  readonly failures?: number | undefined;
  /** For so long nothing is sent to it; undefined to leave it as it is. A success ends it. */
  readonly waitMs?: number | undefined;
  /** Why it is to be disabled. */
  readonly disabledFor?: string | undefined;
}

/** An event in the log. Times are RFC 3339 in UTC. */
export interface LoggedEvent {
  readonly eventID: string;
  readonly type: WebhookEventType;
  readonly orderNumber?: string | undefined;
  /** When the change was made, or the ping asked for. */
  readonly at: string;
  readonly state: EventState;
  /** When the next attempt is made; left out while an earlier event of the order waits. */
  readonly nextAttempt?: string | undefined;
  readonly attempts: number;
  /** The latest ten attempts, the latest first. */
  readonly latestAttempts: readonly LoggedAttempt[];
}

/** An attempt in the log. */
export interface LoggedAttempt extends Omit<Attempt, 'atMs'> {
  readonly at: string;
}

/** Figures of all queues. */
export interface QueueFigures {
  /** How many events are queued, by how long ago their changes were made; see {@link BACKLOG_AGES_SECONDS}. */
  readonly backlog: readonly number[];
  /** For how long the oldest change was made that is not yet read from the feed, in seconds; 0 when all are. */
  readonly lagSeconds: number;
}

/** Events are counted by age: those below the first, those from the first to below the second, and so on. */
export const BACKLOG_AGES_SECONDS = [60, 3600, 24 * 3600] as const;

/**
 * The queue and log of events. What changes the queue takes turns. What is due, and when, goes by the database's clock:
 * those of the processes do not matter.
 */
export interface WebhookQueue {
  /** Undefined while there is no endpoint to tell. */
  feed(): Promise<FeedPosition | undefined>;
  /**
   * Queues events for the endpoints that want them, and moves the position, in one transaction.
   *
   * @param range from where and up to where the feed was read.
   * @param lease of the job that reads the feed.
   * @throws {LeaseLost} when the lease no longer holds.
   * @returns how many were queued; undefined when the position was another.
   */
  enqueue(
    range: { readonly from: number; readonly to: number },
    events: readonly FoundEvent[],
    lease?: Lease,
  ): Promise<number | undefined>;
  /** Queues events for one endpoint again, also those that were delivered or never queued. Returns how many. */
  replay(endpointID: string, events: readonly FoundEvent[]): Promise<number>;
  /**
   * The place in the history before an account's first change since a moment, and the latest one; undefined when there
   * is none.
   */
  changesSince(accountID: number, sinceMs: number): Promise<{ after: number; upTo: number } | undefined>;
  /** Queues an event again, at the place of its order. */
  resend(eventID: string): Promise<boolean>;
  /** Queues a ping. */
  ping(endpointID: string, eventID: string): Promise<void>;
  /** How many pings and resent events were asked for in the past milliseconds, for the endpoints of an account. */
  countRequested(accountID: number, pastMs: number): Promise<number>;
  /** Active endpoints of accounts that are not disabled, with events that are due. */
  dueEndpoints(): Promise<readonly DueEndpoint[]>;
  /** Of an endpoint the events that are due, the longest first; at most one of each order, and no pings. */
  dueEvents(endpointID: string, limit: number): Promise<readonly DueEvent[]>;
  /** Pings that are due, whatever the state of their endpoints. */
  duePings(limit: number): Promise<readonly { event: DueEvent; endpoint: DueEndpoint }[]>;
  /**
   * Writes down what became of events, and what that says of their endpoints.
   *
   * @param lease of the job that sends.
   * @throws {LeaseLost} when it no longer holds.
   */
  record(
    events: readonly EventOutcome[],
    endpoints: readonly EndpointOutcome[],
    lease?: Lease,
  ): Promise<void>;
  /** Events of an endpoint, those of the latest changes first. */
  events(
    endpointID: string,
    page: { readonly before?: string | undefined; readonly limit: number },
  ): Promise<readonly LoggedEvent[]>;
  event(eventID: string): Promise<(LoggedEvent & { readonly endpointID: string }) | undefined>;
  /** Endpoints that the service has paused; they may go on. */
  pausedByService(): Promise<readonly string[]>;
  /**
   * Gives up what has waited for longer, and deletes what ended longer ago: a few at a time. Returns how many rows; 0
   * when nothing is left to do.
   */
  prune(keptMs: number): Promise<number>;
  /** Deletes of an endpoint's events that have ended the oldest few, if it has more events than are kept. */
  trim(endpointID: string, kept: number): Promise<void>;
  figures(): Promise<QueueFigures>;
}
