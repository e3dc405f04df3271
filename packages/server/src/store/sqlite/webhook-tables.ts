/**
 * The step of the schema that adds webhooks. `webhookEvent` is a queue and a log; of an order's events for an endpoint,
 * only the first one queued has a `nextAttempt`. `pastEpoch` says of which epoch earlier changes are, so that their
 * events are the same after a restore. Like every step, it is never edited.
 */
export const WEBHOOK_TABLES = `
ALTER TABLE change ADD COLUMN isSilent INTEGER NOT NULL DEFAULT 0;

CREATE TABLE pastEpoch (
  renewal INTEGER PRIMARY KEY,
  value TEXT NOT NULL,
  lastCursor INTEGER NOT NULL
) STRICT;

CREATE TABLE webhookFeed (
  cursor INTEGER NOT NULL,
  idKey TEXT NOT NULL
) STRICT;
INSERT INTO webhookFeed SELECT coalesce(max(cursor), 0), lower(hex(randomblob(32))) FROM change;

CREATE TABLE webhookEndpoint (
  endpointID TEXT PRIMARY KEY,
  accountID INTEGER NOT NULL REFERENCES account,
  url TEXT NOT NULL,
  eventTypes TEXT,
  description TEXT,
  createdBy TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  created INTEGER NOT NULL,
  startCursor INTEGER NOT NULL,
  lastSuccess INTEGER,
  failingSince INTEGER,
  failures INTEGER NOT NULL DEFAULT 0,
  notBefore INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX webhookEndpointOfAccount ON webhookEndpoint (accountID);

CREATE TABLE webhookEvent (
  eventID TEXT PRIMARY KEY,
  endpointID TEXT NOT NULL REFERENCES webhookEndpoint,
  type TEXT NOT NULL,
  orderNumber INTEGER,
  cursor INTEGER NOT NULL,
  place INTEGER NOT NULL,
  made INTEGER NOT NULL,
  state TEXT NOT NULL,
  nextAttempt INTEGER,
  step INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  ended INTEGER,
  requested INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX webhookEventDue ON webhookEvent (endpointID, nextAttempt) WHERE nextAttempt IS NOT NULL;
CREATE INDEX webhookPing ON webhookEvent (nextAttempt) WHERE type = 'ping' AND nextAttempt IS NOT NULL;
CREATE INDEX webhookEventQueued ON webhookEvent (endpointID, orderNumber, cursor, place) WHERE state = 'queued';
CREATE INDEX webhookEventQueuedByCursor ON webhookEvent (cursor) WHERE state = 'queued';
CREATE INDEX webhookEventByTime ON webhookEvent (endpointID, made, eventID);
CREATE INDEX webhookEventQueuedByTime ON webhookEvent (made) WHERE state = 'queued';
CREATE INDEX webhookEventByEnd ON webhookEvent (ended) WHERE ended IS NOT NULL;
CREATE INDEX webhookEventByRequest ON webhookEvent (endpointID, requested) WHERE requested IS NOT NULL;

CREATE TABLE webhookAttempt (
  eventID TEXT NOT NULL REFERENCES webhookEvent,
  attempt INTEGER NOT NULL,
  at INTEGER NOT NULL,
  status INTEGER,
  error TEXT,
  errorForCustomers TEXT,
  durationMs INTEGER NOT NULL,
  response TEXT,
  PRIMARY KEY (eventID, attempt)
) STRICT, WITHOUT ROWID;
`;
