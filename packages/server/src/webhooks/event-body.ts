/** What an event tells: its body, in JSON. Pure. */

import {
  type ChangeEventType,
  certificateIDOf,
  differencesOf,
  encodeDetailedOrderStatusJson,
  formatOrderDateTime,
  type OrderRecord,
  type OrderStatus,
  parseDateTime,
} from '@cert-order-status/protocol';
import type { Change } from '../orders/change.ts';
import type { Difference } from '../orders/differences.ts';
import type { OrderPart } from '../orders/order-views.ts';
import { isPersonal, withoutPersonalData } from '../orders/personal-data.ts';

/** The most bytes of a body. */
export const BODY_LIMIT_BYTES = 256 * 1024;

/** The body of a ping. */
export function pingBody(timestamp: string): string {
  return JSON.stringify({ type: 'ping', timestamp, data: {} });
}

/**
 * The body of an event of a change, without personal data. Of an order that is too large the certificates are left out,
 * and if that is not enough, the differences; `certificatesOmitted` and `changesOmitted` say so.
 *
 * @param part the order as it is now; if not with all of its certificates, they are left out.
 */
export function eventBody(
  { type, place }: { readonly type: ChangeEventType; readonly place: number },
  change: Change,
  part: OrderPart,
): string {
  const isPartial = part.certificateCount > part.record.certificates.length;
  const order = orderObject(withoutPersonalData(part.record));
  const certificate = place === 0 ? undefined : place;
  const certificateID = place === 0 ? undefined : certificateIDOf(change, place);
  const changes = differencesOf(change, place).flatMap(publicDifference);
  const data = { version: change.version, orderNumber: change.orderNumber, certificate, certificateID };
  const withoutCertificates = { ...order, certificates: undefined, certificatesOmitted: true };
  const shortened = { ...data, order: withoutCertificates };
  const candidates = [
    ...(isPartial ? [] : [{ ...data, changes, order }]),
    { ...shortened, changes },
    { ...shortened, changesOmitted: true },
  ];
  for (const each of candidates) {
    const body = JSON.stringify({ type, timestamp: change.at, data: each });
    if (Buffer.byteLength(body) <= BODY_LIMIT_BYTES) return body;
  }
  throw new Error('an event is too large even without certificates and differences');
}

/** An order as a response with responseFormat=2 and showValidityPeriod has it, and the IDs of its certificates. */
function orderObject(record: OrderRecord): Record<string, unknown> {
  const { orders } = JSON.parse(encodeDetailedOrderStatusJson({ orders: [statusOf(record)] }));
  const [{ certificates, ...order }] = orders;
  return {
    ...order,
    certificates: record.certificates.map(({ certificateID }, index) => ({
      certificateID,
      ...certificates[index],
    })),
  };
}

function statusOf({ orderDateTime, certificates, ...order }: OrderRecord): OrderStatus {
  const orderedSeconds = orderDateTime === undefined ? undefined : parseDateTime(orderDateTime);
  return {
    ...order,
    ...(orderedSeconds !== undefined && { orderDateTime: formatOrderDateTime(orderedSeconds) }),
    certificates: certificates.map(({ notBefore, notAfter, ...certificate }) => ({
      ...certificate,
      ...(notBefore !== undefined && { notBefore: new Date(notBefore) }),
      ...(notAfter !== undefined && { notAfter: new Date(notAfter) }),
    })),
  };
}

function publicDifference(difference: Difference): readonly Difference[] {
  const { field, after } = difference;
  if (isPersonal(field) || field === 'account') return [];
  if (field !== 'certificates' || typeof after !== 'object' || after === null) return [difference];
  const fields = Object.entries(after).filter(([name]) => !isPersonal(name));
  return [{ ...difference, after: Object.fromEntries(fields) }];
}
