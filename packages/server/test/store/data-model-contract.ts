/** What orders may hold beyond the spec, and lack, as tests that each engine runs. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CERTIFICATE_SHAPE,
  fieldsOf,
  type OrderRecord,
  readOrderRecord,
  type StatusQuery,
} from '@cert-order-status/protocol';
import { patchOrder, putOrder } from '../../src/orders/change-request.ts';
import type { OrderStore } from '../../src/orders/order-store.ts';
import type { Store } from '../../src/store/store.ts';
import { fillDatabase, TESTER } from '../fill-database.ts';
import { verified } from '../maintenance/verified.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import type { OpenEmpty } from './contract.ts';

function order(number: number, changes: Partial<OrderRecord> = {}): OrderRecord {
  const certificates = [acmeCertificate({ certificateID: String(number) })];
  return acmeOrder({ orderNumber: String(number), certificates, ...changes });
}

async function outcomesOf(orderStore: OrderStore, records: readonly OrderRecord[]): Promise<string[]> {
  const requests = records.map((record) => putOrder(record));
  return (await orderStore.change(requests, TESTER)).map((outcome) =>
    outcome.kind === 'refused' ? JSON.stringify(outcome.refusal) : `${outcome.kind} ${outcome.order.version}`,
  );
}

/** Declares the tests for one engine. */
export function testDataModel(engine: string, open: OpenEmpty): void {
  const contract = (name: string, run: (store: Store) => Promise<void>) =>
    test(`${engine}: ${name}`, async (t) => {
      const store = await open(t);
      await store.accounts.add('acme-hosting', 'hash');
      await run(store);
    });

  contract('every field of a later revision is read back as it was put', async ({ orders: orderStore }) => {
    const later = Object.fromEntries(
      fieldsOf(CERTIFICATE_SHAPE)
        .filter(([, { wire }]) => wire !== undefined && wire.since !== '1.2')
        .map(([name, { kind }], index) => [
          name,
          kind === 'time' ? `202${index}-06-11T11:57:00Z` : `${name} 😀`.padEnd(255, 'x'),
        ]),
    );
    const certificate = acmeCertificate({ certificateStatus: 'Valid', serialNumber: '0A', ...later });
    const read = readOrderRecord(order(1, { certificates: [certificate] }));
    assert.ok(read.ok);
    assert.equal(Object.keys(later).length, 21);
    await fillDatabase(orderStore, [read.record]);
    assert.deepEqual((await orderStore.get('1'))?.record, read.record);
    for await (const record of orderStore.all()) assert.deepEqual(record, read.record);
  });

  contract('certificates without an ID are found with their order, and by no ID', async (store) => {
    const { orders: orderStore, statusReader, history } = store;
    const { certificateID: _, ...unnamed } = acmeCertificate();
    const record = order(1, {
      certificates: [
        { ...unnamed, FQDN: 'one.example' },
        acmeCertificate({ certificateID: '5' }),
        { ...unnamed, FQDN: 'three.example' },
      ],
    });
    assert.deepEqual(await outcomesOf(orderStore, [record, order(2)]), ['created 1', 'created 1']);
    assert.deepEqual(await outcomesOf(orderStore, [record]), ['unchanged 1']);
    assert.deepEqual((await orderStore.get('1'))?.record, record);
    const namesOf = async (query: StatusQuery) => {
      const reading = await statusReader.read('acme-hosting', query);
      return 'status' in reading ? reading.status.orders[0]?.certificates.map(({ FQDN }) => FQDN) : undefined;
    };
    const all = ['one.example', 'www.example.com', 'three.example'];
    assert.deepEqual(await namesOf({ orderNumber: '1', queryType: 2 }), all);
    assert.deepEqual(await namesOf({ certificateID: '5', queryType: 0 }), ['www.example.com']);
    assert.equal(await namesOf({ certificateID: '1', queryType: 0 }), undefined);
    // One gains its ID and is found by it from then on; the other is issued by its number.
    const issued = {
      certificateStatus: 'Issued',
      serialNumber: '0A',
      dcvStatus: 'completed',
      caaStatus: 'completed',
    };
    const certificatesByNumber = new Map<number, Record<string, unknown>>([
      [1, issued],
      [3, { certificateID: '7' }],
    ]);
    const [outcome] = await orderStore.change([patchOrder('1', { certificatesByNumber })], TESTER);
    assert.equal(outcome?.kind, 'changed');
    assert.deepEqual(await namesOf({ certificateID: '7', queryType: 0 }), ['three.example']);
    const { changes } = await history.latestOfOrder('1', { limit: 1 });
    assert.ok(changes[0]?.kind === 'changed');
    assert.deepEqual(
      changes[0].differences.map(({ certificate, certificateID, field }) => [
        certificate,
        certificateID,
        field,
      ]),
      [
        [1, undefined, 'certificateStatus'],
        [1, undefined, 'dcvStatus'],
        [1, undefined, 'caaStatus'],
        [1, undefined, 'serialNumber'],
        [3, '7', 'certificateID'],
      ],
    );
    assert.deepEqual((await verified(store)).problems, []);
  });

  contract('what was not observed is absent, and never not-required', async (store) => {
    const observed: OrderRecord = {
      account: 'acme-hosting',
      orderNumber: '1',
      orderStatus: 'On Hold',
      certificates: [{}, { FQDN: 'a.example', certificateStatus: 'Strange', dcvStatus: 'in-progress' }],
    };
    await fillDatabase(store.orders, [observed, order(2, { replacesOrderNumber: '1' })]);
    assert.deepEqual((await store.orders.get('1'))?.record, observed);
    const reading = await store.statusReader.read('acme-hosting', { orderNumber: '1', queryType: 2 });
    assert.ok('status' in reading);
    assert.deepEqual(reading.status.orders[0], {
      orderNumber: '1',
      orderStatus: 'On Hold',
      certificates: observed.certificates,
    });
    assert.deepEqual(
      (await store.orders.search({ certificateStatus: 'unknown' }, { limit: 9 })).orders.map(
        ({ record }) => record.orderNumber,
      ),
      ['1'],
    );
    const [summary] = (await store.orderViews.list({ orderStatus: 'unknown' }, { limit: 9 })).orders;
    assert.equal(summary?.orderDateTime, undefined);
    assert.equal(summary?.objectType, undefined);
    const part = await store.orderViews.part('1', { from: 0, limit: 9 });
    assert.deepEqual(part?.record, observed);
    assert.deepEqual(await store.reports.ordersByMeaning(), { unknown: 1, pending: 1 });
  });
}
