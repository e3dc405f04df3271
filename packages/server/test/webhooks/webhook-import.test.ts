/** How the feed is read while an import makes more changes than are read meanwhile. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Author } from '../../src/orders/change.ts';
import { FeedReader } from '../../src/webhooks/feed-reader.ts';
import { execute } from '../store/databases.ts';
import { webhookStore } from './webhook-store.ts';

const URL = 'https://hooks.example/';
const INTAKE: Author = { kind: 'token', name: 'intake' };
/** As many as are read at a time in the service. */
const PAGE = 200;

const numbersFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => first + index);

test('while an import waits to be read, what others change is queued within a read, and the import in its order', async (t) => {
  const { database, store, admin, putOrders, patch } = await webhookStore(t);
  for (const account of ['acme-hosting', 'other']) await admin.add(account, { url: URL }, 'operator');
  const pages = 10;
  await putOrders(numbersFrom(1, pages * PAGE));
  const reader = new FeedReader(store);
  const queued = async (orderNumber: number) =>
    (await execute(database, `SELECT type FROM "webhookEvent" WHERE "orderNumber" = ${orderNumber}`)).length;
  assert.equal(await reader.read(), true);
  // Of another account, of the same account, and of an order whose import is not read yet.
  await putOrders([5001], { account: 'other', by: INTAKE });
  await putOrders([5002], { by: INTAKE });
  await patch(pages * PAGE, { order: { orderStatus: 'Cancelled' } }, INTAKE);
  await reader.read();
  assert.deepEqual(await Promise.all([5001, 5002, pages * PAGE].map(queued)), [1, 1, 0]);
  // Many more come in between.
  await putOrders(numbersFrom(3001, PAGE));
  await patch(5001, { order: { orderStatus: 'Cancelled' } }, INTAKE);
  await reader.read();
  assert.equal(await queued(5001), 2);
  let reads = 3;
  while (await reader.read()) reads++;
  assert.equal(reads, pages + 1);
  assert.equal(await queued(pages * PAGE), 2);
  assert.equal((await execute(database, 'SELECT 1 FROM "webhookEvent"')).length, (pages + 1) * PAGE + 4);
});

test('of each order the events are queued in order, also while changes are made during the reading of the feed', async (t) => {
  const { database, store, admin, putOrders, patch } = await webhookStore(t);
  await admin.add('acme-hosting', { url: URL }, 'operator');
  let random = 5;
  const next = (below: number) => {
    random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((random / 2 ** 31) * below);
  };
  const orders = numbersFrom(1, 6);
  await putOrders(orders);
  let reader = new FeedReader(store, { changes: 3, events: 5, places: 20 });
  const versions = new Map(orders.map((order) => [order, 1]));
  const assertInOrder = async () => {
    const rows = await execute(
      database,
      `SELECT q."orderNumber", c.version FROM "webhookEvent" q JOIN change c ON c.cursor = q.cursor
       WHERE q.place = 0 ORDER BY c.cursor`,
    );
    const queued = Map.groupBy(rows, ({ orderNumber }) => Number(orderNumber));
    for (const [order, ofOrder] of queued) {
      assert.deepEqual(
        ofOrder.map(({ version }) => version),
        numbersFrom(1, ofOrder.length),
        `order ${order}`,
      );
    }
    return queued;
  };
  let ahead = 0;
  for (let step = 0; step < 150; step++) {
    const order = 1 + next(orders.length);
    const version = (versions.get(order) ?? 0) + 1;
    versions.set(order, version);
    // Some orders are changed by imports alone, some by no import.
    const by = order < 3 || (order < 5 && next(2) === 0) ? undefined : INTAKE;
    await patch(order, { certificates: new Map([[String(order), { FQDN: `v${version}.example` }]]) }, by);
    if (next(40) === 0) reader = new FeedReader(store, { changes: 3, events: 5, places: 20 });
    if (next(4) !== 0) continue;
    await reader.read();
    const { position = 0 } = (await store.webhookQueue.feed()) ?? {};
    const queued = [...(await assertInOrder()).values()].reduce((sum, { length }) => sum + length, 0);
    if (queued > position) ahead++;
  }
  assert.ok(ahead > 5, `${ahead}`);
  while (await reader.read());
  const queued = await assertInOrder();
  for (const [order, version] of versions) assert.equal(queued.get(order)?.length, version);
});
