/** Finds orders whose row does not hold their certificates as they are. */

import type { OrderRecord } from '@cert-order-status/protocol';
import type { Store } from '../store.ts';
import { packedCertificates } from './packed-certificates.ts';
import type { Sql } from './sql.ts';

/** See `Store.wronglyPacked`. */
export function wronglyPackedOn(sql: Sql): Store['wronglyPacked'] {
  const packed = sql.query<{ orderNumber: string; packedCertificates: string | null }>(`
    SELECT CAST("orderNumber" AS text) AS "orderNumber", "packedCertificates" FROM "order"
    WHERE "orderNumber" IN (${sql.dialect.listed})`);
  return async (orders: readonly OrderRecord[]) => {
    const rows = await packed.all(JSON.stringify(orders.map(({ orderNumber }) => orderNumber)));
    const columns = new Map(rows.map((row) => [row.orderNumber, row.packedCertificates]));
    const wrong = orders.filter((order) => columns.get(order.orderNumber) !== packedCertificates(order));
    return new Set(wrong.map(({ orderNumber }) => orderNumber));
  };
}
