/**
 * The orders in PostgreSQL. One transaction at a time changes them, whichever process it is of. It reads all that its
 * changes touch, decides in memory, and writes everything at once: so a batch costs a few round trips, however long it
 * is.
 */

import type { OrderRecord } from '@cert-order-status/protocol';
import type { NewChange } from '../../orders/change.ts';
import type { ChangeRequest, StoredOrder } from '../../orders/change-request.ts';
import { type ChangeTerms, decideChange, isIssue, isSame } from '../../orders/decide-change.ts';
import type { ChangeOutcome, OrderStore, Survey } from '../../orders/order-store.ts';
import type { FollowedPlace, PlacedOrder } from '../../orders/placement-rules.ts';
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
import { ChangeSet } from './change-set.ts';
import { type Connection, type Database, SNAPSHOT } from './connection-pool.ts';
import { recordChanges, takeFeed } from './history.ts';
import {
  CERTIFICATE_COLUMNS,
  certificateValues,
  LISTED,
  ORDER_COLUMNS,
  orderValues,
  WRITE_CERTIFICATES,
  WRITE_ORDERS,
} from './order-rows.ts';
import { type FoundOrder, searchOrders } from './order-search.ts';
import { follow, postgresSql } from './sql.ts';

/** How many orders are read at once when all of them are. */
const PAGE_ORDERS = 500;

/** The orders in PostgreSQL. */
export function postgresOrderStore(database: Database): OrderStore {
  const requireLease = requireLeaseOn(postgresSql(database));
  return {
    async get(orderNumber) {
      return (await readOrders(database, [orderNumber])).get(orderNumber);
    },
    async survey({ loginNames, orderNumbers, certificateIDs }): Promise<Survey> {
      return database.transaction(async (snapshot) => {
        const [first = [], ...others] = partsToHold(await countCertificates(snapshot, new Set(orderNumbers)));
        const orders = await readOrders(snapshot, first);
        return {
          accounts: new Set((await readAccounts(snapshot, [...new Set(loginNames)])).keys()),
          left: new Set(others.flat()),
          orders: new Map([...orders].map(([orderNumber, { record }]) => [orderNumber, record])),
          followed: await readFollowed(snapshot, [...new Set(orderNumbers)]),
          holders: await readHolders(snapshot, [...new Set(certificateIDs)]),
        };
      }, SNAPSHOT);
    },
    async placed(orderNumbers) {
      return readPlaced(database, orderNumbers);
    },
    async change(requests, by, { exemption, isSilent, lease } = {}) {
      return database.transaction(async (transaction) => {
        let latest = await takeFeed(transaction);
        if (lease !== undefined) await follow(requireLease(lease), transaction);
        const terms = { by, madeMs: Date.now(), exemption, isSilent };
        const outcomes: ChangeOutcome[] = [];
        for (const part of await partsOf(requests, transaction)) {
          const changed = await change(transaction, latest, part, terms);
          outcomes.push(...changed.outcomes);
          latest += BigInt(changed.changes);
        }
        return outcomes;
      });
    },
    async search(filter, { limit, ...page }) {
      return database.transaction(async (snapshot) => {
        const found = await follow(searchOrders(filter, { ...page, limit: limit + 1 }), snapshot);
        const [numbers = []] = partsToHold(found.slice(0, limit));
        const orders = await readOrders(snapshot, numbers);
        return {
          orders: numbers.flatMap((orderNumber) => orders.get(orderNumber) ?? []),
          more: found.length > numbers.length,
        };
      }, SNAPSHOT);
    },
    async *all() {
      // A connection of its own: the snapshot lasts until the last order is read.
      const snapshot = await database.reserve();
      try {
        await snapshot.run(`BEGIN ${SNAPSHOT}`);
        for (let after = '0'; ; ) {
          const found = await follow(searchOrders({}, { after, limit: PAGE_ORDERS }), snapshot);
          for (const numbers of partsToHold(found)) {
            const orders = await readOrders(snapshot, numbers);
            yield* numbers.flatMap((orderNumber) => orders.get(orderNumber)?.record ?? []);
          }
          const last = found.at(-1);
          if (last === undefined) return;
          after = last.orderNumber;
        }
      } finally {
        await snapshot.run('ROLLBACK');
        snapshot.release();
      }
    },
  };
}

/** Cuts orders into parts that are not too much to hold at once; one that is by itself is a part. */
function partsToHold(orders: readonly FoundOrder[]): string[][] {
  const parts: string[][] = [];
  let held = Number.POSITIVE_INFINITY;
  for (const { orderNumber, certificates } of orders) {
    held += certificates;
    if (held > HELD_CERTIFICATES) {
      parts.push([]);
      held = certificates;
    }
    parts.at(-1)?.push(orderNumber);
  }
  return parts;
}

