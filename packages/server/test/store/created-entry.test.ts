import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namesOf, ORDER_SHAPE, readOrderRecord } from '@cert-order-status/protocol';
import { HISTORY_START } from '../../src/orders/history.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createdEntry, orderOfEntry } from '../../src/store/queries/created-entry.ts';
import { fillDatabase } from '../fill-database.ts';
import { acmeOrder } from '../sample-orders.ts';
import { emptyDatabase, execute } from './databases.ts';
import { variedOrders } from './varied-orders.ts';

/** Has every field. */
const FULL = {
  ...acmeOrder({ account: 'größe "\\', orderNumber: '9007199254740993' }),
  orderStatus: 'Rejected',
  orderStatusReason: 'null,null]',
  replacesOrderNumber: '9007199254740992',
  suggestedOrgDetails: { status: 'Found', organizations: [{ organizationName: '"Größe" \\ 日本' }] },
} as const;

test('an entry that creates an order has no names, and reads back as the order', () => {
  assert.equal(
    createdEntry(acmeOrder()),
    '"acme-hosting",[["5550001",null,"SSL","www.example.com","Awaiting Validation",null,1,2,-1,-1,-1,-1,0]],' +
      '1749643020,"Pending"',
  );
  const read = readOrderRecord(FULL);
  assert.ok(read.ok);
  assert.deepEqual(Object.keys(read.record), namesOf(ORDER_SHAPE));
  for (const order of [read.record, ...variedOrders()]) {
    const again = orderOfEntry(createdEntry(order), order.orderNumber);
    assert.equal(JSON.stringify(again), JSON.stringify(order));
  }
});

// New fields come last: entries are never written again.
test('the order of the fields in an entry is what stored entries have', () => {
  const { orderNumber, ...full } = FULL;
  assert.equal(
    createdEntry({ orderNumber, ...full, certificates: [] }),
    JSON.stringify([
      full.account,
      [],
      1_749_643_020,
      full.orderStatus,
      full.orderStatusReason,
      full.replacesOrderNumber,
      JSON.stringify(full.suggestedOrgDetails),
    ]).slice(1, -1),
  );
});

test('an entry of an earlier version is read as it is; an earlier version refuses one of this', () => {
  const order = acmeOrder();
  assert.deepEqual(orderOfEntry(JSON.stringify(order), order.orderNumber), order);
  assert.throws(() => JSON.parse(createdEntry(order)), SyntaxError);
});

test('the history in the database holds entries without names, and gives the orders', async (t) => {
  const database = await emptyDatabase(t);
  const store = await openStore(database, 'write');
  t.after(() => store.close());
  await store.accounts.add('acme-hosting', 'hash');
  const orders = variedOrders();
  await fillDatabase(store.orders, orders);
  const rows = await execute(database, 'SELECT created FROM change ORDER BY cursor');
  assert.deepEqual(
    rows.map(({ created }) => created),
    orders.map(createdEntry),
  );
  const changes = await store.history.after(HISTORY_START, 100);
  assert.deepEqual(
    changes.map((change) => change.kind === 'created' && change.order),
    orders,
  );
});
