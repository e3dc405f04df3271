import assert from 'node:assert/strict';
import type { OrderRecord } from '@cert-order-status/protocol';
import type { Author } from '../src/orders/change.ts';
import { patchOrder, putOrder } from '../src/orders/change-request.ts';
import type { OrderStore } from '../src/orders/order-store.ts';
import type { IssueTimes } from '../src/orders/reports.ts';
import { openStore } from '../src/store/open-store.ts';
import { acmeCertificate, acmeOrder } from './sample-orders.ts';

export const TESTER: Author = { kind: 'command line', name: 'tester' };

/** Puts orders into a database as they are, consistent or not, those that are replaced first. */
export async function fillDatabase(orderStore: OrderStore, records: readonly OrderRecord[]): Promise<void> {
  const requests = records.map((record) => putOrder(record));
  for (const outcome of await orderStore.change(requests, TESTER, { kind: 'as-is' })) {
    assert.notEqual(outcome.kind, 'refused', JSON.stringify(outcome));
  }
}

/** Fills an empty database with orders of which one has been issued since, and says when that was. */
export async function databaseWithIssue(database: string): Promise<readonly IssueTimes[]> {
  const store = await openStore(database, 'write');
  await store.accounts.add('acme-hosting', 'hash');
  const waiting = acmeCertificate({ certificateID: '1', certificateStatus: 'Awaiting Validation' });
  await fillDatabase(store.orders, [
    acmeOrder({ orderNumber: '1', certificates: [waiting] }),
    acmeOrder({ orderNumber: '2', certificates: [{ ...waiting, certificateID: '2' }] }),
  ]);
  const patch = { certificateStatus: 'Issued', serialNumber: '0A' };
  await store.orders.change([patchOrder('1', { certificates: new Map([['1', patch]]) })], TESTER, {
    kind: 'as-is',
  });
  const issued = await store.reports.issueTimes(0);
  assert.equal(issued[0]?.orders, 1);
  await store.close();
  return issued;
}
