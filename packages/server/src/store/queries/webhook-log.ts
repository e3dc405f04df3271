/** The log of webhook events, its pruning and figures. */

import type { WebhookEventType } from '../../webhooks/event-type.ts';
import {
  BACKLOG_AGES_SECONDS,
  type EventState,
  type LoggedAttempt,
  type LoggedEvent,
  type WebhookQueue,
} from '../../webhooks/webhook-queue.ts';
import { all, get, lockTable, run, runEach, type Sql, type Steps } from './sql.ts';
import { dateTimeOfMs } from './times.ts';
import { FEED } from './webhook-endpoints.ts';

/** How many of an event's attempts are shown. */
const ATTEMPTS_SHOWN = 10;
/** How many rows go at a time. */
const BATCH_ROWS = 500;
/** The same where an endpoint has too many; more than are added between two times. */
const TRIMMED_ROWS = 2000;
/** How far a backlog is counted, by age. */
const COUNTED_EVENTS = 1_000_000;

interface EventRow {
  readonly eventID: string;
  readonly endpointID: string;
  readonly type: WebhookEventType;
  readonly orderNumber: string | null;
  readonly made: number;
  readonly state: EventState;
  readonly nextAttempt: number | null;
  readonly attempts: number;
}

interface AttemptRow {
  readonly eventID: string;
  readonly at: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly errorForCustomers: string | null;
  readonly durationMs: number;
  readonly response: string | null;
}

/** An order of an endpoint. */
interface EndpointOrder {
  readonly endpointID: string;
  readonly orderNumber: string;
}

type PutInOrder = (events: readonly EndpointOrder[]) => Steps<void>;

type Log = Pick<
  WebhookQueue,
  'changesSince' | 'countRequested' | 'events' | 'event' | 'pausedByService' | 'prune' | 'trim' | 'figures'
>;

