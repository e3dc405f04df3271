/**
 * The step of the schema that adds upstreams and the orders that are followed there. Queues are 0 refreshed by hand, 1
 * new, 2 regular, 3 settled or unknown; `turn` counts claims. An order that is followed is written with `isObserved`:
 * programs of before this step neither know that it is followed, nor write the column, so what they would write to it
 * is refused. Like every step, it is never edited.
 */
export const UPSTREAM_TABLES = `
CREATE TABLE upstream (
  upstreamID TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  baseUrl TEXT NOT NULL,
  loginName TEXT NOT NULL,
  roots TEXT,
  accountID INTEGER REFERENCES account,
  intervalSeconds INTEGER NOT NULL,
  lastStepsIntervalSeconds INTEGER,
  requestsPerMinute INTEGER NOT NULL,
  quietFrom TEXT,
  quietTo TEXT,
  timeZone TEXT,
  state TEXT NOT NULL,
  created INTEGER NOT NULL,
  asksValidityPeriod INTEGER NOT NULL DEFAULT 1,
  lastRequest INTEGER,
  lastSuccess INTEGER,
  nextSlot INTEGER NOT NULL DEFAULT 0,
  notBefore INTEGER,
  problem TEXT,
  problemMessage TEXT,
  failingSince INTEGER,
  failures INTEGER NOT NULL DEFAULT 0,
  turn INTEGER NOT NULL DEFAULT 0,
  hour INTEGER NOT NULL DEFAULT 0,
  hourRequests INTEGER NOT NULL DEFAULT 0,
  hourBeforeRequests INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE followedOrder (
  orderNumber INTEGER PRIMARY KEY CHECK (orderNumber > 0),
  upstreamID TEXT NOT NULL REFERENCES upstream,
  accountID INTEGER NOT NULL REFERENCES account,
  added INTEGER NOT NULL,
  state TEXT NOT NULL,
  queue INTEGER NOT NULL,
  nextRequest INTEGER,
  lastRequest INTEGER,
  observed INTEGER,
  step INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  problem TEXT,
  notes TEXT
) STRICT;
CREATE INDEX followedOrderDue ON followedOrder (upstreamID, queue, nextRequest, orderNumber)
  WHERE nextRequest IS NOT NULL;
CREATE INDEX followedOrderOfUpstream ON followedOrder (upstreamID, state, orderNumber);
CREATE INDEX followedOrderOfAccount ON followedOrder (accountID);
CREATE INDEX followedOrderFailing ON followedOrder (upstreamID) WHERE problem IS NOT NULL;

ALTER TABLE "order" ADD COLUMN isObserved INTEGER NOT NULL DEFAULT 0;
CREATE TRIGGER orderIsFollowed BEFORE INSERT ON "order"
  WHEN NEW.isObserved = 0 AND EXISTS (SELECT 1 FROM followedOrder f WHERE f.orderNumber = NEW.orderNumber) BEGIN
  SELECT raise(ABORT, 'the order is followed at an upstream: only what is observed there changes it; upgrade cert-order-status');
END;
`;
