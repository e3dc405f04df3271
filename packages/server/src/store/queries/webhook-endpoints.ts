import { setTimeout as pause } from 'node:timers/promises';
import {
  ENDPOINTS_LIMIT,
  type EndpointChoice,
  type EndpointCreator,
  type EndpointState,
  type WebhookEndpoint,
  type WebhookEndpoints,
} from '../../webhooks/endpoint.ts';
import { get, lockTable, run, type Sql } from './sql.ts';
import { dateTimeOfMs } from './times.ts';

interface EndpointRow {
  readonly endpointID: string;
  readonly accountID: number;
  readonly account: string;
  readonly url: string;
  readonly eventTypes: string | null;
  readonly description: string | null;
  readonly createdBy: EndpointCreator;
  readonly state: EndpointState;
  readonly reason: string | null;
  readonly created: number;
  readonly lastSuccess: number | null;
  readonly failingSince: number | null;
}

/** How many events of an endpoint go at a time when it is removed; between two times others have the database. */
const BATCH_ROWS = 500;
const BATCH_PAUSE_MS = 5;

/** What queues events, or changes which are queued, holds this table: each sees what the others have queued. */
export const FEED = '"webhookFeed"';

/** The endpoints of webhooks. */
export function webhookEndpointsOn(sql: Sql): WebhookEndpoints {
  const { nowMs, lockRows } = sql.dialect;
  const columns = `e."endpointID", e."accountID", a."loginName" AS account, e.url, e."eventTypes", e.description,
    e."createdBy", e.state, e.reason, e.created, e."lastSuccess", e."failingSince"`;
  const from = '"webhookEndpoint" e JOIN account a USING ("accountID")';
  const one = sql.query<EndpointRow>(`SELECT ${columns} FROM ${from} WHERE e."endpointID" = ?`);
  // An endpoint that is gone leaves its place, for which nothing is before it.
  const afterOne = `(e.created, e."endpointID") > (
    SELECT created, "endpointID" FROM "webhookEndpoint" WHERE "endpointID" = ?1
    UNION ALL SELECT 0, '' LIMIT 1)`;
  const order = 'ORDER BY e.created, e."endpointID" LIMIT ?2';
  const all = sql.query<EndpointRow>(`SELECT ${columns} FROM ${from} WHERE ${afterOne} ${order}`);
  const ofAccount = sql.query<EndpointRow>(
    `SELECT ${columns} FROM ${from} WHERE e."accountID" = ?3 AND ${afterOne} ${order}`,
  );
  const lockAccount = sql.query(`SELECT 1 FROM account WHERE "accountID" = ? ${lockRows}`);
  const isFull = sql.query(`
    SELECT 1 FROM "webhookEndpoint" WHERE "accountID" = ? LIMIT 1 OFFSET ${ENDPOINTS_LIMIT - 1}`);
  const hasAny = sql.query('SELECT 1 FROM "webhookEndpoint" LIMIT 1');
  const skipFeed = sql.change(`UPDATE ${FEED} SET cursor = (SELECT coalesce(max(cursor), 0) FROM change)`);
  const add = sql.change(`
    INSERT INTO "webhookEndpoint"
      ("endpointID", "accountID", url, "eventTypes", description, "createdBy", state, created, "startCursor")
    VALUES (?, ?, ?, ?, ?, ?, 'active', ${nowMs}, (SELECT coalesce(max(cursor), 0) FROM change))`);
  const change = sql.change(
    'UPDATE "webhookEndpoint" SET url = ?, "eventTypes" = ?, description = ? WHERE "endpointID" = ?',
  );
  // What was wrong before is forgotten: from now on it is tried as if it were new. One that was disabled is told of
  // changes from now on, also where the feed is read again from before.
  const setState = sql.change(`
    UPDATE "webhookEndpoint"
    SET state = ?2, reason = CAST(?3 AS text), failures = 0, "notBefore" = NULL, "failingSince" = NULL,
      "startCursor" = CASE WHEN state = 'disabled' THEN (SELECT coalesce(max(cursor), 0) FROM change) ELSE "startCursor" END
    WHERE "endpointID" = ?1 AND (state <> ?2 OR coalesce(reason, '') <> coalesce(CAST(?3 AS text), ''))
      AND state = coalesce(CAST(?4 AS text), state)`);
  const someEvents = `
    SELECT "eventID" FROM "webhookEvent" WHERE "endpointID" = ? ORDER BY made, "eventID" LIMIT ${BATCH_ROWS}`;
  const removeAttempts = sql.change(`DELETE FROM "webhookAttempt" WHERE "eventID" IN (${someEvents})`);
  const removeEvents = sql.change(`DELETE FROM "webhookEvent" WHERE "eventID" IN (${someEvents})`);
  const remove = sql.change('DELETE FROM "webhookEndpoint" WHERE "endpointID" = ?');

  /** Removes some events of an endpoint, and it with the last ones; undefined when there are more. */
  const removeSome = (endpointID: string) =>
    sql.transaction(function* () {
      yield* lockTable(FEED);
      yield* run(removeAttempts, endpointID);
      if ((yield* run(removeEvents, endpointID)) === BATCH_ROWS) return undefined;
      return (yield* run(remove, endpointID)) > 0;
    });

  return {
    add: (endpoint) =>
      sql.transaction(function* () {
        const { endpointID, accountID, createdBy } = endpoint;
        yield* get(lockAccount, accountID);
        if ((yield* get(isFull, accountID)) !== undefined) return 'account is full';
        yield* lockTable(FEED);
        // Nothing was read from the feed while there was no endpoint.
        if ((yield* get(hasAny)) === undefined) yield* run(skipFeed);
        yield* run(add, endpointID, accountID, ...choiceValues(endpoint), createdBy);
        return 'added';
      }),
    async get(endpointID) {
      const row = await one.get(endpointID);
      return row && endpointOf(row);
    },
    async list({ accountID, after = '', limit }) {
      const rows =
        accountID === undefined ? await all.all(after, limit) : await ofAccount.all(after, limit, accountID);
      return rows.map(endpointOf);
    },
    async change(endpointID, choice) {
      return (await change.run(...choiceValues(choice), endpointID)) > 0;
    },
    async setState(endpointID, { state, reason }, from) {
      return (await setState.run(endpointID, state, reason ?? null, from ?? null)) > 0;
    },
    async remove(endpointID) {
      for (;;) {
        const isRemoved = await removeSome(endpointID);
        if (isRemoved !== undefined) return isRemoved;
        await pause(BATCH_PAUSE_MS);
      }
    },
  };
}

function choiceValues({
  url,
  eventTypes,
  description,
}: EndpointChoice): [string, string | null, string | null] {
  return [url, eventTypes === undefined ? null : JSON.stringify(eventTypes), description ?? null];
}

function endpointOf(row: EndpointRow): WebhookEndpoint {
  return {
    endpointID: row.endpointID,
    accountID: row.accountID,
    account: row.account,
    url: row.url,
    eventTypes: row.eventTypes === null ? undefined : JSON.parse(row.eventTypes),
    description: row.description ?? undefined,
    createdBy: row.createdBy,
    state: row.state,
    reason: row.reason ?? undefined,
    created: dateTimeOfMs(row.created),
    lastSuccess: dateTimeOfMs(row.lastSuccess),
    failingSince: dateTimeOfMs(row.failingSince),
  };
}