/** Cuts changes, in their order, into parts whose orders are not too much to hold at once. */
async function partsOf(
  requests: readonly ChangeRequest[],
  transaction: Connection,
): Promise<readonly (readonly ChangeRequest[])[]> {
  if (requests.length === 1) return [requests];
  const numbers = new Set(requests.map(({ orderNumber }) => orderNumber));
  const counts = new Map(
    (await countCertificates(transaction, numbers)).map((each) => [each.orderNumber, each.certificates]),
  );
  const found = requests.map(({ orderNumber }) => ({
    orderNumber,
    certificates: counts.get(orderNumber) ?? 0,
  }));
  let end = 0;
  return partsToHold(found).map(({ length }) => {
    const start = end;
    end += length;
    return requests.slice(start, end);
  });
}

async function change(
  transaction: Connection,
  latest: bigint,
  requests: readonly ChangeRequest[],
  terms: ChangeTerms,
): Promise<{ readonly outcomes: readonly ChangeOutcome[]; readonly changes: number }> {
  const orderStore = new ChangeSet({
    orders: (numbers) => readOrders(transaction, numbers),
    placed: (numbers) => readPlaced(transaction, numbers),
    accounts: (loginNames) => readAccounts(transaction, loginNames),
    followed: (numbers) => readFollowed(transaction, numbers),
    holders: (certificateIDs) => readHolders(transaction, certificateIDs),
    links: (numbers) => readLinks(transaction, numbers),
  });
  await orderStore.read(() => {
    for (const { orderNumber } of requests) orderStore.get(orderNumber);
  });
  // What each of them touches, as far as it can be told before the others are made.
  await orderStore.read(() => {
    for (const request of requests) decideChange(request, orderStore, terms);
  });

  const written = new Map<string, WrittenOrder>();
  const changes: NewChange[] = [];
  const outcomes: ChangeOutcome[] = [];
  for (const request of requests) {
    const { outcome, write } = await orderStore.read(() => decideChange(request, orderStore, terms));
    outcomes.push(outcome);
    if (write === undefined) continue;
    const { orderNumber } = request;
    const earlier = written.has(orderNumber)
      ? written.get(orderNumber)?.earlier
      : orderStore.get(orderNumber)?.record;
    written.set(orderNumber, { earlier, order: write.order });
    orderStore.put(write.order);
    changes.push(write.change);
  }
  if (changes.length > 0) {
    // Sent together: none waits for the one before to be answered.
    await Promise.all([
      ...writeOrders(transaction, orderStore, written.values(), terms),
      ...recordChanges(transaction, latest, changes),
      ...recordIssues(transaction, changes, terms.madeMs),
    ]);
  }
  return { outcomes, changes: changes.length };
}

/** An order as it is to be written, and as the database has it. */
interface WrittenOrder {
  readonly earlier: OrderRecord | undefined;
  readonly order: StoredOrder;
}

/** Writes orders: of their certificates only those that differ. */
function* writeOrders(
  transaction: Connection,
  orderStore: ChangeSet,
  written: Iterable<WrittenOrder>,
  { madeMs, exemption }: ChangeTerms,
): Iterable<Promise<unknown>> {
  const orders: object[] = [];
  const certificates: object[] = [];
  for (const { earlier, order } of written) {
    const { record, version } = order;
    const writtenAs = { version, changed: madeMs, isObserved: exemption?.kind === 'observed' };
    orders.push(orderValues(orderStore.accountID(record.account), record, writtenAs));
    for (const [position, certificate] of record.certificates.entries()) {
      if (isSame(earlier?.certificates[position], certificate)) continue;
      certificates.push(certificateValues(record.orderNumber, position, certificate));
    }
  }
  yield transaction.run(WRITE_ORDERS, [JSON.stringify(orders)]);
  if (certificates.length > 0) yield transaction.run(WRITE_CERTIFICATES, [JSON.stringify(certificates)]);
}

function* recordIssues(
  transaction: Connection,
  changes: readonly NewChange[],
  madeMs: number,
): Iterable<Promise<unknown>> {
  const issued = changes.filter(isIssue).map(({ orderNumber }) => orderNumber);
  if (issued.length > 0) yield transaction.run(RECORD_ISSUES, [JSON.stringify(issued), madeMs]);
}

const RECORD_ISSUES = `
  INSERT INTO "firstIssue" SELECT DISTINCT value, $2::bigint FROM (${LISTED}) listed (value) ON CONFLICT DO NOTHING`;

type StoredRow = OrderRow & CertificateRow & StoredColumns & { readonly loginName: string };

