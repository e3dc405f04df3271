/** The orders in SQLite. */

import { DatabaseSync } from 'node:sqlite';
import type { OrderRecord } from '@cert-order-status/protocol';
import type { StoredOrder } from '../../orders/change-request.ts';
import {
  type ChangeContext,
  type ChangeTerms,
  decideChange,
  isIssue,
  isSame,
} from '../../orders/decide-change.ts';
import type { OrderStore, Survey } from '../../orders/order-store.ts';
import type { FollowedPlace } from '../../orders/placement-rules.ts';
import { requireLeaseOn } from '../queries/job-leases.ts';
import {
  type CertificateRow,
  FOLLOWED,
  FOLLOWING_COLUMNS,
  HELD_CERTIFICATES,
  type OrderRow,
  orderRecord,
  type PlacedRow,
  placedOrder,
  type StoredColumns,
  storedOrder,
} from '../queries/order-rows.ts';
import { prepareRecordChange } from './history.ts';
import {
  CERTIFICATE_COLUMNS,
  certificateValues,
  ORDER_COLUMNS,
  orderValues,
  WRITE_CERTIFICATE,
  WRITE_ORDER,
} from './order-rows.ts';
import { searchOrders } from './order-search.ts';
import { type SqliteSql, sqliteSql } from './sql.ts';
import { prepareRead, prepareWrite } from './statements.ts';
import { inSnapshot, inTransaction } from './transaction.ts';

/** How many orders are read at once when all of them are. */
const PAGE_ORDERS = 500;

