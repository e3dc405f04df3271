/** Parts and summaries of orders, and histories read from their end, as tests that each engine runs. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OrderRecord } from '@cert-order-status/protocol';
import { patchOrder } from '../../src/orders/change-request.ts';
import { parseCursor } from '../../src/orders/cursor.ts';
import type { Store } from '../../src/store/store.ts';
import { fillDatabase, TESTER } from '../fill-database.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import type { OpenEmpty } from './contract.ts';

function order(number: number, count = 1, changes: Partial<OrderRecord> = {}): OrderRecord {
  const certificates = Array.from({ length: count }, (_, index) =>
    acmeCertificate({ certificateID: String(number * 1000 + index), FQDN: `host-${index}.example.com` }),
  );
  return acmeOrder({ orderNumber: String(number), certificates, ...changes });
}

/** An order, and the one that it replaces. */
function replacement(number: number, replaced: number): OrderRecord {
  return order(number, 1, {
    replacesOrderNumber: String(replaced),
    orderDateTime: new Date(1_700_000_000_000 + number * 1000).toISOString().replace('.000', ''),
  });
}

/** Declares the tests for one engine. */
export function testViews(engine: string, open: OpenEmpty): void {
  const contract = (name: string, run: (store: Store) => Promise<void>) =>
    test(`${engine}: ${name}`, async (t) => {
      const store = await open(t);
      for (const loginName of ['acme-hosting', 'other']) await store.accounts.add(loginName, 'hash');
      await run(store);
    });
  const accountID = async ({ accounts }: Store, loginName: string) =>
    (await accounts.find(loginName))?.accountID;

  contract('a part has the certificates that were asked for, and counts all', async (store) => {
    const whole = order(1, 7);
    await fillDatabase(store.orders, [whole, order(2)]);
    const booked = await store.orders.get('1');
    const part = (from: number, limit: number) => store.orderViews.part('1', { from, limit });
    assert.deepEqual(await part(0, 100), { ...booked, certificateCount: 7 });
    for (const [from, limit] of [
      [0, 3],
      [3, 3],
      [6, 3],
      [7, 3],
      [2, 0],
    ] as const) {
      const certificates = whole.certificates.slice(from, from + limit);
      const record = { ...whole, certificates };
      assert.deepEqual(await part(from, limit), { ...booked, record, certificateCount: 7 });
    }
    assert.equal(await store.orderViews.part('3', { from: 0, limit: 1 }), undefined);
  });

  contract('a part and a certificate are found for their account alone', async (store) => {
    await fillDatabase(store.orders, [order(1, 3), order(2, 3, { account: 'other' })]);
    const [acme, other] = [await accountID(store, 'acme-hosting'), await accountID(store, 'other')];
    const part = (orderNumber: string, of: number | undefined) =>
      store.orderViews.part(orderNumber, { accountID: of, from: 0, limit: 1 });
    assert.equal((await part('1', acme))?.record.orderNumber, '1');
    assert.equal(await part('1', other), undefined);
    assert.equal((await part('1', undefined))?.record.account, 'acme-hosting');
    const { locate } = store.orderViews;
    assert.deepEqual({ ...(await locate('1002', acme)) }, { orderNumber: '1', position: 2 });
    assert.deepEqual({ ...(await locate('2000')) }, { orderNumber: '2', position: 0 });
    assert.equal(await locate('2000', acme), undefined);
    assert.equal(await locate('9', acme), undefined);
    assert.equal(await locate('9'), undefined);
  });

  contract(
    'a chain has what an order replaces and what replaces it, as far as a page shows it',
    async (store) => {
      const { orders: orderStore, orderViews } = store;
      // 2 and 3 replace 1, 4 replaces 3; then a long line.
      await fillDatabase(orderStore, [order(1), replacement(2, 1), replacement(3, 1), replacement(4, 3)]);
      const numbers = async (of: number) => {
        const { orders, more } = await orderViews.chain(String(of));
        for (const { orderStatus } of orders) assert.equal(orderStatus, 'Pending');
        return [orders.map(({ orderNumber }) => Number(orderNumber)), more];
      };
      assert.deepEqual(await numbers(1), [[1, 2, 3, 4], false]);
      assert.deepEqual(await numbers(2), [[1, 2], false]);
      assert.deepEqual(await numbers(4), [[1, 3, 4], false]);
      assert.deepEqual(await numbers(5), [[], false]);
      const line = Array.from({ length: 250 }, (_, index) => replacement(101 + index, 100 + index));
      await fillDatabase(orderStore, [order(100), ...line]);
      const middle = await numbers(220);
      assert.deepEqual(middle, [Array.from({ length: 201 }, (_, index) => 120 + index), true]);
      assert.deepEqual(await numbers(100), [Array.from({ length: 101 }, (_, index) => 100 + index), true]);
      assert.deepEqual((await numbers(350))[1], true);
    },
  );

  contract(
    'a mark is another after a change, and when a replacement comes',
    async ({ orders: orderStore, orderViews }) => {
      await fillDatabase(orderStore, [order(1), order(2)]);
      const marks = () => orderViews.marks(['1', '2', '9']);
      const first = await marks();
      assert.deepEqual([...first.keys()].toSorted(), ['1', '2']);
      assert.deepEqual(await marks(), first);
      await orderStore.change([patchOrder('1', { order: { orderStatus: 'Cancelled' } })], TESTER);
      const second = await marks();
      assert.notEqual(second.get('1'), first.get('1'));
      assert.equal(second.get('2'), first.get('2'));
      await fillDatabase(orderStore, [replacement(3, 2)]);
      const third = await marks();
      assert.equal(third.get('1'), second.get('1'));
      assert.notEqual(third.get('2'), second.get('2'));
    },
  );

  contract('a list has what a search finds, in lines', async ({ orders: orderStore, orderViews }) => {
    await fillDatabase(orderStore, [order(1, 3), order(2, 1, { account: 'other' }), order(3, 2), order(4)]);
    for (const filter of [
      {},
      { account: 'acme-hosting' },
      { FQDN: 'host-1.example.com' },
      { account: 'x' },
    ]) {
      for (const page of [{ limit: 2 }, { limit: 10 }, { after: '1', limit: 2 }]) {
        const { orders, more } = await orderStore.search(filter, page);
        const listed = await orderViews.list(filter, page);
        assert.equal(listed.more, more);
        assert.deepEqual(
          listed.orders,
          orders.map(({ record, changed }) => ({
            orderNumber: record.orderNumber,
            account: record.account,
            orderDateTime: record.orderDateTime,
            orderStatus: record.orderStatus,
            changed,
            certificateCount: record.certificates.length,
            objectType: 'SSL',
            FQDN: 'host-0.example.com',
            certificateStatus: 'Awaiting Validation',
          })),
        );
      }
    }
  });

  contract(
    'a history is read from its end, in pages that are not too large',
    async ({ accounts, orders: orderStore, history }) => {
      await fillDatabase(orderStore, [order(1)]);
      for (const orderStatusReason of ['a', 'b', 'c']) {
        const patch = { orderStatus: 'Rejected', orderStatusReason };
        await orderStore.change([patchOrder('1', { order: patch })], TESTER);
      }
      const { changes } = await history.ofOrder('1', { limit: 10 });
      const versions = async (page: { before?: number; limit: number }) => {
        const found = await history.latestOfOrder('1', page);
        for (const change of found.changes) assert.deepEqual(change, changes[change.version - 1]);
        return [found.changes.map(({ version }) => version), found.more];
      };
      assert.deepEqual(await versions({ limit: 10 }), [[4, 3, 2, 1], false]);
      assert.deepEqual(await versions({ limit: 3 }), [[4, 3, 2], true]);
      assert.deepEqual(await versions({ before: 3, limit: 2 }), [[2, 1], false]);
      assert.deepEqual(await versions({ before: 1, limit: 2 }), [[], false]);

      // As large as changes can be.
      const large = order(2, 2000);
      await fillDatabase(orderStore, [large]);
      const longReasons = (word: string) =>
        new Map(
          large.certificates.map(({ certificateID }) => [
            certificateID ?? '',
            { certificateStatus: 'Rejected', certificateStatusReason: word.repeat(300) },
          ]),
        );
      for (const word of ['a', 'b'])
        await orderStore.change([patchOrder('2', { certificates: longReasons(word) })], TESTER);
      const latest = await history.latestOfOrder('2', { limit: 10 });
      assert.deepEqual([latest.changes.map(({ version }) => version), latest.more], [[3], true]);

      const { accountID } = (await accounts.find(large.account)) ?? assert.fail();
      const pages: string[][] = [];
      for (let place = '0'; ; ) {
        const page = await history.afterOfAccount(accountID, place, 10);
        const last = page.at(-1);
        if (last === undefined) break;
        pages.push(page.map(({ orderNumber, version }) => `${orderNumber}.${version}`));
        place = parseCursor(last.cursor).place;
      }
      assert.deepEqual(pages, [['1.1', '1.2', '1.3', '1.4'], ['2.1'], ['2.2'], ['2.3']]);
    },
  );

  contract('links, tokens and accounts are listed page by page', async (store) => {
    const { accounts, orders: orderStore, shareLinks, tokens } = store;
    await fillDatabase(orderStore, [order(1), order(2), order(3)]);
    for (const digest of ['a', 'b', 'c']) await shareLinks.add(digest, '1', Date.now() + 1000);
    const all = await shareLinks.ofOrder('1');
    assert.equal(all.length, 3);
    assert.deepEqual(await shareLinks.ofOrder('1', { limit: 2 }), all.slice(0, 2));
    assert.deepEqual(await shareLinks.ofOrder('1', { before: all[1]?.linkID, limit: 2 }), all.slice(2));
    for (const name of ['a', 'b', 'c']) await tokens.add({ name, scope: 'read', digest: name });
    const names = async (page?: { after?: string; limit?: number }) =>
      (await tokens.list(page)).map(({ name }) => name);
    assert.deepEqual(await names(), ['a', 'b', 'c']);
    assert.deepEqual(await names({ limit: 2 }), ['a', 'b']);
    assert.deepEqual(await names({ after: 'b', limit: 2 }), ['c']);
    const orders = async (countUpTo?: number) =>
      (await accounts.list(countUpTo === undefined ? {} : { countUpTo })).map((account) => account.orders);
    assert.deepEqual(await orders(), [3, 0]);
    assert.deepEqual(await orders(2), [2, 0]);
  });
}
