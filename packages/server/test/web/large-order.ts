/** Orders as large as they can be, and their histories. */

import assert from 'node:assert/strict';
import { patchOrder } from '../../src/orders/change-request.ts';
import { openStore } from '../../src/store/open-store.ts';
import { TESTER } from '../fill-database.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';

/** An order of so many certificates, with IDs from 1 on. */
export function largeOrder(count: number) {
  return acmeOrder({
    certificates: Array.from({ length: count }, (_, index) =>
      acmeCertificate({ certificateID: String(index + 1), FQDN: `host-${index + 1}.example.com` }),
    ),
  });
}

/** Changes a check of an order's first certificate so many times. */
export async function changeOften(database: string, orderNumber: string, times: number): Promise<void> {
  const store = await openStore(database, 'write');
  const requests = Array.from({ length: times }, (_, index) => {
    const dcvStatus = index % 2 === 0 ? 'completed' : 'in-progress';
    return patchOrder(orderNumber, { certificates: new Map([['1', { dcvStatus }]]) });
  });
  for (const { kind } of await store.orders.change(requests, TESTER)) assert.equal(kind, 'changed');
  await store.close();
}
