/** The second pass of an import: the checked orders are written, in batches. */

import { setTimeout as pause } from 'node:timers/promises';
import type { OrderRecord } from '@cert-order-status/protocol';
import { OperatorError } from '../operator-error.ts';
import { type OrderBook, OrderRefused, type PutCounts } from '../store/store.ts';

/** How many orders are written in one transaction: all of them, or, should the import be cut off, none. */
const BATCH = 1000;
/** Between two transactions others get to write, in milliseconds. */
const PAUSE = 2;

/**
 * Writes the orders, those that are replaced before those that replace them.
 *
 * @throws {OperatorError} when the book has changed since the check so that an order is refused.
 */
export async function applyOrders(
  records: Iterable<OrderRecord>,
  book: OrderBook,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<PutCounts> {
  const total = { created: 0, changed: 0, unchanged: 0 };
  let done = 0;
  let batch: OrderRecord[] = [];
  const write = async () => {
    if (signal.aborted) {
      throw new OperatorError(
        `interrupted; ${done} orders are in the book, and the same import completes it`,
      );
    }
    const counts = await put(batch, book, done);
    total.created += counts.created;
    total.changed += counts.changed;
    total.unchanged += counts.unchanged;
    done += batch.length;
    batch = [];
    onProgress(done);
    await pause(PAUSE);
  };
  for (const record of records) {
    batch.push(record);
    if (batch.length === BATCH) await write();
  }
  if (batch.length > 0) await write();
  return total;
}

async function put(batch: readonly OrderRecord[], book: OrderBook, done: number): Promise<PutCounts> {
  try {
    return await book.put(batch);
  } catch (error) {
    if (!(error instanceof OrderRefused)) throw error;
    throw new OperatorError(
      `the book has changed while the file was checked: order ${error.orderNumber} was refused (${error.message}); ` +
        `${done} orders are in the book, run the import again`,
    );
  }
}
