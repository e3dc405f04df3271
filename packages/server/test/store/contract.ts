/** What every database engine must do, as tests that each engine runs. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type OrderRecord, readOrderRecord } from '@cert-order-status/protocol';
import fc from 'fast-check';
import { recordInput } from '../../../protocol/test/record-arbitraries.ts';
import { OrderRefused, type Store } from '../../src/store/store.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';

/** Opens a new, empty book, which the test's end closes and removes. */
export type OpenEmpty = (t: TestContext) => Promise<Store>;

async function bookWithAccounts(open: OpenEmpty, t: TestContext): Promise<Store> {
  const store = await open(t);
  await store.accounts.add('acme-hosting', 'hash of acme');
  await store.accounts.add('other', 'hash of other');
  return store;
}

function order(number: number | string, changes: Partial<OrderRecord> = {}): OrderRecord {
  const certificates = [acmeCertificate({ certificateID: String(number).slice(0, 16) })];
  return acmeOrder({ orderNumber: String(number), certificates, ...changes });
}

/** Declares the tests for one engine. */
export function testStore(engine: string, open: OpenEmpty): void {
  const contract = (name: string, run: (store: Store) => Promise<void>) =>
    test(`${engine}: ${name}`, async (t) => run(await bookWithAccounts(open, t)));

  contract('any valid order is read back as it was put', async ({ accounts, orderBook }) => {
    await fc.assert(
      fc.asyncProperty(recordInput, async (input) => {
        const read = readOrderRecord(input);
        assert.ok(read.ok);
        const { replacesOrderNumber: _, ...record } = read.record;
        await accounts.add(record.account, 'hash');
        try {
          await orderBook.put([record]);
        } catch (error) {
          // One of the earlier orders may hold the certificate, or be this order of another account.
          assert.ok(error instanceof OrderRefused);
          return;
        }
        assert.deepEqual(await orderBook.get(record.orderNumber), record);
      }),
      { numRuns: 200 },
    );
  });

  contract('the largest numbers are told apart', async ({ accounts, orderBook, statusReader }) => {
    const largest = order('999999999999999999', {
      certificates: [
        acmeCertificate({ certificateID: '9999999999999998', FQDN: 'one.example' }),
        acmeCertificate({ certificateID: '9999999999999999', FQDN: 'two.example' }),
      ],
    });
    const { certificates } = order(1);
    await orderBook.put([largest, order('999999999999999998', { certificates })]);
    assert.equal(await accounts.add('after the largest', 'hash'), true);
    assert.deepEqual(await orderBook.get('999999999999999999'), largest);
    for (const [certificateID, FQDN] of [
      ['9999999999999998', 'one.example'],
      ['9999999999999999', 'two.example'],
    ] as const) {
      const reading = await statusReader.read('acme-hosting', { certificateID, queryType: 0 });
      assert.ok('status' in reading);
      assert.equal(reading.status.orders[0]?.orderNumber, '999999999999999999');
      assert.deepEqual(
        reading.status.orders[0]?.certificates.map((certificate) => certificate.FQDN),
        [FQDN],
      );
    }
    const { holders } = await orderBook.survey({
      loginNames: [],
      orderNumbers: [],
      certificateIDs: ['9999999999999999', '9999999999999997'],
    });
    assert.deepEqual([...holders], [['9999999999999999', '999999999999999999']]);
  });

  contract('put counts what it created, changed and found unchanged', async ({ orderBook }) => {
    assert.deepEqual(await orderBook.put([order(1), order(2)]), { created: 2, changed: 0, unchanged: 0 });
    const more = [order(1), order(2, { orderStatus: 'Cancelled' }), order(3)];
    assert.deepEqual(await orderBook.put(more), { created: 1, changed: 1, unchanged: 1 });
    assert.equal((await orderBook.get('2'))?.orderStatus, 'Cancelled');
  });

  contract('put writes all of its orders or none', async ({ orderBook }) => {
    await assert.rejects(orderBook.put([order(1), order(2, { account: 'nobody' })]), {
      name: 'OrderRefused',
      orderNumber: '2',
      message: "account 'nobody' does not exist; add it first (cert-order-status account add)",
    });
    assert.equal(await orderBook.get('1'), undefined);
    assert.deepEqual(await orderBook.put([order(1)]), { created: 1, changed: 0, unchanged: 0 });
  });

  contract(
    'an order keeps its account and its certificates, and no other gets them',
    async ({ orderBook }) => {
      await orderBook.put([order(1), order(2)]);
      const refused: [OrderRecord, string][] = [
        [
          order(1, { account: 'other' }),
          "order 1 belongs to another account, and an order's account never changes",
        ],
        [
          order(1, { certificates: [acmeCertificate({ certificateID: '9' })] }),
          'certificate 1 of order 1 is left out, and a certificate is never removed',
        ],
        [
          order(3, { certificates: [acmeCertificate({ certificateID: '2' })] }),
          'certificate 2 belongs to order 2',
        ],
      ];
      for (const [record, message] of refused) await assert.rejects(orderBook.put([record]), { message });
      assert.deepEqual(await orderBook.get('1'), order(1));
      const grown = order(1, {
        certificates: [acmeCertificate({ certificateID: '1' }), acmeCertificate({ certificateID: '9' })],
      });
      await orderBook.put([grown]);
      assert.deepEqual(await orderBook.get('1'), grown);
    },
  );

  contract(
    'a replacement names an order of the same account, and links never loop',
    async ({ orderBook }) => {
      await orderBook.put([
        order(1),
        order(2, { replacesOrderNumber: '1' }),
        order(3, { replacesOrderNumber: '2' }),
        order(8, { account: 'other' }),
      ]);
      const refused: [OrderRecord, string][] = [
        [order(4, { replacesOrderNumber: '99' }), 'order 99, which it replaces, does not exist'],
        [order(4, { replacesOrderNumber: '8' }), 'order 8, which it replaces, belongs to another account'],
        [order(1, { replacesOrderNumber: '3' }), 'order 1 would replace itself through other replacements'],
      ];
      for (const [record, message] of refused) await assert.rejects(orderBook.put([record]), { message });
    },
  );

  contract('a survey finds what is there of what is asked', async ({ orderBook }) => {
    await orderBook.put([order(1), order(2, { replacesOrderNumber: '1' })]);
    const survey = await orderBook.survey({
      loginNames: ['acme-hosting', 'acme-hosting', 'Acme-hosting'],
      orderNumbers: ['2', '3', '2'],
      certificateIDs: ['1', '3'],
    });
    assert.deepEqual([...survey.accounts], ['acme-hosting']);
    assert.deepEqual(
      [...survey.orders],
      [['2', { account: 'acme-hosting', replacesOrderNumber: '1', certificateIDs: ['2'] }]],
    );
    assert.deepEqual([...survey.holders], [['1', '1']]);
  });

  contract('login names are case-sensitive and taken once', async ({ accounts }) => {
    assert.equal(await accounts.add('acme-hosting', 'another'), false);
    assert.equal(await accounts.add('Acme-Hosting', 'another'), true);
    assert.equal((await accounts.find('acme-hosting'))?.passwordHash, 'hash of acme');
    assert.equal(await accounts.find('ACME-HOSTING'), undefined);
  });

  contract('the credential version goes up with every change of password or state', async ({ accounts }) => {
    const version = async () => (await accounts.find('other'))?.credentialVersion;
    assert.equal(await version(), 1);
    assert.equal(await accounts.setPasswordHash('other', 'new'), true);
    assert.equal(await version(), 2);
    assert.equal(await accounts.setDisabled('other', true), 'changed');
    assert.equal(await accounts.setDisabled('other', true), 'unchanged');
    assert.equal(await version(), 3);
    assert.equal((await accounts.find('other'))?.disabled, true);
    assert.equal(await accounts.setDisabled('other', false), 'changed');
    assert.equal(await version(), 4);
    assert.equal(await accounts.setPasswordHash('nobody', 'new'), false);
    assert.equal(await accounts.setDisabled('nobody', true), 'unknown account');
    assert.equal((await accounts.find('acme-hosting'))?.credentialVersion, 1);
  });

  contract('accounts are listed by login name, with their orders', async ({ accounts, orderBook }) => {
    await orderBook.put([order(1), order(2)]);
    await accounts.setDisabled('other', true);
    const listed = await accounts.list();
    assert.deepEqual(
      listed.map(({ created: _, ...account }) => account),
      [
        { loginName: 'acme-hosting', disabled: false, orders: 2 },
        { loginName: 'other', disabled: true, orders: 0 },
      ],
    );
  });

  contract('a status read brings the account as it is at that moment', async (store) => {
    await store.orderBook.put([order(1)]);
    const query = { orderNumber: '1', queryType: 1 } as const;
    assert.deepEqual(await store.statusReader.read('nobody', query), { account: undefined });
    const first = await store.statusReader.read('other', query);
    assert.ok('notOfAccount' in first);
    assert.equal(first.notOfAccount, 'orderNumber');
    await store.accounts.setDisabled('other', true);
    const { account } = await store.statusReader.read('other', query);
    assert.deepEqual(account, { ...first.account, credentialVersion: 2, disabled: true });
  });
}
