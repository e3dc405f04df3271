/**
 * The body of a webhook's event, as far as a program of the account can make it: from a change of the feed and the
 * order's status. Pure. What differs from the service's is in docs/webhooks.md.
 */

import {
  CERTIFICATE_SHAPE,
  type ChangeEvent,
  certificateIDOf,
  differencesOf,
  encodeDetailedOrderStatusJson,
  fieldsOf,
  type ReceivedOrder,
} from '@cert-order-status/protocol';
import { TransportError } from '../errors.ts';
import type { OrderChange } from '../feed/order-change.ts';

/** The most bytes of a body, as of the service's. */
export const BODY_LIMIT_BYTES = 256 * 1024;

const PERSONAL_FIELDS: ReadonlySet<string> = new Set(
  fieldsOf(CERTIFICATE_SHAPE).flatMap(([name, { privacy }]) => (privacy === 'personal' ? [name] : [])),
);

/**
 * The body. Of an order that is too large the certificates are left out, and if that is not enough, the changes;
 * `certificatesOmitted` and `changesOmitted` say so.
 *
 * @param order of {@link orderInEvents}.
 * @throws TransportError for an order that is too large even then.
 */
export function localEventBody(
  { type, place }: ChangeEvent,
  change: OrderChange,
  order: Readonly<Record<string, unknown>>,
): string {
  const changes = differencesOf(change, place);
  const data = {
    version: change.version,
    orderNumber: change.orderNumber,
    certificate: place === 0 ? undefined : place,
    certificateID: place === 0 ? undefined : certificateIDOf(change, place),
  };
  const shortened = { ...data, order: { ...order, certificates: undefined, certificatesOmitted: true } };
  const candidates = [
    { ...data, changes, order },
    { ...shortened, changes },
    { ...shortened, changesOmitted: true },
  ];
  for (const each of candidates) {
    const body = JSON.stringify({ type, timestamp: change.at, data: each });
    if (new TextEncoder().encode(body).length <= BODY_LIMIT_BYTES) return body;
  }
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