/** The orders in SQLite. */
export function sqliteOrderStore(database: DatabaseSync, sql: SqliteSql): OrderStore {
  const get = prepareGet(database);
  const requireLease = requireLeaseOn(sql);
  const holder = prepareRead<{ orderNumber: string }>(
    database,
    'SELECT CAST(orderNumber AS TEXT) AS orderNumber FROM certificate WHERE certificateID = ?',
  );
  const placement = prepareRead<PlacedRow>(
    database,
    `SELECT a.loginName, CAST(o.replacesOrderNumber AS TEXT) AS replacesOrderNumber
     FROM "order" o JOIN account a USING (accountID) WHERE o.orderNumber = ?`,
  );
  const placed = (orderNumber: string) => {
    const row = placement.get(BigInt(orderNumber));
    return row && placedOrder(row);
  };
  const account = prepareRead<{ accountID: number }>(
    database,
    'SELECT accountID FROM account WHERE loginName = ?',
  );
  const following = prepareRead<FollowedPlace>(
    database,
    `SELECT u.name AS upstream, a.loginName AS account
     FROM followedOrder f JOIN upstream u USING (upstreamID) JOIN account a ON a.accountID = f.accountID
     WHERE f.orderNumber = ?`,
  );
  const isReplacedThrough = prepareRead(
    database,
    `WITH RECURSIVE earlier (orderNumber) AS (
      SELECT ?1
      UNION
      SELECT o.replacesOrderNumber FROM "order" o JOIN earlier USING (orderNumber)
    )
    SELECT 1 FROM earlier WHERE orderNumber = ?2`,
  );
  const writeOrder = prepareWrite(database, WRITE_ORDER);
  const writeCertificate = prepareWrite(database, WRITE_CERTIFICATE);
  const recordChange = prepareRecordChange(database);
  const recordIssue = prepareWrite(
    database,
    'INSERT INTO firstIssue (orderNumber, issued) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );

  const orderStore: ChangeContext = {
    get,
    placed,
    replaces: (orderNumber, earlier) =>
      isReplacedThrough.get(BigInt(orderNumber), BigInt(earlier)) !== undefined,
    hasAccount: (loginName) => account.get(loginName) !== undefined,
    followed: (orderNumber) => following.get(BigInt(orderNumber)),
    holderOf: (certificateID) => holder.get(BigInt(certificateID))?.orderNumber,
  };

  /** Only the rows that differ: one certificate of many is often all that changes. */
  function writeDown(
    record: OrderRecord,
    before: OrderRecord | undefined,
    version: number,
    { madeMs, exemption }: ChangeTerms,
  ): void {
    const { accountID } = account.get(record.account) ?? {};
    if (accountID === undefined) throw new Error(`account ${record.account} was not looked up`);
    writeOrder(
      ...orderValues(accountID, record, {
        version,
        changed: madeMs,
        isObserved: exemption?.kind === 'observed',
      }),
    );
    for (const [position, certificate] of record.certificates.entries()) {
      if (isSame(before?.certificates[position], certificate)) continue;
      writeCertificate(...certificateValues(record.orderNumber, position, certificate));
    }
  }

  function ordersToHold(orderNumbers: Iterable<string>): Pick<Survey, 'orders' | 'left'> {
    const orders = new Map<string, OrderRecord>();
    const left = new Set<string>();
    let certificates = 0;
    for (const orderNumber of new Set(orderNumbers)) {
      const record = certificates < HELD_CERTIFICATES ? get(orderNumber)?.record : undefined;
      if (certificates >= HELD_CERTIFICATES) left.add(orderNumber);
      if (record === undefined) continue;
      orders.set(orderNumber, record);
      certificates += record.certificates.length;
    }
    return { orders, left };
  }

  return {
    async get(orderNumber) {
      return inSnapshot(database, () => get(orderNumber));
    },
    async survey({ loginNames, orderNumbers, certificateIDs }): Promise<Survey> {
      return inSnapshot(database, () => ({
        accounts: new Set([...new Set(loginNames)].filter(orderStore.hasAccount)),
        ...ordersToHold(orderNumbers),
        followed: found(orderNumbers, orderStore.followed),
        holders: found(certificateIDs, orderStore.holderOf),
      }));
    },
    async placed(orderNumbers) {
      return inSnapshot(database, () => found(orderNumbers, placed));
    },
    async change(requests, by, { exemption, isSilent, lease } = {}) {
      return inTransaction(database, () => {
        if (lease !== undefined) sql.follow(requireLease(lease));
        const terms = { by, madeMs: Date.now(), exemption, isSilent };
        return requests.map((request) => {
          const { outcome, write } = decideChange(request, orderStore, terms);
          if (write !== undefined) {
            writeDown(write.order.record, write.before, write.order.version, terms);
            recordChange(write.change);
            if (isIssue(write.change)) recordIssue(BigInt(request.orderNumber), terms.madeMs);
          }
          return outcome;
        });
      });
    },
    async search(filter, page) {
      return inSnapshot(database, () => {
        const numbers = sql.follow(searchOrders(filter, { ...page, limit: page.limit + 1 }));
        const orders: StoredOrder[] = [];
        let certificates = 0;
        for (const orderNumber of numbers.slice(0, page.limit)) {
          const order = get(orderNumber);
          if (order === undefined) continue;
          certificates += order.record.certificates.length;
          if (certificates > HELD_CERTIFICATES && orders.length > 0) break;
          orders.push(order);
        }
        return { orders, more: numbers.length > orders.length };
      });
    },
    async *all() {
      // On a connection of its own: the snapshot lasts until the last order is read.
      const snapshot = new DatabaseSync(database.location() as string, { readOnly: true });
      try {
        snapshot.exec('BEGIN');
        const getThen = prepareGet(snapshot);
        const { follow } = sqliteSql(snapshot);
        for (let after = '0'; ; ) {
          const numbers = follow(searchOrders({}, { after, limit: PAGE_ORDERS }));
          for (const orderNumber of numbers) {
            const order = getThen(orderNumber);
            if (order !== undefined) yield order.record;
          }
          const last = numbers.at(-1);
          if (last === undefined) return;
          after = last;
        }
      } finally {
        snapshot.close();
      }
    },
  };
}

type StoredRow = OrderRow & StoredColumns & { readonly loginName: string };

function prepareGet(database: DatabaseSync): (orderNumber: string) => StoredOrder | undefined {
  const order = prepareRead<StoredRow>(
    database,
    `SELECT a.loginName, o.version, o.changed, ${FOLLOWING_COLUMNS}, ${ORDER_COLUMNS}
     FROM "order" o JOIN account a ON a.accountID = o.accountID ${FOLLOWED} WHERE o.orderNumber = ?`,
  );
  const certificates = prepareRead<CertificateRow>(
    database,
    `SELECT ${CERTIFICATE_COLUMNS} FROM certificate c WHERE c.orderNumber = ? ORDER BY c.position`,
  );
  return (orderNumber) => {
    const row = order.get(BigInt(orderNumber));
    if (row === undefined) return undefined;
    const rows = certificates.all(BigInt(orderNumber));
    return storedOrder(orderRecord(row.loginName, row, rows), row);
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