/** The log. */
export function webhookLogOn(sql: Sql, putInOrder: PutInOrder): Log {
  const { nowMs } = sql.dialect;
  const since = `${nowMs} - CAST(? AS bigint)`;
  const changesSince = sql.query<{ first: number | null; upTo: number | null }>(`
    SELECT min(cursor) AS first, max(cursor) AS "upTo" FROM change WHERE "accountID" = ? AND made >= ?`);
  const requested = sql.query<{ n: number }>(`
    SELECT count(*) AS n FROM "webhookEndpoint" e JOIN "webhookEvent" q USING ("endpointID")
    WHERE e."accountID" = ? AND q.requested >= ${since}`);
  const columns = `"eventID", "endpointID", type, CAST("orderNumber" AS text) AS "orderNumber", made, state,
    "nextAttempt", attempts`;
  const latest = sql.query<EventRow>(`
    SELECT ${columns} FROM "webhookEvent" WHERE "endpointID" = ? ORDER BY made DESC, "eventID" DESC LIMIT ?`);
  const earlier = sql.query<EventRow>(`
    SELECT ${columns} FROM "webhookEvent"
    WHERE "endpointID" = ?1 AND (made, "eventID") < (
      SELECT made, "eventID" FROM "webhookEvent" WHERE "eventID" = ?2)
    ORDER BY made DESC, "eventID" DESC LIMIT ?3`);
  const one = sql.query<EventRow>(`SELECT ${columns} FROM "webhookEvent" WHERE "eventID" = ?`);
  const attempts = sql.query<AttemptRow>(`
    SELECT "eventID", at, status, error, "errorForCustomers", "durationMs", response FROM "webhookAttempt"
    WHERE "eventID" = ? ORDER BY attempt DESC LIMIT ${ATTEMPTS_SHOWN}`);
  const paused = sql.query<{ endpointID: string }>(
    `SELECT "endpointID" FROM "webhookEndpoint" WHERE state = 'paused' AND reason IS NOT NULL`,
  );
  const overdue = sql.query<EndpointOrder & { eventID: string }>(`
    SELECT "eventID", "endpointID", CAST("orderNumber" AS text) AS "orderNumber" FROM "webhookEvent"
    WHERE state = 'queued' AND made < ${since} ORDER BY made LIMIT ${BATCH_ROWS}`);
  const giveUp = sql.change(`
    UPDATE "webhookEvent" SET state = 'given-up', ended = ${nowMs}, "nextAttempt" = NULL
    WHERE "eventID" = ? AND state = 'queued'`);
  const ended = sql.query<{ eventID: string }>(`
    SELECT "eventID" FROM "webhookEvent" WHERE ended IS NOT NULL AND ended < ${since} LIMIT ${BATCH_ROWS}`);
  const newestToGo = sql.query<{ made: number }>(`
    SELECT made FROM "webhookEvent" WHERE "endpointID" = ? ORDER BY made DESC, "eventID" DESC LIMIT 1 OFFSET ?`);
  const endedBefore = sql.query<{ eventID: string }>(`
    SELECT "eventID" FROM "webhookEvent" WHERE "endpointID" = ? AND made <= ? AND state <> 'queued'
    ORDER BY made, "eventID" LIMIT ${TRIMMED_ROWS}`);
  const removeAttempts = sql.change('DELETE FROM "webhookAttempt" WHERE "eventID" = ?');
  const remove = sql.change(`DELETE FROM "webhookEvent" WHERE "eventID" = ? AND state <> 'queued'`);
  const backlog = sql.query<{ n: number }>(`
    SELECT count(*) AS n FROM (
      SELECT 1 FROM "webhookEvent" WHERE state = 'queued' AND made > ${since} AND made <= ${since}
      LIMIT ${COUNTED_EVENTS}) AS counted`);
  const firstUnread = sql.query<{ lagMs: number }>(`
    SELECT ${nowMs} - made AS "lagMs" FROM change WHERE cursor > (SELECT cursor FROM ${FEED}) AND EXISTS (SELECT 1 FROM "webhookEndpoint")
    ORDER BY cursor LIMIT 1`);

  async function logged(row: EventRow): Promise<LoggedEvent & { readonly endpointID: string }> {
    const latestAttempts = row.attempts === 0 ? [] : await attempts.all(row.eventID);
    return {
      eventID: row.eventID,
      endpointID: row.endpointID,
      type: row.type,
      orderNumber: row.orderNumber ?? undefined,
      at: dateTimeOfMs(row.made),
      state: row.state,
      nextAttempt: dateTimeOfMs(row.nextAttempt),
      attempts: row.attempts,
      latestAttempts: latestAttempts.map(attemptOf),
    };
  }

  function* removeEvents(events: readonly { readonly eventID: string }[]): Steps<void> {
    const ids = events.map(({ eventID }) => [eventID]);
    yield* runEach(removeAttempts, ids);
    yield* runEach(remove, ids);
  }

  return {
    async changesSince(accountID, sinceMs) {
      const { first = null, upTo = null } = (await changesSince.get(accountID, sinceMs)) ?? {};
      return first === null || upTo === null ? undefined : { after: first - 1, upTo };
    },
    async countRequested(accountID, pastMs) {
      return (await requested.get(accountID, pastMs))?.n ?? 0;
    },
    async events(endpointID, { before, limit }) {
      const rows =
        before === undefined
          ? await latest.all(endpointID, limit)
          : await earlier.all(endpointID, before, limit);
      return await Promise.all(rows.map(logged));
    },
    async event(eventID) {
      const row = await one.get(eventID);
      return row && (await logged(row));
    },
    async pausedByService() {
      return (await paused.all()).map(({ endpointID }) => endpointID);
    },
    prune: (keptMs) =>
      sql.transaction(function* () {
        yield* lockTable(FEED);
        const waiting = yield* all(overdue, keptMs);
        for (const { eventID } of waiting) yield* run(giveUp, eventID);
        yield* putInOrder(waiting.filter(({ orderNumber }) => orderNumber !== null));
        const gone = yield* all(ended, keptMs);
        yield* removeEvents(gone);
        return waiting.length + gone.length;
      }),
    trim: (endpointID, kept) =>
      sql.transaction(function* () {
        yield* lockTable(FEED);
        const { made } = (yield* get(newestToGo, endpointID, kept)) ?? {};
        if (made !== undefined) yield* removeEvents(yield* all(endedBefore, endpointID, made));
      }),
    async figures() {
      const limits = BACKLOG_AGES_SECONDS.map((seconds) => seconds * 1000);
      // The youngest may have been made by a clock that is ahead of the database's.
      const ages = [-Number.MAX_SAFE_INTEGER, ...limits, Number.MAX_SAFE_INTEGER];
      const counts = await Promise.all(
        ages
          .slice(0, -1)
          .map(async (ageMs, index) => (await backlog.get(ages[index + 1] ?? 0, ageMs))?.n ?? 0),
      );
      const { lagMs = 0 } = (await firstUnread.get()) ?? {};
      return { backlog: counts, lagSeconds: Math.max(0, lagMs) / 1000 };
    },
  };
}

function attemptOf(row: AttemptRow): LoggedAttempt {
  return {
    at: dateTimeOfMs(row.at),
    status: row.status ?? undefined,
    error: row.error ?? undefined,
    errorForCustomers: row.errorForCustomers ?? undefined,
    durationMs: row.durationMs,
    response: row.response ?? undefined,
  };
}
