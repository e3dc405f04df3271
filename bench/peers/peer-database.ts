/**
 * The order database of the peers: the benchmark's orders in a plain schema, which the service's own does not change.
 */

import { createHash, randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { parseDateTime } from '@cert-order-status/protocol';
import { type DatabaseSize, orderAt, PASSWORD } from '../order-database.ts';

const CHECKS = [
  'csrStatus',
  'dcvStatus',
  'ovCallBackStatus',
  'organizationValidationStatus',
  'freeDVUPStatus',
  'evClickThroughStatus',
  'caaStatus',
] as const;

/** The wire's numbers of the checks. */
const WIRE = { 'not-required': -1, 'not-completed': 0, completed: 1, 'in-progress': 2 } as const;

const SCHEMA = `
  PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
  CREATE TABLE account (
    accountID INTEGER PRIMARY KEY,
    loginName TEXT NOT NULL UNIQUE,
    salt TEXT NOT NULL,
    passwordHash TEXT NOT NULL,
    credentialVersion INTEGER NOT NULL,
    disabled INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE "order" (
    orderNumber INTEGER PRIMARY KEY,
    accountID INTEGER NOT NULL REFERENCES account,
    orderDateTime INTEGER NOT NULL,
    orderStatus TEXT NOT NULL
  ) STRICT;
  CREATE TABLE certificate (
    orderNumber INTEGER NOT NULL REFERENCES "order",
    position INTEGER NOT NULL,
    objectType TEXT NOT NULL,
    FQDN TEXT NOT NULL,
    certificateStatus TEXT NOT NULL,
    ${CHECKS.map((name) => `${name} INTEGER NOT NULL`).join(', ')},
    PRIMARY KEY (orderNumber, position)
  ) STRICT, WITHOUT ROWID;`;

/** Makes and fills the database in a file that does not exist yet. */
export function fillPeerDatabase(file: string, size: DatabaseSize): void {
  const database = new DatabaseSync(file);
  database.exec(SCHEMA);
  database.exec('BEGIN');
  const addAccount = database.prepare('INSERT INTO account VALUES (?, ?, ?, ?, 1, 0)');
  const salt = randomBytes(16).toString('hex');
  const hash = createHash('sha256').update(salt).update(PASSWORD).digest('hex');
  for (let account = 0; account < size.accounts; account++)
    addAccount.run(account + 1, orderAt(account, size).account, salt, hash);
  const addOrder = database.prepare('INSERT INTO "order" VALUES (?, ?, ?, ?)');
  const addCertificate = database.prepare(
    `INSERT INTO certificate VALUES (?, ?, ?, ?, ?${', ?'.repeat(CHECKS.length)})`,
  );
  for (let index = 0; index < size.orders; index++) {
    const { orderNumber, orderDateTime = '', orderStatus, certificates } = orderAt(index, size);
    const ordered = parseDateTime(orderDateTime) ?? 0;
    addOrder.run(Number(orderNumber), (index % size.accounts) + 1, ordered, orderStatus);
    certificates.forEach((certificate, position) => {
      const { objectType = '', FQDN = '', certificateStatus = '' } = certificate;
      const checks = CHECKS.map((name) => WIRE[certificate[name] ?? 'not-required']);
      addCertificate.run(Number(orderNumber), position, objectType, FQDN, certificateStatus, ...checks);
    });
  }
  database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}
