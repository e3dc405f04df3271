/** The schema's history. A step that was released is never edited: a change is a further step. */

import { OperatorError } from '../../operator-error.ts';
import type { Connection, Database } from './connection-pool.ts';
import { UPSTREAM_TABLES } from './upstream-tables.ts';
import { WEBHOOK_TABLES } from './webhook-tables.ts';

/** Of all advisory locks in the database, the one of those who migrate an order database ("COSt"). */
const MIGRATION_LOCK = 0x434f5374;

/**
 * Columns bear the wire's own names. Times are seconds since 1970 (those of changes milliseconds); checks are the
 * wire's -1…2; what is structured is JSON in the wire's vocabulary, as text, which keeps it as it is. Texts are
 * compared and lowered byte by byte, in any locale of the database.
 *
 * `feed` has one row: the cursor of the latest change, locked by each writer of orders until it commits. So changes
 * come into sight in the order of their cursors.
 */
const STEPS: readonly string[] = [
  `
  CREATE TABLE account (
    "accountID" integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "loginName" text COLLATE "C" NOT NULL UNIQUE,
    "passwordHash" text NOT NULL,
    "credentialVersion" integer NOT NULL DEFAULT 1,
    disabled boolean NOT NULL DEFAULT false,
    created bigint NOT NULL
  );

  CREATE TABLE "order" (
    "orderNumber" bigint PRIMARY KEY CHECK ("orderNumber" > 0),
    "accountID" integer NOT NULL REFERENCES account,
    "orderDateTime" bigint NOT NULL,
    "orderStatus" text COLLATE "C" NOT NULL,
    "orderStatusReason" text,
    "replacesOrderNumber" bigint REFERENCES "order",
    "suggestedOrgDetails" text,
    version integer NOT NULL,
    changed bigint NOT NULL
  );
  CREATE INDEX "orderOfAccount" ON "order" ("accountID");
  CREATE INDEX "replacementOf" ON "order" ("replacesOrderNumber") WHERE "replacesOrderNumber" IS NOT NULL;
  CREATE INDEX "orderByStatus" ON "order" ("orderStatus");
  CREATE INDEX "orderByChange" ON "order" (changed);

  CREATE TABLE certificate (
    "certificateID" bigint PRIMARY KEY CHECK ("certificateID" > 0),
    "orderNumber" bigint NOT NULL REFERENCES "order",
    position integer NOT NULL,
    "objectType" text NOT NULL,
    "FQDN" text COLLATE "C",
    "certificateStatus" text COLLATE "C" NOT NULL,
    "certificateStatusReason" text,
    "serialNumber" text,
    "csrStatus" smallint NOT NULL CHECK ("csrStatus" BETWEEN -1 AND 2),
    "dcvStatus" smallint NOT NULL CHECK ("dcvStatus" BETWEEN -1 AND 2),
    "ovCallBackStatus" smallint NOT NULL CHECK ("ovCallBackStatus" BETWEEN -1 AND 2),
    "organizationValidationStatus" smallint NOT NULL CHECK ("organizationValidationStatus" BETWEEN -1 AND 2),
    "freeDVUPStatus" smallint NOT NULL CHECK ("freeDVUPStatus" BETWEEN -1 AND 2),
    "evClickThroughStatus" smallint NOT NULL CHECK ("evClickThroughStatus" BETWEEN -1 AND 2),
    "caaStatus" smallint NOT NULL CHECK ("caaStatus" BETWEEN -1 AND 2),
    UNIQUE ("orderNumber", position)
  );
  CREATE INDEX "certificateByStatus" ON certificate ("certificateStatus");
  CREATE INDEX "certificateByFQDN" ON certificate (lower("FQDN"));

  CREATE TABLE feed ("latestCursor" bigint NOT NULL);
  INSERT INTO feed VALUES (0);

  CREATE TABLE change (
    cursor bigint PRIMARY KEY,
    "orderNumber" bigint NOT NULL REFERENCES "order",
    version integer NOT NULL,
    made bigint NOT NULL,
    "authorKind" text NOT NULL,
    "authorName" text NOT NULL,
    reason text,
    overruled text,
    created text,
    differences text,
    UNIQUE ("orderNumber", version),
    CHECK ((created IS NULL) <> (differences IS NULL))
  );
  CREATE FUNCTION "refuseChange"() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the history is append-only'; END $$;
  CREATE TRIGGER "changeStays" BEFORE UPDATE ON change FOR EACH ROW EXECUTE FUNCTION "refuseChange"();

  CREATE TABLE token (
    name text COLLATE "C" PRIMARY KEY,
    scope text NOT NULL,
    digest text COLLATE "C" NOT NULL UNIQUE,
    created bigint NOT NULL,
    expires bigint,
    revoked bigint,
    "lastUsed" bigint
  );
  `,
  `
  ALTER TABLE account ADD COLUMN "secondPasswordHash" text;

  CREATE TABLE session (
    digest text COLLATE "C" PRIMARY KEY,
    "accountID" integer REFERENCES account,
    "credentialVersion" integer,
    "tokenName" text COLLATE "C" REFERENCES token,
    created bigint NOT NULL,
    expires bigint NOT NULL,
    CHECK (("accountID" IS NULL) <> ("tokenName" IS NULL)),
    CHECK (("accountID" IS NULL) = ("credentialVersion" IS NULL))
  );
  CREATE INDEX "sessionByExpiry" ON session (expires);

  CREATE TABLE "shareLink" (
    "linkID" integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest text COLLATE "C" NOT NULL UNIQUE,
    "orderNumber" bigint NOT NULL REFERENCES "order",
    created bigint NOT NULL,
    expires bigint NOT NULL,
    revoked bigint,
    "lastUsed" bigint
  );
  CREATE INDEX "shareLinkOfOrder" ON "shareLink" ("orderNumber");

  CREATE TABLE "firstIssue" (
    "orderNumber" bigint PRIMARY KEY REFERENCES "order",
    issued bigint NOT NULL
  );
  CREATE INDEX "firstIssueByTime" ON "firstIssue" (issued);
  INSERT INTO "firstIssue"
    SELECT "orderNumber", min(made) FROM change, jsonb_array_elements(differences::jsonb) d
    WHERE differences IS NOT NULL AND d ->> 'field' = 'certificateStatus' AND d ->> 'after' = 'Issued'
      AND d ->> 'before' LIKE 'Awaiting %'
    GROUP BY "orderNumber";
  `,
  `
  CREATE TABLE "guessKey" (value text NOT NULL);
  INSERT INTO "guessKey" VALUES (replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''));

  CREATE TABLE "guessCounter" (
    bucket integer PRIMARY KEY,
    failures double precision NOT NULL,
    updated bigint NOT NULL,
    succeeded bigint NOT NULL
  );
  CREATE INDEX "guessCounterByTime" ON "guessCounter" (updated);

  CREATE TABLE "loginFailure" (
    hour bigint NOT NULL,
    "loginName" text COLLATE "C" NOT NULL,
    address text COLLATE "C" NOT NULL,
    failures bigint NOT NULL,
    PRIMARY KEY (hour, "loginName", address)
  );
  `,
  `
  ALTER TABLE account ADD COLUMN "allowedAddresses" text;

  CREATE TABLE "operatorLogin" (
    at text COLLATE "C" NOT NULL,
    surface text COLLATE "C" NOT NULL,
    "tokenName" text COLLATE "C" NOT NULL,
    address text COLLATE "C" NOT NULL,
    succeeded boolean NOT NULL,
    times bigint NOT NULL,
    PRIMARY KEY (at, surface, "tokenName", address, succeeded)
  );
  `,
  // An earlier version can go on to use the row.
  `
  ALTER TABLE feed ADD COLUMN epoch text NOT NULL DEFAULT substr(replace(gen_random_uuid()::text, '-', ''), 1, 12),
    ADD COLUMN renewals integer NOT NULL DEFAULT 0;
  `,
  // Nodes of before this step go on reading; what they would write is refused, as it would lack what they do not know.
  `
  DROP TRIGGER "changeStays" ON change;
  ALTER TABLE change ADD COLUMN "accountID" integer REFERENCES account;
  UPDATE change SET "accountID" = o."accountID" FROM "order" o WHERE o."orderNumber" = change."orderNumber";
  ALTER TABLE change ALTER COLUMN "accountID" SET NOT NULL;
  CREATE INDEX "changeOfAccount" ON change ("accountID", cursor);
  CREATE TRIGGER "changeStays" BEFORE UPDATE ON change FOR EACH ROW EXECUTE FUNCTION "refuseChange"();

  CREATE FUNCTION "refuseOlderProgram"() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the order database is newer than this program, which can only read orders; upgrade cert-order-status'; END $$;

  ALTER TABLE "order" ALTER COLUMN "orderDateTime" DROP NOT NULL,
    ADD COLUMN "orderStatusMeaning" text COLLATE "C" NOT NULL DEFAULT 'completed';
  UPDATE "order" SET "orderStatusMeaning" = CASE "orderStatus"
      WHEN 'Pending' THEN 'pending'
      WHEN 'Completed' THEN 'completed'
      WHEN 'Rejected' THEN 'rejected'
      WHEN 'Cancelled' THEN 'cancelled'
      ELSE 'unknown' END
    WHERE "orderStatus" <> 'Completed';
  ALTER TABLE "order" ALTER COLUMN "orderStatusMeaning" DROP DEFAULT;
  DROP INDEX "orderByStatus";
  CREATE INDEX "orderByMeaning" ON "order" ("orderStatusMeaning");
  CREATE TRIGGER "orderOfOlderProgram" BEFORE INSERT ON "order" FOR EACH ROW
    WHEN (NEW."orderStatusMeaning" IS NULL) EXECUTE FUNCTION "refuseOlderProgram"();

  ALTER TABLE certificate
    DROP CONSTRAINT certificate_pkey,
    DROP CONSTRAINT "certificate_orderNumber_position_key",
    ADD PRIMARY KEY ("orderNumber", position),
    ALTER COLUMN "certificateID" DROP NOT NULL,
    ADD UNIQUE ("certificateID"),
    ALTER COLUMN "objectType" DROP NOT NULL,
    ALTER COLUMN "certificateStatus" DROP NOT NULL,
    ADD COLUMN "certificateStatusMeaning" text COLLATE "C" NOT NULL DEFAULT 'issued',
    ALTER COLUMN "csrStatus" DROP NOT NULL,
    ALTER COLUMN "dcvStatus" DROP NOT NULL,
    ALTER COLUMN "ovCallBackStatus" DROP NOT NULL,
    ALTER COLUMN "organizationValidationStatus" DROP NOT NULL,
    ALTER COLUMN "freeDVUPStatus" DROP NOT NULL,
    ALTER COLUMN "evClickThroughStatus" DROP NOT NULL,
    ALTER COLUMN "caaStatus" DROP NOT NULL,
    ADD COLUMN "notBefore" bigint,
    ADD COLUMN "notAfter" bigint,
    ADD COLUMN "slId" text,
    ADD COLUMN "slSiteIds" text,
    ADD COLUMN "qualysCreationDate" text,
    ADD COLUMN "qualysExpirationDate" text,
    ADD COLUMN "upsTrackingID" text,
    ADD COLUMN "shippingOrganizationName" text,
    ADD COLUMN "shippingOrganizationalUnitName" text,
    ADD COLUMN "shippingStreetAddress1" text,
    ADD COLUMN "shippingStreetAddress2" text,
    ADD COLUMN "shippingStreetAddress3" text,
    ADD COLUMN "shippingLocalityName" text,
    ADD COLUMN "shippingStateOrProvinceName" text,
    ADD COLUMN "shippingPostalCode" text,
    ADD COLUMN "shippingCountry" text,
    ADD COLUMN "shippingTitle" text,
    ADD COLUMN "shippingForename" text,
    ADD COLUMN "shippingSurname" text,
    ADD COLUMN "shippingEmail" text,
    ADD COLUMN "shippingPhone" text;
  UPDATE certificate SET "certificateStatusMeaning" = CASE "certificateStatus"
      WHEN 'Awaiting Validation' THEN 'awaiting'
      WHEN 'Awaiting Brand Validation' THEN 'awaiting-brand-validation'
      WHEN 'Issued' THEN 'issued'
      WHEN 'Expired' THEN 'expired'
      WHEN 'Revoked' THEN 'revoked'
      WHEN 'Replaced' THEN 'replaced'
      WHEN 'Rejected' THEN 'rejected'
      ELSE 'unknown' END
    WHERE "certificateStatus" <> 'Issued';
  ALTER TABLE certificate ALTER COLUMN "certificateStatusMeaning" DROP DEFAULT;
  DROP INDEX "certificateByStatus";
  CREATE INDEX "certificateByMeaning" ON certificate ("certificateStatusMeaning");
  CREATE INDEX "certificateByExpiry" ON certificate ("notAfter")
    WHERE "notAfter" IS NOT NULL AND "certificateStatusMeaning" IN ('issued', 'replaced');
  `,
  `
  CREATE TABLE "jobLease" (
    name text COLLATE "C" PRIMARY KEY,
    holder text COLLATE "C" NOT NULL,
    expires bigint NOT NULL
  );
  `,
  // What queries/packed-certificates.ts makes, byte for byte. Of a list's end, which is a quote or a digit but for
  // nulls, `rtrim` takes the nulls away. Nodes of before this step go on reading; what they would write is refused.
  `
  ALTER TABLE "order" ADD COLUMN "packedCertificates" text;
  UPDATE "order" SET "packedCertificates" = (
    SELECT CASE WHEN octet_length(packed) <= 16384 THEN packed ELSE '' END FROM (
      SELECT '[' || coalesce(string_agg(rtrim(array_to_json(ARRAY[
        to_json("certificateID"::text), to_json("serialNumber"), to_json("objectType"), to_json("FQDN"),
        to_json("certificateStatus"), to_json("certificateStatusReason"), to_json("csrStatus"), to_json("dcvStatus"),
        to_json("ovCallBackStatus"), to_json("organizationValidationStatus"), to_json("freeDVUPStatus"),
        to_json("evClickThroughStatus"), to_json("caaStatus"), to_json("notBefore"), to_json("notAfter"),
        to_json("slId"), to_json("slSiteIds"), to_json("qualysCreationDate"), to_json("qualysExpirationDate"),
        to_json("upsTrackingID"), to_json("shippingOrganizationName"), to_json("shippingOrganizationalUnitName"),
        to_json("shippingStreetAddress1"), to_json("shippingStreetAddress2"), to_json("shippingStreetAddress3"),
        to_json("shippingLocalityName"), to_json("shippingStateOrProvinceName"), to_json("shippingPostalCode"),
        to_json("shippingCountry"), to_json("shippingTitle"), to_json("shippingForename"), to_json("shippingSurname"),
        to_json("shippingEmail"), to_json("shippingPhone")
      ])::text, 'nul,]') || ']', ',' ORDER BY position), '') || ']' AS packed
      FROM certificate WHERE certificate."orderNumber" = "order"."orderNumber"
    ) certificates
  );
  ALTER TABLE "order" ALTER COLUMN "packedCertificates" SET NOT NULL;
  DROP TRIGGER "orderOfOlderProgram" ON "order";
  CREATE TRIGGER "orderOfOlderProgram" BEFORE INSERT ON "order" FOR EACH ROW
    WHEN (NEW."packedCertificates" IS NULL) EXECUTE FUNCTION "refuseOlderProgram"();
  `,
  `
  CREATE TABLE "accountToken" (
    "tokenID" integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "accountID" integer NOT NULL REFERENCES account,
    name text COLLATE "C" NOT NULL,
    scope text NOT NULL,
    digest text COLLATE "C" NOT NULL UNIQUE,
    created bigint NOT NULL,
    expires bigint,
    revoked bigint,
    "lastUsed" bigint
  );
  CREATE INDEX "accountTokenOfAccount" ON "accountToken" ("accountID", name);
  CREATE UNIQUE INDEX "accountTokenByName" ON "accountToken" ("accountID", name) WHERE revoked IS NULL;

  CREATE TABLE "prunedChanges" (
    "accountID" integer PRIMARY KEY REFERENCES account,
    cursor bigint NOT NULL
  );
  `,
  // Each identity has one secret that does not expire: the current one.
  `
  CREATE TABLE secret (
    "secretID" text COLLATE "C" PRIMARY KEY,
    purpose text COLLATE "C" NOT NULL,
    owner text COLLATE "C" NOT NULL,
    "keyID" text COLLATE "C" NOT NULL,
    ciphertext text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    expires bigint
  );
  CREATE UNIQUE INDEX "currentSecret" ON secret (purpose, owner) WHERE expires IS NULL;
  CREATE INDEX "secretOfOwner" ON secret (purpose, owner);
  CREATE INDEX "secretByExpiry" ON secret (expires) WHERE expires IS NOT NULL;

  CREATE TABLE "currentSecretKey" ("keyID" text COLLATE "C" NOT NULL);
  `,
  WEBHOOK_TABLES,
  // Programs of before this step take leases, too: the holder is then another, and the generation the same. The index
  // makes a take-over, and not a renewal, wait for transactions under the lease, which lock its key.
  `
  ALTER TABLE "jobLease" ADD COLUMN generation bigint NOT NULL DEFAULT 0;
  CREATE UNIQUE INDEX "jobLeaseTaken" ON "jobLease" (name, holder, generation);
  `,
  UPSTREAM_TABLES,
];

