/**
 * The step of the schema that adds upstreams and the orders that are followed there. Queues are 0 refreshed by hand, 1
 * new, 2 regular, 3 settled or unknown; `turn` counts claims. An order that is followed is written with `isObserved`:
 * nodes of before this step neither know that it is followed, nor write the column, so what they would write to it is
 * refused. Like every step, it is never edited.
 */
export const UPSTREAM_TABLES = `
CREATE TABLE upstream (
  "upstreamID" text COLLATE "C" PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE,
  "baseUrl" text NOT NULL,
  "loginName" text NOT NULL,
  roots text,
  "accountID" integer REFERENCES account,
  "intervalSeconds" integer NOT NULL,
  "lastStepsIntervalSeconds" integer,
  "requestsPerMinute" integer NOT NULL,
  "quietFrom" text,
  "quietTo" text,
  "timeZone" text,
  state text NOT NULL,
  created bigint NOT NULL,
  "asksValidityPeriod" boolean NOT NULL DEFAULT TRUE,
  "lastRequest" bigint,
  "lastSuccess" bigint,
  "nextSlot" bigint NOT NULL DEFAULT 0,
  "notBefore" bigint,
  problem text,
  "problemMessage" text,
  "failingSince" bigint,
  failures integer NOT NULL DEFAULT 0,
  turn bigint NOT NULL DEFAULT 0,
  hour bigint NOT NULL DEFAULT 0,
  "hourRequests" integer NOT NULL DEFAULT 0,
  "hourBeforeRequests" integer NOT NULL DEFAULT 0
);

CREATE TABLE "followedOrder" (
  "orderNumber" bigint PRIMARY KEY CHECK ("orderNumber" > 0),
  "upstreamID" text COLLATE "C" NOT NULL REFERENCES upstream,
  "accountID" integer NOT NULL REFERENCES account,
  added bigint NOT NULL,
  state text COLLATE "C" NOT NULL,
  queue integer NOT NULL,
  "nextRequest" bigint,
  "lastRequest" bigint,
  observed bigint,
  step integer NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  problem text,
  notes text
);
CREATE INDEX "followedOrderDue" ON "followedOrder" ("upstreamID", queue, "nextRequest", "orderNumber")
  WHERE "nextRequest" IS NOT NULL;
CREATE INDEX "followedOrderOfUpstream" ON "followedOrder" ("upstreamID", state, "orderNumber");
CREATE INDEX "followedOrderOfAccount" ON "followedOrder" ("accountID");
CREATE INDEX "followedOrderFailing" ON "followedOrder" ("upstreamID") WHERE problem IS NOT NULL;

ALTER TABLE "order" ADD COLUMN "isObserved" boolean NOT NULL DEFAULT FALSE;
CREATE FUNCTION "refuseIfFollowed"() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN
    IF EXISTS (SELECT 1 FROM "followedOrder" f WHERE f."orderNumber" = NEW."orderNumber") THEN
      RAISE EXCEPTION 'the order is followed at an upstream: only what is observed there changes it; upgrade cert-order-status';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER "orderIsFollowed" BEFORE INSERT ON "order" FOR EACH ROW
  WHEN (NOT NEW."isObserved") EXECUTE FUNCTION "refuseIfFollowed"();
`;
