/** The schema's history. A step that was released is never edited: a change is a further step. */

import type { DatabaseSync } from 'node:sqlite';
import { OperatorError } from '../../operator-error.ts';
import { inBlockingTransaction } from './transaction.ts';
import { UPSTREAM_TABLES } from './upstream-tables.ts';
import { WEBHOOK_TABLES } from './webhook-tables.ts';

/** Marks a database file as an order database ("COSt"). */
const APPLICATION_ID = 0x434f5374;

/**
 * Columns bear the wire's own names. Numbers of orders and certificates are 64-bit integers; times are seconds
 * since 1970 (those of changes milliseconds); checks are the wire's -1…2; what a state means is in a column beside its
 * word; what is structured is JSON in the wire's vocabulary.
 */
const STEPS: readonly string[] = [
  `
  CREATE TABLE account (
    accountID INTEGER PRIMARY KEY,
    loginName TEXT NOT NULL UNIQUE,
    passwordHash TEXT NOT NULL,
    credentialVersion INTEGER NOT NULL DEFAULT 1,
    disabled INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE "order" (
    orderNumber INTEGER PRIMARY KEY CHECK (orderNumber > 0),
    accountID INTEGER NOT NULL REFERENCES account,
    orderDateTime INTEGER NOT NULL,
    orderStatus TEXT NOT NULL,
    orderStatusReason TEXT,
    replacesOrderNumber INTEGER REFERENCES "order",
    suggestedOrgDetails TEXT
  ) STRICT;
  CREATE INDEX orderOfAccount ON "order" (accountID);
  CREATE INDEX replacementOf ON "order" (replacesOrderNumber) WHERE replacesOrderNumber IS NOT NULL;

  CREATE TABLE certificate (
    certificateID INTEGER PRIMARY KEY CHECK (certificateID > 0),
    orderNumber INTEGER NOT NULL REFERENCES "order",
    position INTEGER NOT NULL,
    objectType TEXT NOT NULL,
    FQDN TEXT,
    certificateStatus TEXT NOT NULL,
    certificateStatusReason TEXT,
    serialNumber TEXT,
    csrStatus INTEGER NOT NULL CHECK (csrStatus BETWEEN -1 AND 2),
    dcvStatus INTEGER NOT NULL CHECK (dcvStatus BETWEEN -1 AND 2),
    ovCallBackStatus INTEGER NOT NULL CHECK (ovCallBackStatus BETWEEN -1 AND 2),
    organizationValidationStatus INTEGER NOT NULL CHECK (organizationValidationStatus BETWEEN -1 AND 2),
    freeDVUPStatus INTEGER NOT NULL CHECK (freeDVUPStatus BETWEEN -1 AND 2),
    evClickThroughStatus INTEGER NOT NULL CHECK (evClickThroughStatus BETWEEN -1 AND 2),
    caaStatus INTEGER NOT NULL CHECK (caaStatus BETWEEN -1 AND 2),
    UNIQUE (orderNumber, position)
  ) STRICT;
  `,
  `
  ALTER TABLE "order" ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE "order" ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
  UPDATE "order" SET changed = unixepoch() * 1000;
  CREATE INDEX orderByStatus ON "order" (orderStatus);
  CREATE INDEX orderByChange ON "order" (changed);
  CREATE INDEX certificateByStatus ON certificate (certificateStatus);
  CREATE INDEX certificateByFQDN ON certificate (lower(FQDN));

  CREATE TABLE change (
    cursor INTEGER PRIMARY KEY AUTOINCREMENT,
    orderNumber INTEGER NOT NULL REFERENCES "order",
    version INTEGER NOT NULL,
    made INTEGER NOT NULL,
    authorKind TEXT NOT NULL,
    authorName TEXT NOT NULL,
    reason TEXT,
    overruled TEXT,
    created TEXT,
    differences TEXT,
    UNIQUE (orderNumber, version),
    CHECK ((created IS NULL) <> (differences IS NULL))
  ) STRICT;
  CREATE TRIGGER changeStays BEFORE UPDATE ON change BEGIN
    SELECT raise(ABORT, 'the history is append-only');
  END;

  CREATE TABLE token (
    name TEXT PRIMARY KEY,
    scope TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    expires INTEGER,
    revoked INTEGER,
    lastUsed INTEGER
  ) STRICT;
  `,
  `
  ALTER TABLE account ADD COLUMN secondPasswordHash TEXT;

  CREATE TABLE session (
    digest TEXT PRIMARY KEY,
    accountID INTEGER REFERENCES account,
    credentialVersion INTEGER,
    tokenName TEXT REFERENCES token,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    CHECK ((accountID IS NULL) <> (tokenName IS NULL)),
    CHECK ((accountID IS NULL) = (credentialVersion IS NULL))
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sessionByExpiry ON session (expires);

  CREATE TABLE shareLink (
    linkID INTEGER PRIMARY KEY AUTOINCREMENT,
    digest TEXT NOT NULL UNIQUE,
    orderNumber INTEGER NOT NULL REFERENCES "order",
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    revoked INTEGER,
    lastUsed INTEGER
  ) STRICT;
  CREATE INDEX shareLinkOfOrder ON shareLink (orderNumber);

  CREATE TABLE firstIssue (
    orderNumber INTEGER PRIMARY KEY REFERENCES "order",
    issued INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX firstIssueByTime ON firstIssue (issued);
  INSERT INTO firstIssue
    SELECT orderNumber, min(made) FROM change, json_each(differences) d
    WHERE differences IS NOT NULL AND d.value ->> 'field' = 'certificateStatus' AND d.value ->> 'after' = 'Issued'
      AND d.value ->> 'before' LIKE 'Awaiting %'
    GROUP BY orderNumber;
  `,
  `
  CREATE TABLE guessKey (value TEXT NOT NULL) STRICT;
  INSERT INTO guessKey VALUES (lower(hex(randomblob(32))));

  CREATE TABLE guessCounter (
    bucket INTEGER PRIMARY KEY,
    failures REAL NOT NULL,
    updated INTEGER NOT NULL,
    succeeded INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX guessCounterByTime ON guessCounter (updated);

  CREATE TABLE loginFailure (
    hour INTEGER NOT NULL,
    loginName TEXT NOT NULL,
    address TEXT NOT NULL,
    failures INTEGER NOT NULL,
    PRIMARY KEY (hour, loginName, address)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE account ADD COLUMN allowedAddresses TEXT;

  CREATE TABLE operatorLogin (
    at TEXT NOT NULL,
    surface TEXT NOT NULL,
    tokenName TEXT NOT NULL,
    address TEXT NOT NULL,
    succeeded INTEGER NOT NULL,
    times INTEGER NOT NULL,
    PRIMARY KEY (at, surface, tokenName, address, succeeded)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE epoch (value TEXT NOT NULL, renewals INTEGER NOT NULL) STRICT;
  INSERT INTO epoch VALUES (lower(hex(randomblob(6))), 0);
  `,
  // Programs of before this step go on reading; what they would write is refused, as it would lack what they do not
  // know.
  `
  DROP TRIGGER changeStays;
  ALTER TABLE change ADD COLUMN accountID INTEGER REFERENCES account;
  UPDATE change SET accountID = (SELECT accountID FROM "order" o WHERE o.orderNumber = change.orderNumber);
  CREATE INDEX changeOfAccount ON change (accountID, cursor);
  CREATE TRIGGER changeStays BEFORE UPDATE ON change BEGIN
    SELECT raise(ABORT, 'the history is append-only');
  END;

  ALTER TABLE "order" RENAME COLUMN orderDateTime TO requiredDateTime;
  ALTER TABLE "order" ADD COLUMN orderDateTime INTEGER;
  ALTER TABLE "order" ADD COLUMN orderStatusMeaning TEXT;
  UPDATE "order" SET orderDateTime = requiredDateTime,
    orderStatusMeaning = CASE orderStatus
      WHEN 'Pending' THEN 'pending'
      WHEN 'Completed' THEN 'completed'
      WHEN 'Rejected' THEN 'rejected'
      WHEN 'Cancelled' THEN 'cancelled'
      ELSE 'unknown' END;
  ALTER TABLE "order" DROP COLUMN requiredDateTime;
  DROP INDEX orderByStatus;
  CREATE INDEX orderByMeaning ON "order" (orderStatusMeaning);
  CREATE TRIGGER orderOfOlderProgram BEFORE INSERT ON "order" WHEN NEW.orderStatusMeaning IS NULL BEGIN
    SELECT raise(ABORT, 'the order database is newer than this program, which can only read orders; upgrade cert-order-status');
  END;

  CREATE TABLE certificateByPosition (
    orderNumber INTEGER NOT NULL REFERENCES "order",
    position INTEGER NOT NULL,
    certificateID INTEGER UNIQUE CHECK (certificateID > 0),
    objectType TEXT,
    FQDN TEXT,
    certificateStatus TEXT,
    certificateStatusMeaning TEXT NOT NULL,
    certificateStatusReason TEXT,
    serialNumber TEXT,
    notBefore INTEGER,
    notAfter INTEGER,
    csrStatus INTEGER CHECK (csrStatus BETWEEN -1 AND 2),
    dcvStatus INTEGER CHECK (dcvStatus BETWEEN -1 AND 2),
    ovCallBackStatus INTEGER CHECK (ovCallBackStatus BETWEEN -1 AND 2),
    organizationValidationStatus INTEGER CHECK (organizationValidationStatus BETWEEN -1 AND 2),
    freeDVUPStatus INTEGER CHECK (freeDVUPStatus BETWEEN -1 AND 2),
    evClickThroughStatus INTEGER CHECK (evClickThroughStatus BETWEEN -1 AND 2),
    caaStatus INTEGER CHECK (caaStatus BETWEEN -1 AND 2),
    slId TEXT,
    slSiteIds TEXT,
    qualysCreationDate TEXT,
    qualysExpirationDate TEXT,
    upsTrackingID TEXT,
    shippingOrganizationName TEXT,
    shippingOrganizationalUnitName TEXT,
    shippingStreetAddress1 TEXT,
    shippingStreetAddress2 TEXT,
    shippingStreetAddress3 TEXT,
    shippingLocalityName TEXT,
    shippingStateOrProvinceName TEXT,
    shippingPostalCode TEXT,
    shippingCountry TEXT,
    shippingTitle TEXT,
    shippingForename TEXT,
    shippingSurname TEXT,
    shippingEmail TEXT,
    shippingPhone TEXT,
    PRIMARY KEY (orderNumber, position)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO certificateByPosition (
    orderNumber, position, certificateID, objectType, FQDN, certificateStatus, certificateStatusMeaning,
    certificateStatusReason, serialNumber,
    csrStatus, dcvStatus, ovCallBackStatus, organizationValidationStatus, freeDVUPStatus, evClickThroughStatus,
    caaStatus
  )
    SELECT orderNumber, position, certificateID, objectType, FQDN, certificateStatus,
      CASE certificateStatus
        WHEN 'Awaiting Validation' THEN 'awaiting'
        WHEN 'Awaiting Brand Validation' THEN 'awaiting-brand-validation'
        WHEN 'Issued' THEN 'issued'
        WHEN 'Expired' THEN 'expired'
        WHEN 'Revoked' THEN 'revoked'
        WHEN 'Replaced' THEN 'replaced'
        WHEN 'Rejected' THEN 'rejected'
        ELSE 'unknown' END,
      certificateStatusReason, serialNumber,
      csrStatus, dcvStatus, ovCallBackStatus, organizationValidationStatus, freeDVUPStatus, evClickThroughStatus,
    caaStatus
    FROM certificate ORDER BY orderNumber, position;
  DROP TABLE certificate;
  ALTER TABLE certificateByPosition RENAME TO certificate;
  CREATE INDEX certificateByMeaning ON certificate (certificateStatusMeaning);
  CREATE INDEX certificateByFQDN ON certificate (lower(FQDN));
  CREATE INDEX certificateByExpiry ON certificate (notAfter)
    WHERE notAfter IS NOT NULL AND certificateStatusMeaning IN ('issued', 'replaced');
  `,
  `
  CREATE TABLE jobLease (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    expires INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // What queries/packed-certificates.ts makes, byte for byte. Of a list's end, which is a quote or a digit but for
  // nulls, `rtrim` takes the nulls away. Programs of before this step go on reading; what they would write is refused.
  `
  ALTER TABLE "order" ADD COLUMN packedCertificates TEXT;
  UPDATE "order" SET packedCertificates = (
    SELECT iif(octet_length(packed) <= 16384, packed, '') FROM (
      SELECT '[' || coalesce(group_concat(rtrim(json_array(
        CAST(certificateID AS TEXT), serialNumber, objectType, FQDN, certificateStatus, certificateStatusReason,
        csrStatus, dcvStatus, ovCallBackStatus, organizationValidationStatus, freeDVUPStatus, evClickThroughStatus,
        caaStatus, notBefore, notAfter, slId, slSiteIds, qualysCreationDate, qualysExpirationDate, upsTrackingID,
        shippingOrganizationName, shippingOrganizationalUnitName, shippingStreetAddress1, shippingStreetAddress2,
        shippingStreetAddress3, shippingLocalityName, shippingStateOrProvinceName, shippingPostalCode,
        shippingCountry, shippingTitle, shippingForename, shippingSurname, shippingEmail, shippingPhone
      ), 'nul,]') || ']', ',' ORDER BY position), '') || ']' AS packed
      FROM certificate WHERE certificate.orderNumber = "order".orderNumber
    )
  );
  DROP TRIGGER orderOfOlderProgram;
  CREATE TRIGGER orderOfOlderProgram BEFORE INSERT ON "order" WHEN NEW.packedCertificates IS NULL BEGIN
    SELECT raise(ABORT, 'the order database is newer than this program, which can only read orders; upgrade cert-order-status');
  END;
  `,
  `
  CREATE TABLE accountToken (
    tokenID INTEGER PRIMARY KEY AUTOINCREMENT,
    accountID INTEGER NOT NULL REFERENCES account,
    name TEXT NOT NULL,
    scope TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    expires INTEGER,
    revoked INTEGER,
    lastUsed INTEGER
  ) STRICT;
  CREATE INDEX accountTokenOfAccount ON accountToken (accountID, name);
  CREATE UNIQUE INDEX accountTokenByName ON accountToken (accountID, name) WHERE revoked IS NULL;

  CREATE TABLE prunedChanges (
    accountID INTEGER PRIMARY KEY REFERENCES account,
    cursor INTEGER NOT NULL
  ) STRICT;
  `,
  // Each identity has one secret that does not expire: the current one.
  `
  CREATE TABLE secret (
    secretID TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    owner TEXT NOT NULL,
    keyID TEXT NOT NULL,
    ciphertext TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX currentSecret ON secret (purpose, owner) WHERE expires IS NULL;
  CREATE INDEX secretOfOwner ON secret (purpose, owner);
  CREATE INDEX secretByExpiry ON secret (expires) WHERE expires IS NOT NULL;

  CREATE TABLE currentSecretKey (keyID TEXT NOT NULL) STRICT;
  `,
  WEBHOOK_TABLES,
  // Programs of before this step take leases, too: the holder is then another, and the generation the same.
  `
  ALTER TABLE jobLease ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
  `,
  UPSTREAM_TABLES,
];

/**
 * Whether the database's schema is the one this program works with; false when it must be migrated first.
 *
 * @throws {OperatorError} for a database that is not an order database, or is newer than this program.
 */
export function isCurrent(database: DatabaseSync, path: string): boolean {
  const applicationID = pragma(database, 'application_id');
  const version = pragma(database, 'user_version');
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  if (applicationID !== APPLICATION_ID && !isEmpty) {
    throw new OperatorError(`${path} is a database of another program; name another file`);
  }
  if (version > STEPS.length) {
    throw new OperatorError(
      `${path} has schema ${version}, newer than this program knows (${STEPS.length}); upgrade cert-order-status`,
    );
  }
  return version === STEPS.length && applicationID === APPLICATION_ID;
}

/** Brings the schema up to date in one transaction; of several processes that try, one does it. */
export function migrate(database: DatabaseSync, path: string): void {
  if (isCurrent(database, path)) return;
  inBlockingTransaction(database, () => {
    if (isCurrent(database, path)) return;
    for (const step of STEPS.slice(pragma(database, 'user_version'))) database.exec(step);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${STEPS.length}`);
  });
}

function pragma(database: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
