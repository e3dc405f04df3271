import { eventIDOf } from '../../webhooks/event-id.ts';
import type {
  DueEndpoint,
  DueEvent,
  EventOutcome,
  FoundEvent,
  WebhookQueue,
} from '../../webhooks/webhook-queue.ts';
import { requireLeaseOn } from './job-leases.ts';
import { all, get, lockTable, run, runEach, type Sql, type Steps } from './sql.ts';
import { FEED } from './webhook-endpoints.ts';
import { webhookLogOn } from './webhook-log.ts';

/** What the engines do otherwise. */
interface Engine {
  /** The table with the one row that holds the epoch, and the epoch's column. */
  readonly epochTable: string;
  readonly epochColumn: string;
}

interface Wanting {
  readonly cursor: number;
  readonly endpointID: string;
  readonly eventTypes: string | null;
}

/** An event with the endpoint that it is for. */
type EndpointEvent = FoundEvent & { readonly endpointID: string };

/** The queue and log of webhook events. */
export function webhookQueueOn(sql: Sql, { epochTable, epochColumn }: Engine): WebhookQueue {
  const requireLease = requireLeaseOn(sql);
  const { nowMs } = sql.dialect;
  const feed = sql.query<{ position: number; latest: number; endpoints: number }>(`
    SELECT cursor AS position, (SELECT coalesce(max(cursor), 0) FROM change) AS latest,
      (SELECT count(*) FROM (SELECT 1 FROM "webhookEndpoint" LIMIT 1) AS one) AS endpoints
    FROM ${FEED}`);
  const idKey = sql.query<{ idKey: string; cursor: number }>(`SELECT "idKey", cursor FROM ${FEED}`);
  const setPosition = sql.change(`UPDATE ${FEED} SET cursor = ?`);
  const epochs = sql.query<{ epoch: string; lastCursor: number | null }>(`
    SELECT epoch, "lastCursor" FROM (
      SELECT renewal, value AS epoch, "lastCursor" FROM "pastEpoch"
      UNION ALL SELECT renewals, ${epochColumn}, NULL FROM ${epochTable}) AS each
    ORDER BY renewal`);
  const wanting = sql.query<Wanting>(`
    SELECT c.cursor, e."endpointID", e."eventTypes"
    FROM change c JOIN "webhookEndpoint" e ON e."accountID" = c."accountID"
    WHERE c.cursor IN (${sql.dialect.listed}) AND NOT c."isSilent"
      AND e.state <> 'disabled' AND c.cursor > e."startCursor"`);
  const insert = `
    INSERT INTO "webhookEvent" AS known ("eventID", "endpointID", type, "orderNumber", cursor, place, made, state)
    VALUES (?, ?, ?, ?, ?, ?, ?, 'queued') ON CONFLICT ("eventID")`;
  const add = sql.change(`${insert} DO NOTHING`);
  const addAgain = sql.change(`${insert} DO UPDATE
    SET state = 'queued', step = 0, ended = NULL, "nextAttempt" = NULL WHERE known.state <> 'queued'`);
  const requeue = sql.change(`
    UPDATE "webhookEvent" SET state = 'queued', step = 0, ended = NULL, "nextAttempt" = NULL, requested = ${nowMs}
    WHERE "eventID" = ? AND state <> 'queued'`);
  const firstOfOrder = `
    SELECT "eventID" FROM "webhookEvent"
    WHERE "endpointID" = ?1 AND "orderNumber" = CAST(?2 AS bigint) AND state = 'queued'
    ORDER BY cursor, place LIMIT 1`;
  const promote = sql.change(`
    UPDATE "webhookEvent" SET "nextAttempt" = ${nowMs}
    WHERE "eventID" = (${firstOfOrder}) AND "nextAttempt" IS NULL`);
  const demote = sql.change(`
    UPDATE "webhookEvent" SET "nextAttempt" = NULL
    WHERE "endpointID" = ?1 AND "orderNumber" = CAST(?2 AS bigint) AND state = 'queued'
      AND "nextAttempt" IS NOT NULL AND "eventID" <> (${firstOfOrder})`);
  const orderOf = sql.query<{ endpointID: string; orderNumber: string | null }>(`
    SELECT "endpointID", CAST("orderNumber" AS text) AS "orderNumber" FROM "webhookEvent" WHERE "eventID" = ?`);
  const endpointWith = sql.query<{ type: string }>(
    'SELECT url FROM "webhookEndpoint" WHERE "endpointID" = ?',
  );
  const addPing = sql.change(`
    INSERT INTO "webhookEvent" ("eventID", "endpointID", type, cursor, place, made, state, "nextAttempt", requested)
    VALUES (?, ?, 'ping', 0, 0, ${nowMs}, 'queued', ${nowMs}, ${nowMs})`);
  const isDue = `q."nextAttempt" IS NOT NULL AND q."nextAttempt" <= ${nowMs}`;
  const endpointColumns = `e."endpointID", e.url, e."createdBy", e.failures,
    e."failingSince" AS "failingSinceMs", ${nowMs} - e."failingSince" AS "failingForMs"`;
  const dueEndpoints = sql.query<DueEndpoint>(`
    SELECT ${endpointColumns} FROM "webhookEndpoint" e JOIN account a USING ("accountID")
    WHERE e.state = 'active' AND NOT a.disabled AND coalesce(e."notBefore" <= ${nowMs}, TRUE)
      AND EXISTS (SELECT 1 FROM "webhookEvent" q
        WHERE q."endpointID" = e."endpointID" AND ${isDue} AND q.type <> 'ping')`);
  const eventColumns = `q."eventID", q.step, q.made AS "madeMs", q.type,
    CAST(q."orderNumber" AS text) AS "orderNumber", q.cursor, q.place`;
  const dueEvents = sql.query<DueEvent>(`
    SELECT q."endpointID", ${eventColumns} FROM "webhookEvent" q
    WHERE q."endpointID" = ? AND ${isDue} AND q.type <> 'ping' ORDER BY q."nextAttempt" LIMIT ?`);
  const duePings = sql.query<DueEvent & DueEndpoint>(`
    SELECT ${endpointColumns}, ${eventColumns}
    FROM "webhookEvent" q JOIN "webhookEndpoint" e USING ("endpointID")
    WHERE q.type = 'ping' AND ${isDue} ORDER BY q."nextAttempt" LIMIT ?`);
  const addAttempt = sql.change(`
    INSERT INTO "webhookAttempt"
      ("eventID", attempt, at, status, error, "errorForCustomers", "durationMs", response)
    SELECT "eventID", attempts + 1, CAST(?2 AS bigint), CAST(?3 AS integer), CAST(?4 AS text), CAST(?5 AS text),
      CAST(?6 AS integer), CAST(?7 AS text)
    FROM "webhookEvent" WHERE "eventID" = ?1`);
  const end = sql.change(`
    UPDATE "webhookEvent" SET state = ?2, ended = ${nowMs}, "nextAttempt" = NULL, attempts = attempts + ?3
    WHERE "eventID" = ?1 AND state = 'queued'`);
  const retry = sql.change(`
    UPDATE "webhookEvent" SET "nextAttempt" = ${nowMs} + CAST(?2 AS bigint), step = step + ?3, attempts = attempts + ?3
    WHERE "eventID" = ?1 AND state = 'queued'`);
  const succeed = sql.change(`
    UPDATE "webhookEndpoint" SET "lastSuccess" = ${nowMs}, failures = 0, "failingSince" = NULL, "notBefore" = NULL
    WHERE "endpointID" = ?`);
  const fail = sql.change(`
    UPDATE "webhookEndpoint"
    SET failures = coalesce(CAST(?2 AS integer), failures),
      "failingSince" = coalesce("failingSince", ${nowMs}),
      "notBefore" = coalesce(${nowMs} + CAST(?3 AS bigint), "notBefore")
    WHERE "endpointID" = ?1`);
  // Time in which nothing waits for an endpoint is none in which it fails.
  const idle = sql.change(`
    UPDATE "webhookEndpoint" SET "failingSince" = NULL
    WHERE "endpointID" = ?1 AND NOT EXISTS (
      SELECT 1 FROM "webhookEvent" WHERE "endpointID" = ?1 AND state = 'queued' AND "orderNumber" IS NOT NULL)`);
  const disable = sql.change(`
    UPDATE "webhookEndpoint" SET state = 'disabled', reason = ? WHERE "endpointID" = ? AND state = 'active'`);

  function* valuesOf(events: readonly EndpointEvent[]): Steps<(string | number)[][]> {
    const { idKey: key = '' } = (yield* get(idKey)) ?? {};
    const known = yield* all(epochs);
    return events.map(({ endpointID, type, orderNumber, cursor, place, madeMs }) => {
      // The epoch in which the change was made.
      const { epoch = '' } =
        known.find(({ lastCursor }) => lastCursor === null || lastCursor >= cursor) ?? {};
      const eventID = eventIDOf(key, { endpointID, epoch, cursor, place, type });
      return [eventID, endpointID, type, orderNumber, cursor, place, madeMs];
    });
  }

  /** Makes the first queued event of each order the only one of it that is attempted. */
  function* putInOrder(events: readonly Pick<EndpointEvent, 'endpointID' | 'orderNumber'>[]) {
    const orders = new Map(
      events.map(({ endpointID, orderNumber }) => [
        `${endpointID} ${orderNumber}`,
        [endpointID, orderNumber],
      ]),
    );
    yield* runEach(demote, [...orders.values()]);
    yield* runEach(promote, [...orders.values()]);
  }

  function* recordEvent({ event: { eventID }, attempt, next }: EventOutcome): Steps<void> {
    if (attempt !== undefined) {
      const { atMs, status, error, errorForCustomers, durationMs, response } = attempt;
      const texts = [error ?? null, errorForCustomers ?? null, durationMs, response ?? null];
      yield* run(addAttempt, eventID, atMs, status ?? null, ...texts);
    }
    const attempts = attempt === undefined ? 0 : 1;
    if (typeof next === 'string') yield* run(end, eventID, next, attempts);
    else yield* run(retry, eventID, next.waitMs, attempts);
  }

  return {
    async feed() {
      const { endpoints = 0, ...position } = (await feed.get()) ?? { position: 0, latest: 0 };
      return endpoints === 0 ? undefined : position;
    },
    enqueue: ({ from, to }, events, lease) =>
      sql.transaction(function* () {
        yield* lockTable(FEED);
        if (lease !== undefined) yield* requireLease(lease);
        if ((yield* get(idKey))?.cursor !== from) return undefined;
        const cursors = JSON.stringify([...new Set(events.map(({ cursor }) => cursor))]);
        const byCursor = Map.groupBy(yield* all(wanting, cursors), ({ cursor }) => cursor);
        const queued = events.flatMap((event) =>
          (byCursor.get(event.cursor) ?? [])
            .filter(({ eventTypes }) => eventTypes === null || JSON.parse(eventTypes).includes(event.type))
            .map(({ endpointID }) => ({ ...event, endpointID })),
        );
        const added = yield* runEach(add, yield* valuesOf(queued));
        yield* putInOrder(queued);
        yield* run(setPosition, to);
        return added;
      }),
    replay: (endpointID, events) =>
      sql.transaction(function* () {
        yield* lockTable(FEED);
        // It may have been deleted meanwhile.
        if ((yield* get(endpointWith, endpointID)) === undefined) return 0;
        const queued = events.map((event) => ({ ...event, endpointID }));
        const added = yield* runEach(addAgain, yield* valuesOf(queued));
        yield* putInOrder(queued);
        return added;
      }),
    resend: (eventID) =>
      sql.transaction(function* () {
        yield* lockTable(FEED);
        const { endpointID, orderNumber } = (yield* get(orderOf, eventID)) ?? {};
        if (endpointID === undefined || orderNumber == null) return false;
        if ((yield* run(requeue, eventID)) === 0) return false;
        yield* putInOrder([{ endpointID, orderNumber }]);
        return true;
      }),
    async ping(endpointID, eventID) {
      await addPing.run(eventID, endpointID);
    },
    dueEndpoints: () => dueEndpoints.all(),
    dueEvents: (endpointID, limit) => dueEvents.all(endpointID, limit),
    async duePings(limit) {
      return (await duePings.all(limit)).map((row) => ({ event: row, endpoint: row }));
    },
    record: (events, endpoints, lease) =>
      sql.transaction(function* () {
        yield* lockTable(FEED);
        if (lease !== undefined) yield* requireLease(lease);
        for (const event of events) yield* recordEvent(event);
        const ofOrders = events.flatMap(({ event: { endpointID, orderNumber } }) =>
          orderNumber === null ? [] : { endpointID, orderNumber },
        );
        yield* putInOrder(ofOrders);
        for (const { endpointID, isSuccess, failures, waitMs, disabledFor } of endpoints) {
          if (isSuccess) yield* run(succeed, endpointID);
          else yield* run(fail, endpointID, failures ?? null, waitMs ?? null);
          if (disabledFor !== undefined) yield* run(disable, disabledFor, endpointID);
        }
        for (const { event, next } of events) if (next === 'given-up') yield* run(idle, event.endpointID);
      }),
    ...webhookLogOn(sql, putInOrder),
  };
}
