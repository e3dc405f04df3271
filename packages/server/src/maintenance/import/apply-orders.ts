/** The second pass of an import: the checked orders are written, in batches. */

import { setTimeout as pause } from 'node:timers/promises';
import type { OrderRecord } from '@cert-order-status/protocol';
import { count } from '@cert-order-status/protocol';
import { OperatorError } from '../../operator-error.ts';
import type { Author } from '../../orders/change.ts';
import { putOrder } from '../../orders/change-request.ts';
import { describeRefusal } from '../../orders/describe-refusal.ts';
import type { OrderStore } from '../../orders/order-store.ts';
import type { Adjustment, Exemption } from '../../orders/rules.ts';

/**
 * How many orders are written in one transaction (all of them, or, should the import be cut off, none); and how many
 * characters of JSON they take at most, but for the last.
 */
const BATCH_ORDERS = 1000;
const BATCH_BYTES = 4 * 1024 * 1024;
/** Between two transactions others get to write, in milliseconds. */
const PAUSE_MS = 2;

/** How many orders were created, changed, and found to be in the database already, exactly as given. */
export interface ImportCounts {
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
}

/** In whose name orders are written, and which rules they may break. */
export interface ImportTerms {
  readonly by: Author;
  readonly exemption: Exemption | undefined;
  /** Whether webhooks do not tell of the orders. */
  readonly isSilent?: boolean;
}

/** Is told how the import goes on. */
export interface ImportObserver {
  onProgress(done: number): void;
  /** An order is in the database otherwise than in the file. */
  onAdjusted(orderNumber: string, adjustments: readonly Adjustment[]): void;
}

/**
 * Writes the orders, those that are replaced before those that replace them.
 *
 * @throws {OperatorError} when the database has changed since the check so that an order is refused.
 */
export async function applyOrders(
  records: Iterable<{ readonly record: OrderRecord; readonly length: number }>,
  orderStore: OrderStore,
  { by, exemption, isSilent }: ImportTerms,
  observer: ImportObserver,
  signal: AbortSignal,
): Promise<ImportCounts> {
  const total = { created: 0, changed: 0, unchanged: 0 };
  let done = 0;
  let batch: OrderRecord[] = [];
  let batchLength = 0;
  const write = async () => {
    if (signal.aborted) {
      throw new OperatorError(
        `interrupted; ${count(done, 'order is', 'orders are')} in the database, and the same import completes it`,
      );
    }
    const requests = batch.map((record) => putOrder(record));
    const outcomes = await orderStore.change(requests, by, { exemption, isSilent });
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.kind === 'refused') {
        throw new OperatorError(
          `the database has changed while the file was checked: order ${batch[index]?.orderNumber} was refused ` +
            `(${describeRefusal(outcome.refusal)}); run the import again`,
        );
      }
      total[outcome.kind]++;
      done++;
      const { order, adjustments } = outcome;
      if (adjustments.length > 0) observer.onAdjusted(order.record.orderNumber, adjustments);
    }
    batch = [];
    batchLength = 0;
    observer.onProgress(done);
    await pause(PAUSE_MS);
  };
  for (const { record, length } of records) {
    batch.push(record);
    batchLength += length;
    if (batch.length === BATCH_ORDERS || batchLength >= BATCH_BYTES) await write();
  }
  if (batch.length > 0) await write();
  return total;
}