/**
 * Whether the database holds an order database, and whether its schema is the one this program works with.
 *
 * @throws {OperatorError} for a database that is newer than this program.
 */
export async function schemaState(database: Connection): Promise<'none' | 'old' | 'current'> {
  const version = await schemaVersion(database);
  if (version === undefined) return 'none';
  if (version <= STEPS.length) return version === STEPS.length ? 'current' : 'old';
  throw new OperatorError(
    `the database has schema ${version}, newer than this program knows (${STEPS.length}); upgrade cert-order-status`,
  );
}

/** Brings the schema up to date in one transaction; of several processes that try, one does it. True when it is new. */
export async function migrate(database: Database): Promise<boolean> {
  if ((await schemaState(database)) === 'current') return false;
  return database.transaction(async (transaction) => {
    await transaction.run(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    if ((await schemaState(transaction)) === 'current') return false;
    const before = await schemaVersion(transaction);
    if (before === undefined) await refuseForeignTables(transaction);
    const steps = STEPS.slice(before ?? 0).join('\n');
    await transaction.run(`
      CREATE TABLE IF NOT EXISTS "orderBook" ("schemaVersion" integer NOT NULL);
      ${steps}
      DELETE FROM "orderBook";
      INSERT INTO "orderBook" VALUES (${STEPS.length});`);
    return before === undefined;
  });
}

/**
 * Undefined when the database holds no order database. (`to_regclass` would not do: it may remember that there was no
 * such table before another process, for whose lock this one has waited, made it.)
 */
async function schemaVersion(database: Connection): Promise<number | undefined> {
  const [found] = await database.run(
    `SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'orderBook') AS "isThere"`,
  );
  if (!found?.['isThere']) return undefined;
  const [row] = await database.run('SELECT "schemaVersion" FROM "orderBook"');
  return row?.['schemaVersion'] as number | undefined;
}

async function refuseForeignTables(database: Connection): Promise<void> {
  const [row] = await database.run(
    `SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename LIMIT 1`,
  );
  if (row === undefined) return;
  throw new OperatorError(
    `the database holds tables of another program (${row['tablename']}); name an empty database`,
  );
}
