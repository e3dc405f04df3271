import assert from 'node:assert/strict';
import type { OrderRecord } from '@cert-order-status/protocol';
import type { Author } from '../src/orders/change.ts';
import { putOrder } from '../src/orders/revisions.ts';
import type { OrderBook } from '../src/store/store.ts';

export const TESTER: Author = { kind: 'command line', name: 'tester' };

/** Puts orders into a book as they are, consistent or not, those that are replaced first. */
export async function fillBook(book: OrderBook, records: readonly OrderRecord[]): Promise<void> {
  const requests = records.map((record) => putOrder(record));
  for (const outcome of await book.change(requests, TESTER, { kind: 'as-is' })) {
    assert.notEqual(outcome.kind, 'refused', JSON.stringify(outcome));
  }
}
