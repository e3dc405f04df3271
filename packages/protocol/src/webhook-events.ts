/** Which events a change of an order makes: of webhooks, and of what stands in for them during development. */

import type { OrderRecord } from './order-record.ts';
import { type CertificateMeaning, certificateMeaning, type OrderMeaning, orderMeaning } from './states.ts';

/** The types of events that tell of a change. */
export const CHANGE_EVENT_TYPES = [
  'order.created',
  'order.updated',
  'order.completed',
  'order.rejected',
  'order.cancelled',
  'certificate.issued',
  'certificate.rejected',
  'certificate.revoked',
  'certificate.expired',
  'certificate.replaced',
] as const;
/** An event that tells of a change. */
export type ChangeEventType = (typeof CHANGE_EVENT_TYPES)[number];

/** An event of a change, without what it tells. */
export interface ChangeEvent {
  readonly type: ChangeEventType;
  /** 0 for the event of the order; else the certificate's number within the order, from 1. */
  readonly place: number;
}

/** A field that a change has made another. */
export interface ChangedField {
  /** The number within the order of the certificate that it is about, from 1; left out for the order itself. */
  readonly certificate?: number;
  readonly certificateID?: string;
  /** The field's name; `certificates` for a certificate that was added, which `after` holds. */
  readonly field: string;
  /** The change feed does not tell it. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** What of a change decides about its events. */
export type EventSource<Field extends ChangedField = ChangedField> =
  | { readonly kind: 'created'; readonly order: OrderRecord }
  | { readonly kind: 'changed'; readonly differences: readonly Field[] };

const OF_ORDER: Partial<Record<OrderMeaning, ChangeEventType>> = {
  completed: 'order.completed',
  rejected: 'order.rejected',
  cancelled: 'order.cancelled',
};
const OF_CERTIFICATE: Partial<Record<CertificateMeaning, ChangeEventType>> = {
  issued: 'certificate.issued',
  rejected: 'certificate.rejected',
  revoked: 'certificate.revoked',
  expired: 'certificate.expired',
  replaced: 'certificate.replaced',
};

/**
 * One event of the order, and one for each certificate that reached a state with an event of its own, in this order. A
 * state's other word for the same meaning is no other state, where the change tells what it was before.
 */
export function eventsOfChange(change: EventSource): readonly ChangeEvent[] {
  if (change.kind === 'created') {
    const { certificates } = change.order;
    return [
      { type: 'order.created', place: 0 },
      ...certificates.flatMap(({ certificateStatus }, index) =>
        certificateEvents(index + 1, certificateStatus),
      ),
    ];
  }
  const { differences } = change;
  return [
    { type: orderEvent(differences), place: 0 },
    ...differences.flatMap(({ certificate = 0, field, before, after }) => {
      if (field === 'certificates') return certificateEvents(certificate, statusOf(after));
      return field === 'certificateStatus' ? certificateEvents(certificate, after, before) : [];
    }),
  ];
}

/** What of a change an event tells: all of it, or what is of the event's certificate. */
export function differencesOf<Field extends ChangedField>(
  change: EventSource<Field>,
  place: number,
): readonly Field[] {
  if (change.kind === 'created') return [];
  if (place === 0) return change.differences;
  return change.differences.filter(({ certificate }) => certificate === place);
}

/** The ID of the certificate that an event is of, if it has one. */
export function certificateIDOf(change: EventSource, place: number): string | undefined {
  if (change.kind === 'created') return change.order.certificates[place - 1]?.certificateID;
  const [{ certificateID, field, after } = {}] = differencesOf(change, place);
  if (field !== 'certificates' || typeof after !== 'object' || after === null) return certificateID;
  return 'certificateID' in after ? textOf(after.certificateID) : undefined;
}

function orderEvent(differences: readonly ChangedField[]): ChangeEventType {
  const { before, after } = differences.find(({ field }) => field === 'orderStatus') ?? {};
  const meaning = orderMeaning(textOf(after));
  const isNew = meaning !== orderMeaning(textOf(before));
  return (isNew ? OF_ORDER[meaning] : undefined) ?? 'order.updated';
}

function certificateEvents(place: number, after: unknown, before?: unknown): readonly ChangeEvent[] {
  const meaning = certificateMeaning(textOf(after));
  if (meaning === certificateMeaning(textOf(before))) return [];
  const type = OF_CERTIFICATE[meaning];
  return type === undefined || place === 0 ? [] : [{ type, place }];
}

function statusOf(certificate: unknown): unknown {
  if (typeof certificate !== 'object' || certificate === null) return undefined;
  return 'certificateStatus' in certificate ? certificate.certificateStatus : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
