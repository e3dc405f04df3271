/**
 * The body of a webhook's event, as far as a program of the account can make it: from a change of the feed and the
 * order's status. Pure. What differs from the service's is in docs/webhooks.md.
 */

import {
  type ChangeEvent,
  certificateIDOf,
  differencesOf,
  encodeDetailedOrderStatusJson,
  PERSONAL_FIELDS,
  type ReceivedOrder,
  webhookBody,
} from '@cert-order-status/protocol';
import { TransportError } from '../errors.ts';
import type { OrderChange } from '../feed/order-change.ts';

/**
 * The body.
 *
 * @param order of {@link orderInEvents}.
 * @throws TransportError for an order that is too large even without certificates and changes.
 */
export function localEventBody(
  event: ChangeEvent,
  change: OrderChange,
  order: Readonly<Record<string, unknown>>,
): string {
  const { observedAt } = change;
  const body = webhookBody(event, change, { changes: differencesOf(change, event.place), order, observedAt });
  if (body !== undefined) return body;
  throw new TransportError('too-large', 'the order is too large for an event, even without its certificates');
}

/**
 * The order as the events of a change have it: as a response in JSON does, without personal data, and with the IDs of
 * those of its certificates that the change names.
 *
 * @param received the order as it is now.
 * @throws TransportError for an order that has parts without any field.
 */
export function orderInEvents(received: ReceivedOrder, change: OrderChange): Record<string, unknown> {
  const { orders } = JSON.parse(encoded(received));
  const [{ certificates, ...order }] = orders;
  const ids = certificateIDs(change);
  return {
    ...order,
    certificates: certificates.map((certificate: object, index: number) => ({
      certificateID: ids.get(index + 1),
      ...Object.fromEntries(Object.entries(certificate).filter(([name]) => !PERSONAL_FIELDS.has(name))),
    })),
  };
}

function encoded(received: ReceivedOrder): string {
  try {
    return encodeDetailedOrderStatusJson({ orders: [received] });
  } catch (cause) {
    const message = 'the response holds an order or a certificate without any field';
    throw new TransportError('not-a-response', message, { cause });
  }
}

/** By the certificates' numbers within the order, from 1. */
function certificateIDs(change: OrderChange): ReadonlyMap<number, string | undefined> {
  if (change.kind === 'created') {
    const { certificates } = change.order;
    return new Map(certificates.map(({ certificateID }, index) => [index + 1, certificateID]));
  }
  return new Map(
    change.differences.map((each) => {
      const { certificate = 0 } = each;
      return [certificate, certificateIDOf({ kind: 'changed', differences: [each] }, certificate)];
    }),
  );
}
