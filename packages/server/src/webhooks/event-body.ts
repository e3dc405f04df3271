/** What an event tells: its body, in JSON. Pure. */

import {
  type ChangeEvent,
  differencesOf,
  encodeDetailedOrderStatusJson,
  formatOrderDateTime,
  type OrderRecord,
  type OrderStatus,
  parseDateTime,
  webhookBody,
} from '@cert-order-status/protocol';
import { type Change, observedAtOf } from '../orders/change.ts';
import type { Difference } from '../orders/differences.ts';
import type { OrderPart } from '../orders/order-views.ts';
import { isPersonal, withoutPersonalData } from '../orders/personal-data.ts';

/** The body of a ping. */
export function pingBody(timestamp: string): string {
  return JSON.stringify({ type: 'ping', timestamp, data: {} });
}

/**
 * The body of an event of a change, without personal data.
 *
 * @param part the order as it is now; if not with all of its certificates, they are left out.
 */
export function eventBody(event: ChangeEvent, change: Change, part: OrderPart): string {
  const body = webhookBody(event, change, {
    changes: differencesOf(change, event.place).flatMap(publicDifference),
    order: orderObject(withoutPersonalData(part.record)),
    isPartial: part.certificateCount > part.record.certificates.length,
    observedAt: observedAt(change, part),
  });
  if (body === undefined) throw new Error('an event is too large even without certificates and differences');
  return body;
}

/** What is stored of the change may not say yet that it was observed. */
function observedAt(change: Change, { following }: OrderPart): string | undefined {
  const changed = observedAtOf(change);
  const latest = following?.observed;
  return changed === undefined || (latest !== undefined && latest > changed) ? latest : changed;
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
    orderDateTime: orderedSeconds === undefined ? undefined : formatOrderDateTime(orderedSeconds),
    certificates: certificates.map(({ notBefore, notAfter, ...certificate }) => ({
      ...certificate,
      notBefore: notBefore === undefined ? undefined : new Date(notBefore),
      notAfter: notAfter === undefined ? undefined : new Date(notAfter),
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
