/** The hot read on SQLite. */

import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { StatusQuery } from '@cert-order-status/protocol';
import type { StatusReader, StatusReading } from '../../orders/status-reader.ts';
import {
  ACCOUNT_COLUMNS,
  REPLACEMENTS_LIMIT,
  readingOf,
  STATUS_CERTIFICATE_COLUMNS,
  STATUS_LATER_COLUMNS,
  STATUS_ORDER_COLUMNS,
  type StatusRow,
} from '../queries/status-rows.ts';
import { inSnapshot } from './transaction.ts';

/** A number of an order does not fit a JavaScript number. */
const OF_ORDER = STATUS_ORDER_COLUMNS.map((column) =>
  column === 'orderNumber' ? 'CAST(o.orderNumber AS TEXT)' : `o.${column}`,
);
const LATER = STATUS_LATER_COLUMNS.map((column) => `c.${column}`).join(', ');
const COLUMNS = [
  ...ACCOUNT_COLUMNS.map((column) => `a.${column}`),
  ...OF_ORDER,
  ...STATUS_CERTIFICATE_COLUMNS.map((column) => `c.${column}`),
  `CASE WHEN coalesce(${LATER}) IS NOT NULL THEN json_array(${LATER}) END`,
].join(', ');

/** The account, the order if it is the account's, and that order's certificates. */
const BY_ORDER_NUMBER = `
  SELECT ${COLUMNS}
  FROM account a
  LEFT JOIN "order" o ON o.orderNumber = ?2 AND o.accountID = a.accountID
  LEFT JOIN certificate c ON c.orderNumber = o.orderNumber
  WHERE a.loginName = ?1
  ORDER BY c.position`;

/** The same, with at most the one certificate. */
const BY_BOTH_NUMBERS = `
  SELECT ${COLUMNS}
  FROM account a
  LEFT JOIN "order" o ON o.orderNumber = ?2 AND o.accountID = a.accountID
  LEFT JOIN certificate c ON c.certificateID = ?3 AND c.orderNumber = o.orderNumber
  WHERE a.loginName = ?1`;

/**
 * The account, the order that holds the certificate if that is the account's, and then the certificate: one that
 * belongs to another account takes the same steps as one that does not exist.
 */
const BY_CERTIFICATE_ID = `
  SELECT ${COLUMNS}
  FROM account a
  LEFT JOIN "order" o
    ON o.orderNumber = coalesce((SELECT orderNumber FROM certificate WHERE certificateID = ?2), 0)
    AND o.accountID = a.accountID
  LEFT JOIN certificate c ON c.certificateID = ?2 AND c.orderNumber = o.orderNumber
  WHERE a.loginName = ?1`;

/** UNION, not UNION ALL: a loop, should one ever get into the database, ends here. */
const REPLACEMENTS = `
  WITH RECURSIVE later (orderNumber) AS (
    SELECT orderNumber FROM "order" WHERE replacesOrderNumber = ?1
    UNION
    SELECT o.orderNumber FROM "order" o JOIN later ON o.replacesOrderNumber = later.orderNumber
  ), first (orderNumber) AS (
    SELECT o.orderNumber FROM later JOIN "order" o USING (orderNumber)
    WHERE o.accountID = ?2 AND o.orderNumber <> ?1
    ORDER BY o.orderDateTime NULLS LAST, o.orderNumber LIMIT ${REPLACEMENTS_LIMIT}
  )
  SELECT ${COLUMNS}
  FROM first JOIN "order" o USING (orderNumber) JOIN account a USING (accountID) JOIN certificate c USING (orderNumber)
  ORDER BY o.orderDateTime NULLS LAST, o.orderNumber, c.position`;

/** A read that waits for the turn that it is part of. */
interface WaitingRead {
  readonly loginName: string;
  readonly query: StatusQuery;
  resolve(reading: StatusReading): void;
  reject(error: unknown): void;
}

/**
 * The hot read on SQLite. The requests that one turn of the event loop has received are read in one transaction, as
 * each transaction costs as much as the read itself. It begins after the last of them was received: each sees every
 * change that was acknowledged before it was sent.
 */
export function sqliteStatusReader(database: DatabaseSync): StatusReader {
  const prepare = (sql: string) => {
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    return (...values: SQLInputValue[]) => statement.all(...values) as unknown as StatusRow[];
  };
  const byOrderNumber = prepare(BY_ORDER_NUMBER);
  const byBothNumbers = prepare(BY_BOTH_NUMBERS);
  const byCertificateID = prepare(BY_CERTIFICATE_ID);
  const replacements = prepare(REPLACEMENTS);
  let waiting: WaitingRead[] = [];

  function rowsOf(loginName: string, { orderNumber, certificateID }: StatusQuery): StatusRow[] {
    if (certificateID === undefined) return byOrderNumber(loginName, BigInt(orderNumber ?? 0));
    if (orderNumber === undefined) return byCertificateID(loginName, BigInt(certificateID));
    return byBothNumbers(loginName, BigInt(orderNumber), BigInt(certificateID));
  }

  function read({ loginName, query }: WaitingRead): StatusReading {
    return readingOf(rowsOf(loginName, query), query, (orderNumber, accountID) =>
      replacements(BigInt(orderNumber), accountID),
    );
  }

  function readWaiting(): void {
    const reads = waiting;
    waiting = [];
    try {
      inSnapshot(database, () => {
        for (const each of reads) {
          // One that fails is the failure of its own request alone.
          try {
            each.resolve(read(each));
          } catch (error) {
            each.reject(error);
          }
        }
      });
    } catch (error) {
      // The transaction did not begin. Those that have been read already stay as they are.
      for (const each of reads) each.reject(error);
    }
  }

  return {
    read(loginName, query) {
      return new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(readWaiting);
        waiting.push({ loginName, query, resolve, reject });
      });
    },
  };
}