async function readOrders(
  connection: Connection,
  numbers: readonly string[],
): Promise<Map<string, StoredOrder>> {
  const orders = new Map<string, StoredOrder>();
  if (numbers.length === 0) return orders;
  const rows = await connection.run<StoredRow>(
    `SELECT a."loginName", o.version, o.changed::float8 AS changed, ${FOLLOWING_COLUMNS}, ${ORDER_COLUMNS},
       ${CERTIFICATE_COLUMNS}
     FROM "order" o JOIN account a ON a."accountID" = o."accountID" ${FOLLOWED}
     JOIN certificate c ON c."orderNumber" = o."orderNumber"
     WHERE o."orderNumber" IN (${LISTED}) ORDER BY o."orderNumber", c.position`,
    [JSON.stringify(numbers)],
  );
  for (let start = 0, first = rows[0]; first !== undefined; first = rows[start]) {
    const from = start;
    while (rows[start]?.orderNumber === first.orderNumber) start++;
    const record = orderRecord(first.loginName, first, rows.slice(from, start));
    orders.set(first.orderNumber, storedOrder(record, first));
  }
  return orders;
}

/** How many certificates each of these orders has; of each that is there none or more. */
async function countCertificates(
  connection: Connection,
  numbers: ReadonlySet<string>,
): Promise<readonly FoundOrder[]> {
  return connection.run<FoundOrder>(
    `SELECT "orderNumber"::text AS "orderNumber", count(*)::integer AS certificates FROM certificate
     WHERE "orderNumber" IN (${LISTED}) GROUP BY certificate."orderNumber" ORDER BY certificate."orderNumber"`,
    [JSON.stringify([...numbers])],
  );
}

async function readPlaced(
  connection: Connection,
  numbers: readonly string[],
): Promise<Map<string, PlacedOrder>> {
  const rows = await connection.run<PlacedRow & { readonly orderNumber: string }>(
    `SELECT "orderNumber"::text AS "orderNumber", "loginName", "replacesOrderNumber"::text AS "replacesOrderNumber"
     FROM "order" JOIN account USING ("accountID") WHERE "orderNumber" IN (${LISTED})`,
    [JSON.stringify(numbers)],
  );
  return new Map(rows.map((row) => [row.orderNumber, placedOrder(row)]));
}

async function readAccounts(
  connection: Connection,
  loginNames: readonly string[],
): Promise<Map<string, number>> {
  const rows = await connection.run<{ loginName: string; accountID: number }>(
    `SELECT "loginName", "accountID" FROM account
     WHERE "loginName" IN (SELECT value FROM jsonb_array_elements_text($1::text::jsonb))`,
    [JSON.stringify(loginNames)],
  );
  return new Map(rows.map(({ loginName, accountID }) => [loginName, accountID]));
}

async function readFollowed(
  connection: Connection,
  numbers: readonly string[],
): Promise<Map<string, FollowedPlace>> {
  const rows = await connection.run<FollowedPlace & { readonly orderNumber: string }>(
    `SELECT f."orderNumber"::text AS "orderNumber", u.name AS upstream, a."loginName" AS account
     FROM "followedOrder" f JOIN upstream u USING ("upstreamID") JOIN account a ON a."accountID" = f."accountID"
     WHERE f."orderNumber" IN (${LISTED})`,
    [JSON.stringify(numbers)],
  );
  return new Map(rows.map(({ orderNumber, ...place }) => [orderNumber, place]));
}

async function readHolders(
  connection: Connection,
  certificateIDs: readonly string[],
): Promise<Map<string, string>> {
  const rows = await connection.run<{ id: string; holder: string }>(
    `SELECT "certificateID"::text AS id, "orderNumber"::text AS holder FROM certificate
     WHERE "certificateID" IN (${LISTED})`,
    [JSON.stringify(certificateIDs)],
  );
  return new Map(rows.map(({ id, holder }) => [id, holder]));
}

/** Which order each of these replaces, and each of those, and so on. */
async function readLinks(connection: Connection, numbers: readonly string[]): Promise<Map<string, string>> {
  const rows = await connection.run<{ later: string; replaced: string }>(
    `WITH RECURSIVE earlier ("orderNumber", replaced) AS (
       SELECT "orderNumber", "replacesOrderNumber" FROM "order" WHERE "orderNumber" IN (${LISTED})
       UNION
       SELECT o."orderNumber", o."replacesOrderNumber"
       FROM "order" o JOIN earlier ON o."orderNumber" = earlier.replaced
     )
     SELECT "orderNumber"::text AS later, replaced::text FROM earlier WHERE replaced IS NOT NULL`,
    [JSON.stringify(numbers)],
  );
  return new Map(rows.map(({ later, replaced }) => [later, replaced]));
}
