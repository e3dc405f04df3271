/** Searching the order database in PostgreSQL, whose planner finds the way. */

import { asciiLowerCase, CHECK_STATUS_NUMBERS, CHECKS } from '@cert-order-status/protocol';
import { spellingsOf } from '../../orders/domain-name.ts';
import type { OrderFilter } from '../../orders/order-filter.ts';
import type { OrderPage } from '../../orders/order-store.ts';
import { rowsOf, type Steps, type Value } from '../queries/sql.ts';

/** Greater than any character that may follow a prefix. */
const LAST_CHARACTER = '\u{10FFFF}';

/** An order that matches, and how many certificates it has. */
export interface FoundOrder {
  readonly orderNumber: string;
  readonly certificates: number;
}

/** The orders that match, by number. */
export function* searchOrders(filter: OrderFilter, page: OrderPage): Steps<readonly FoundOrder[]> {
  const values: Value[] = [];
  const value = (given: string | number) => `$${values.push(given)}`;
  const { account, orderStatus, changedSince } = filter;
  const conditions = [`o."orderNumber" > ${value(page.after ?? '0')}::bigint`];
  if (account !== undefined) {
    conditions.push(
      `o."accountID" = (SELECT "accountID" FROM account WHERE "loginName" = ${value(account)})`,
    );
  }
  if (orderStatus !== undefined) conditions.push(`o."orderStatusMeaning" = ${value(orderStatus)}`);
  if (changedSince !== undefined) conditions.push(`o.changed >= ${value(String(changedSince))}::bigint`);
  const ofCertificate = certificateConditions(filter, value);
  if (ofCertificate.length > 0) {
    conditions.push(
      `EXISTS (SELECT 1 FROM certificate c WHERE c."orderNumber" = o."orderNumber" AND ${ofCertificate.join(' AND ')})`,
    );
  }
  return yield* rowsOf<FoundOrder>(
    `SELECT "orderNumber"::text AS "orderNumber",
       (SELECT count(*)::integer FROM certificate c WHERE c."orderNumber" = found."orderNumber") AS certificates
     FROM (
       SELECT o."orderNumber" FROM "order" o WHERE ${conditions.join(' AND ')}
       ORDER BY o."orderNumber" LIMIT ${value(page.limit)}
     ) found ORDER BY found."orderNumber"`,
    values,
  );
}

function certificateConditions(
  { certificateStatus, expiresBefore, FQDN, FQDNPrefix, checks = {}, anyCheck }: OrderFilter,
  value: (given: string | number) => string,
): string[] {
  const conditions: string[] = [];
  if (FQDN !== undefined) {
    const spellings = spellingsOf(asciiLowerCase(FQDN)).map(value);
    conditions.push(`lower(c."FQDN") IN (${spellings.join(', ')})`);
  }
  if (FQDNPrefix !== undefined) {
    const ranges = spellingsOf(asciiLowerCase(FQDNPrefix)).map(
      (from) => `lower(c."FQDN") BETWEEN ${value(from)} AND ${value(from + LAST_CHARACTER)}`,
    );
    conditions.push(`(${ranges.join(' OR ')})`);
  }
  if (certificateStatus !== undefined) {
    conditions.push(`c."certificateStatusMeaning" = ${value(certificateStatus)}`);
  }
  if (expiresBefore !== undefined) {
    // As in the index of certificates by expiry.
    conditions.push(`c."notAfter" < ${value(String(Math.ceil(expiresBefore / 1000)))}::bigint
      AND c."certificateStatusMeaning" IN ('issued', 'replaced')`);
  }
  for (const check of CHECKS) {
    const state = checks[check];
    if (state !== undefined) conditions.push(`c."${check}" = ${value(CHECK_STATUS_NUMBERS[state])}`);
  }
  if (anyCheck !== undefined) {
    const columns = CHECKS.map((check) => `c."${check}"`).join(', ');
    conditions.push(`${value(CHECK_STATUS_NUMBERS[anyCheck])}::smallint IN (${columns})`);
  }
  return conditions;
}
