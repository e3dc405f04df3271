/** Files of order numbers. */

import { printError } from '@cert-order-status/client/cli';
import { canonicalNumber, count, ORDER_NUMBER_DIGITS } from '@cert-order-status/protocol';
import { readLines } from '../maintenance/import/lines.ts';
import { OperatorError } from '../operator-error.ts';
import { openInput } from './input-file.ts';
import { Progress } from './progress.ts';

/** The most lines of a file: they are held in memory. */
export const LINES_LIMIT = 1_000_000;

/** An order number, and where it stands. */
export interface NumberedOrder {
  readonly orderNumber: string;
  /** `line 7: `, in front of what is said about it. */
  readonly place: string;
}

/**
 * The order numbers of a file, one a line; empty lines do not count.
 *
 * @param file its path, or `-` for standard input.
 * @throws {OperatorError} when a line holds something else; each such line is named before.
 */
export async function orderNumbersIn(file: string): Promise<readonly NumberedOrder[]> {
  const { stream, size } = await openInput(file);
  const decoder = new TextDecoder();
  const progress = new Progress();
  const orders: NumberedOrder[] = [];
  let wrong = 0;
  try {
    for await (const { number, bytes, position } of readLines(stream)) {
      if (number > LINES_LIMIT)
        throw new OperatorError(`${file} has more than ${LINES_LIMIT} lines: split it`);
      progress.update('reading', () => ({
        fraction: size === undefined ? undefined : position / Math.max(size, 1),
        text: count(number, 'line'),
      }));
      const text = bytes && decoder.decode(bytes).trim();
      if (text === '') continue;
      const orderNumber = text && canonicalNumber(text, ORDER_NUMBER_DIGITS);
      if (orderNumber === undefined) {
        wrong++;
        progress.clear();
        printError(`line ${number}: must be an order number: 1 to ${ORDER_NUMBER_DIGITS} digits, at least 1`);
      } else {
        orders.push({ orderNumber, place: `line ${number}: ` });
      }
    }
  } finally {
    progress.clear();
  }
  if (wrong > 0) {
    throw new OperatorError(
      `${count(wrong, 'line holds', 'lines hold')} no order number, so no order was followed`,
    );
  }
  if (orders.length === 0) throw new OperatorError(`${file} holds no order number`);
  return orders;
}
