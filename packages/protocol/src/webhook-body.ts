/** The body of a webhook's event of a change. Pure. */

import { type ChangedField, type ChangeEvent, certificateIDOf, type EventSource } from './webhook-events.ts';

/** The most bytes of a body, in UTF-8. */
export const WEBHOOK_BODY_LIMIT_BYTES = 256 * 1024;

/** What an event tells of a change. */
export interface ToldChange {
  /** What was changed, of what the event is about. */
  readonly changes: readonly ChangedField[];
  /** The order as it is now. */
  readonly order: Readonly<Record<string, unknown>>;
  /** Whether the order is there without some of its certificates: then it goes without all. */
  readonly isPartial?: boolean;
  /** When the order was seen so at an upstream, if it is followed there: RFC 3339. */
  readonly observedAt?: string | undefined;
}

const encoder = new TextEncoder();

/**
 * The body, in JSON. Of an order that is too large the certificates are left out, and if that is not enough, the
 * changes; `certificatesOmitted` and `changesOmitted` say so.
 *
 * @param change with `at` as the event's time.
 * @returns undefined for an order that is too large even then.
 */
export function webhookBody(
  { type, place }: ChangeEvent,
  change: EventSource & { readonly version: number; readonly orderNumber: string; readonly at: string },
  { changes, order, isPartial = false, observedAt }: ToldChange,
): string | undefined {
  const data = {
    version: change.version,
    orderNumber: change.orderNumber,
    observedAt,
    certificate: place === 0 ? undefined : place,
    certificateID: place === 0 ? undefined : certificateIDOf(change, place),
  };
  const shortened = { ...data, order: { ...order, certificates: undefined, certificatesOmitted: true } };
  const candidates = [
    ...(isPartial ? [] : [{ ...data, changes, order }]),
    { ...shortened, changes },
    { ...shortened, changesOmitted: true },
  ];
  for (const each of candidates) {
    const body = JSON.stringify({ type, timestamp: change.at, data: each });
    if (encoder.encode(body).length <= WEBHOOK_BODY_LIMIT_BYTES) return body;
  }
  return undefined;
}
