/** The orders in SQLite. */

import type { DatabaseSync } from 'node:sqlite';
import type { OrderRecord } from '@cert-order-status/protocol';
import {
  brokenLinkRule,
  brokenPlacementRule,
  loopOfReplacements,
  type PlacedOrder,
  type Surroundings,
} from '../../orders/placement-rules.ts';
import { type OrderBook, OrderRefused, type PutCounts, type Survey } from '../store.ts';
import {
  CERTIFICATE_COLUMNS,
  type CertificateRow,
  certificateValues,
  ORDER_COLUMNS,
  type OrderRow,
  orderRecord,
  orderValues,
} from './order-rows.ts';
import { inSnapshot, inTransaction } from './transaction.ts';
import { prepareWrite } from './write-statement.ts';

/** The orders in SQLite. */
export function sqliteOrderBook(database: DatabaseSync): OrderBook {
  const order = database.prepare(
    `SELECT a.loginName, ${ORDER_COLUMNS} FROM "order" o JOIN account a USING (accountID) WHERE o.orderNumber = ?`,
  );
  const certificates = database.prepare(
    `SELECT ${CERTIFICATE_COLUMNS} FROM certificate c WHERE c.orderNumber = ? ORDER BY c.position`,
  );
  const certificateIDs = database.prepare(
    'SELECT CAST(certificateID AS TEXT) AS certificateID FROM certificate WHERE orderNumber = ? ORDER BY position',
  );
  const holder = database.prepare(
    'SELECT CAST(orderNumber AS TEXT) AS orderNumber FROM certificate WHERE certificateID = ?',
  );
  const account = database.prepare('SELECT accountID FROM account WHERE loginName = ?');
  const isReplacedThrough = database.prepare(`
    WITH RECURSIVE earlier (orderNumber) AS (
      SELECT ?1
      UNION
      SELECT o.replacesOrderNumber FROM "order" o JOIN earlier USING (orderNumber)
    )
    SELECT 1 FROM earlier WHERE orderNumber = ?2`);
  const writeOrder = prepareWrite(
    database,
    `
    INSERT INTO "order" VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (orderNumber) DO UPDATE SET orderDateTime = excluded.orderDateTime,
      orderStatus = excluded.orderStatus, orderStatusReason = excluded.orderStatusReason,
      replacesOrderNumber = excluded.replacesOrderNumber, suggestedOrgDetails = excluded.suggestedOrgDetails`,
  );
  const deleteCertificates = prepareWrite(database, 'DELETE FROM certificate WHERE orderNumber = ?');
  const writeCertificate = prepareWrite(
    database,
    'INSERT INTO certificate VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );

  function get(orderNumber: string): OrderRecord | undefined {
    const row = order.get(BigInt(orderNumber)) as unknown as (OrderRow & { loginName: string }) | undefined;
    if (row === undefined) return undefined;
    const rows = certificates.all(BigInt(orderNumber)) as unknown as CertificateRow[];
    return orderRecord(row.loginName, row, rows);
  }

  function placed(orderNumber: string): PlacedOrder | undefined {
    const row = order.get(BigInt(orderNumber)) as unknown as (OrderRow & { loginName: string }) | undefined;
    if (row === undefined) return undefined;
    return {
      account: row.loginName,
      ...(row.replacesOrderNumber !== null && { replacesOrderNumber: row.replacesOrderNumber }),
      certificateIDs: certificateIDs
        .all(BigInt(orderNumber))
        .map((found) => found['certificateID'] as string),
    };
  }

  const book: Surroundings = {
    hasAccount: (loginName) => account.get(loginName) !== undefined,
    order: placed,
    holderOf: (certificateID) => holder.get(BigInt(certificateID))?.['orderNumber'] as string | undefined,
  };

  function put(record: OrderRecord): keyof PutCounts {
    const existing = get(record.orderNumber);
    if (JSON.stringify(existing) === JSON.stringify(record)) return 'unchanged';
    const rule = brokenPlacementRule(record, book) ?? brokenLink(record, existing);
    if (rule !== undefined) throw new OrderRefused(record.orderNumber, rule);

    const accountID = account.get(record.account)?.['accountID'] as number;
    writeOrder(...orderValues(accountID, record));
    if (existing !== undefined) deleteCertificates(BigInt(record.orderNumber));
    for (const [position, certificate] of record.certificates.entries()) {
      writeCertificate(...certificateValues(record.orderNumber, position, certificate));
    }
    return existing === undefined ? 'created' : 'changed';
  }

  function brokenLink(record: OrderRecord, existing: OrderRecord | undefined): string | undefined {
    const { orderNumber, replacesOrderNumber } = record;
    if (replacesOrderNumber === undefined) return undefined;
    const rule = brokenLinkRule(record, placed(replacesOrderNumber));
    if (rule !== undefined) return rule;
    // Nothing replaces an order that is not there yet, so only one that is can close a loop.
    const isNewLink = existing !== undefined && existing.replacesOrderNumber !== replacesOrderNumber;
    const loops = isNewLink && isReplacedThrough.get(BigInt(replacesOrderNumber), BigInt(orderNumber));
    return loops ? loopOfReplacements(orderNumber) : undefined;
  }

  return {
    async get(orderNumber) {
      return inSnapshot(database, () => get(orderNumber));
    },
    async survey({ loginNames, orderNumbers, certificateIDs: wanted }): Promise<Survey> {
      return inSnapshot(database, () => ({
        accounts: new Set([...new Set(loginNames)].filter(book.hasAccount)),
        orders: found(orderNumbers, placed),
        holders: found(wanted, book.holderOf),
      }));
    },
    async put(records) {
      return inTransaction(database, () => {
        const counts = { created: 0, changed: 0, unchanged: 0 };
        for (const record of records) counts[put(record)]++;
        return counts;
      });
    },
  };
}

function found<Value>(
  keys: Iterable<string>,
  lookUp: (key: string) => Value | undefined,
): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  for (const key of keys) {
    const value = values.has(key) ? undefined : lookUp(key);
    if (value !== undefined) values.set(key, value);
  }
  return values;
}
