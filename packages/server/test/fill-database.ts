import assert from 'node:assert/strict';
import type { OrderRecord } from '@cert-order-status/protocol';
import type { Author } from '../src/orders/change.ts';
import { putOrder } from '../src/orders/change-request.ts';
import type { OrderStore } from '../src/orders/order-store.ts';

export const TESTER: Author = { kind: 'command line', name: 'tester' };

/** Puts orders into a database as they are, consistent or not, those that are replaced first. */
export async function fillDatabase(orderStore: OrderStore, records: readonly OrderRecord[]): Promise<void> {
  const requests = records.map((record) => putOrder(record));
  for (const outcome of await orderStore.change(requests, TESTER, { exemption: { kind: 'as-is' } })) {
    assert.notEqual(outcome.kind, 'refused', JSON.stringify(outcome));
  }
}
