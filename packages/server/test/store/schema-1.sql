-- An order database as the first schema left it, with one order.
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

INSERT INTO account (loginName, passwordHash, created) VALUES ('acme-hosting', 'hash', 1750000000);
INSERT INTO "order" VALUES (7250060, 1, 1749643020, 'Pending', NULL, NULL, NULL);
INSERT INTO certificate VALUES (5550001, 7250060, 0, 'SSL', 'www.example.com', 'Awaiting Validation', NULL, NULL,
  1, 2, -1, -1, -1, -1, 0);
PRAGMA application_id = 0x434f5374;
PRAGMA user_version = 1;
