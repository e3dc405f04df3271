/** The hot read on SQLite. */

import type { DatabaseSync } from 'node:sqlite';
import type { StatusQuery } from '@cert-order-status/protocol';
import type { CertificateRow, OrderRow } from '../order-rows.ts';
import { type JoinedRow, REPLACEMENTS_LIMIT, readingOf } from '../status-rows.ts';
import type { StatusReader, StatusReading } from '../store.ts';
import { CERTIFICATE_COLUMNS, ORDER_COLUMNS } from './order-rows.ts';
import { inSnapshot } from './transaction.ts';

const ACCOUNT_COLUMNS = 'a.accountID, a.credentialVersion, a.disabled';

/** The account, the order if it is the account's, and that order's certificates. */
const BY_ORDER_NUMBER = `
  SELECT ${ACCOUNT_COLUMNS}, ${ORDER_COLUMNS}, ${CERTIFICATE_COLUMNS}
  FROM account a
  LEFT JOIN "order" o ON o.orderNumber = ?2 AND o.accountID = a.accountID
  LEFT JOIN certificate c ON c.orderNumber = o.orderNumber
  WHERE a.loginName = ?1
  ORDER BY c.position`;

/** The same, with at most the one certificate. */
const BY_BOTH_NUMBERS = `
  SELECT ${ACCOUNT_COLUMNS}, ${ORDER_COLUMNS}, ${CERTIFICATE_COLUMNS}
  FROM account a
  LEFT JOIN "order" o ON o.orderNumber = ?2 AND o.accountID = a.accountID
  LEFT JOIN certificate c ON c.certificateID = ?3 AND c.orderNumber = o.orderNumber
  WHERE a.loginName = ?1`;

/** The account, the certificate, and the order that holds it if that is the account's. */
const BY_CERTIFICATE_ID = `
  SELECT ${ACCOUNT_COLUMNS}, ${ORDER_COLUMNS}, ${CERTIFICATE_COLUMNS}
  FROM account a
  LEFT JOIN certificate c ON c.certificateID = ?2
  LEFT JOIN "order" o ON o.orderNumber = c.orderNumber AND o.accountID = a.accountID
  WHERE a.loginName = ?1`;

/** UNION, not UNION ALL: a loop, should one ever get into the book, ends here. */
const REPLACEMENTS = `
  WITH RECURSIVE later (orderNumber) AS (
    SELECT orderNumber FROM "order" WHERE replacesOrderNumber = ?1
    UNION
    SELECT o.orderNumber FROM "order" o JOIN later ON o.replacesOrderNumber = later.orderNumber
  ), first (orderNumber) AS (
    SELECT o.orderNumber FROM later JOIN "order" o USING (orderNumber)
    WHERE o.accountID = ?2 AND o.orderNumber <> ?1
    ORDER BY o.orderDateTime, o.orderNumber LIMIT ${REPLACEMENTS_LIMIT}
  )
  SELECT ${ORDER_COLUMNS}, ${CERTIFICATE_COLUMNS}
  FROM first JOIN "order" o USING (orderNumber) JOIN certificate c USING (orderNumber)
  ORDER BY o.orderDateTime, o.orderNumber, c.position`;

/** The hot read on SQLite. */
export function sqliteStatusReader(database: DatabaseSync): StatusReader {
  const byOrderNumber = database.prepare(BY_ORDER_NUMBER);
  const byBothNumbers = database.prepare(BY_BOTH_NUMBERS);
  const byCertificateID = database.prepare(BY_CERTIFICATE_ID);
  const replacements = database.prepare(REPLACEMENTS);

  function rowsOf(loginName: string, { orderNumber, certificateID }: StatusQuery): JoinedRow[] {
    const order = BigInt(orderNumber ?? 0);
    const certificate = BigInt(certificateID ?? 0);
    if (certificateID === undefined) return byOrderNumber.all(loginName, order) as unknown as JoinedRow[];
    if (orderNumber === undefined)
      return byCertificateID.all(loginName, certificate) as unknown as JoinedRow[];
    return byBothNumbers.all(loginName, order, certificate) as unknown as JoinedRow[];
  }

  function read(loginName: string, query: StatusQuery): StatusReading {
    return readingOf(
      rowsOf(loginName, query),
      query,
      (orderNumber, accountID) =>
        replacements.all(BigInt(orderNumber), accountID) as unknown as (OrderRow & CertificateRow)[],
    );
  }

  return {
    async read(loginName, query) {
      // Only queryType 2 takes two statements, which must see one state of the book.
      return query.queryType === 2
        ? inSnapshot(database, () => read(loginName, query))
        : read(loginName, query);
    },
  };
}
