/** Requests and the responses that they must get, as bytes, prepared before a round. */

import { randomNumbers } from './arrivals.ts';
import { type DatabaseSize, requestFor, responseFor } from './order-database.ts';

/** The path of a status request. */
export const PATH = '/products/!GetDetailedOrderStatus';
/** Orders that clients poll in turn, from the first. */
const POLLED_ORDERS = 10_000;
/** Of these, one in so many changes during a round. */
const CHANGING_EVERY = 100;

/** What an order is now, as far as the client can know: while a change is under way, both are right. */
export type PolledState = 'first' | 'either' | 'second';

/** A request, and its response. */
export interface PreparedRequest {
  readonly index: number;
  readonly bytes: Buffer;
  readonly expected: Buffer;
  /** What the response is once the order has changed. */
  readonly changed?: Buffer;
}

/** The polled orders that change during a round. */
export function changingOrders({ orders }: DatabaseSize): number[] {
  const count = Math.ceil(Math.min(POLLED_ORDERS, orders) / CHANGING_EVERY);
  return Array.from({ length: count }, (_, number) => number * CHANGING_EVERY);
}

/** Random orders, or polled ones in turn. */
export function prepareRequests(
  count: number,
  size: DatabaseSize,
  options: {
    readonly seed: number;
    readonly isKept: boolean;
    readonly isPolled: boolean;
    /** Of a server that always responds alike. */
    readonly fixedBody?: string | undefined;
  },
): PreparedRequest[] {
  const random = randomNumbers(options.seed);
  const polled = Math.min(POLLED_ORDERS, size.orders);
  const fixed = options.fixedBody === undefined ? undefined : Buffer.from(options.fixedBody);
  return Array.from({ length: count }, (_, number): PreparedRequest => {
    const index = options.isPolled ? number % polled : Math.floor(random() * size.orders);
    return {
      index,
      bytes: bytesOf(requestFor(index, size), options.isKept),
      expected: fixed ?? Buffer.from(responseFor(index, size)),
      changed:
        options.isPolled && index % CHANGING_EVERY === 0
          ? Buffer.from(responseFor(index, size, true))
          : undefined,
    };
  });
}

function bytesOf(form: string, isKept: boolean): Buffer {
  return Buffer.from(
    `POST ${PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
      `${isKept ? '' : 'Connection: close\r\n'}Content-Length: ${form.length}\r\n\r\n${form}`,
  );
}
