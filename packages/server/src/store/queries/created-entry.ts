/**
 * The entry of the history that creates an order, as the column `created` of the table `change` holds it: the order
 * without the names of its fields, as they took most of an order database.
 *
 * The text is a JSON list without its brackets: the account's login name, the certificates as in the column
 * `packedCertificates` (`packed-certificates.ts`), and the other fields in the order of {@link ORDER_FIELDS}, without
 * the nulls at the end: `"acme-hosting",[["5550001",null,"SSL"]],1749643020,"Pending"`. The order's number is in a
 * column of its own. Earlier versions wrote the whole record as a JSON object; such entries stay as they are, as no
 * entry ever changes. A running process of an earlier version refuses the text, which is not JSON by itself.
 */

import { ORDER_SHAPE, type OrderRecord } from '@cert-order-status/protocol';
import { columnValue, ORDER_FIELD_COLUMNS, recordFrom } from './order-rows.ts';
import {
  type PackedCertificate,
  packCertificate,
  unpackCertificate,
  withoutNullsAtEnd,
} from './packed-certificates.ts';

const ORDER_FIELDS = ORDER_FIELD_COLUMNS.filter(({ name }) => name !== 'orderNumber');

/** How many times as long as an entry, about, the JSON of its record is. */
export const RECORD_TO_ENTRY = 6;

/** What an entry that is not one of earlier versions begins with: a string. */
export const ENTRY_START = '"';

/** The entry that creates an order. */
export function createdEntry(order: OrderRecord): string {
  const values = [
    order.account,
    order.certificates.map(packCertificate),
    ...ORDER_FIELDS.map(({ name, kind }) => columnValue(kind, order[name])),
  ];
  return JSON.stringify(withoutNullsAtEnd(values)).slice(1, -1);
}

/** The order that an entry creates, also one that an earlier version has written. */
export function orderOfEntry(entry: string, orderNumber: string): OrderRecord {
  if (!entry.startsWith(ENTRY_START)) return JSON.parse(entry);
  const [account, certificates, ...values]: [string, PackedCertificate[], ...unknown[]] = JSON.parse(
    `[${entry}]`,
  );
  return recordFrom(ORDER_SHAPE, {
    ...Object.fromEntries(ORDER_FIELDS.map(({ name }, at) => [name, values[at]])),
    account,
    orderNumber,
    certificates: certificates.map(unpackCertificate),
  });
}
