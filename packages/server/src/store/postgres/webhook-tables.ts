/**
 * The step of the schema that adds webhooks. `webhookEvent` is a queue and a log; of an order's events for an endpoint,
 * only the first one queued has a `nextAttempt`. `pastEpoch` says of which epoch earlier changes are, so that their
 * events are the same after a restore. Like every step, it is never edited.
 */
export const WEBHOOK_TABLES = `
ALTER TABLE change ADD COLUMN "isSilent" boolean NOT NULL DEFAULT FALSE;

CREATE TABLE "pastEpoch" (
  renewal integer PRIMARY KEY,
  value text NOT NULL,
  "lastCursor" bigint NOT NULL
);

CREATE TABLE "webhookFeed" (
  cursor bigint NOT NULL,
  "idKey" text NOT NULL
);
INSERT INTO "webhookFeed"
  SELECT coalesce(max(cursor), 0), replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '') FROM change;

CREATE TABLE "webhookEndpoint" (
  "endpointID" text COLLATE "C" PRIMARY KEY,
  "accountID" integer NOT NULL REFERENCES account,
  url text NOT NULL,
  "eventTypes" text,
  description text,
  "createdBy" text NOT NULL,
  state text NOT NULL,
  reason text,
  created bigint NOT NULL,
  "startCursor" bigint NOT NULL,
  "lastSuccess" bigint,
  "failingSince" bigint,
  failures integer NOT NULL DEFAULT 0,
  "notBefore" bigint
);
CREATE INDEX "webhookEndpointOfAccount" ON "webhookEndpoint" ("accountID");

CREATE TABLE "webhookEvent" (
  "eventID" text COLLATE "C" PRIMARY KEY,
  "endpointID" text COLLATE "C" NOT NULL REFERENCES "webhookEndpoint",
  type text NOT NULL,
  "orderNumber" bigint,
  cursor bigint NOT NULL,
  place integer NOT NULL,
  made bigint NOT NULL,
  state text NOT NULL,
  "nextAttempt" bigint,
  step integer NOT NULL DEFAULT 0,
  attempts integer NOT NULL DEFAULT 0,
  ended bigint,
  requested bigint
);
CREATE INDEX "webhookEventDue" ON "webhookEvent" ("endpointID", "nextAttempt") WHERE "nextAttempt" IS NOT NULL;
CREATE INDEX "webhookPing" ON "webhookEvent" ("nextAttempt") WHERE type = 'ping' AND "nextAttempt" IS NOT NULL;
CREATE INDEX "webhookEventQueued" ON "webhookEvent" ("endpointID", "orderNumber", cursor, place) WHERE state = 'queued';
CREATE INDEX "webhookEventQueuedByCursor" ON "webhookEvent" (cursor) WHERE state = 'queued';
CREATE INDEX "webhookEventByTime" ON "webhookEvent" ("endpointID", made, "eventID");
CREATE INDEX "webhookEventQueuedByTime" ON "webhookEvent" (made) WHERE state = 'queued';
CREATE INDEX "webhookEventByEnd" ON "webhookEvent" (ended) WHERE ended IS NOT NULL;
CREATE INDEX "webhookEventByRequest" ON "webhookEvent" ("endpointID", requested) WHERE requested IS NOT NULL;

CREATE TABLE "webhookAttempt" (
  "eventID" text COLLATE "C" NOT NULL REFERENCES "webhookEvent",
  attempt integer NOT NULL,
  at bigint NOT NULL,
  status integer,
  error text,
  "errorForCustomers" text,
  "durationMs" integer NOT NULL,
  response text,
  PRIMARY KEY ("eventID", attempt)
);
`;
