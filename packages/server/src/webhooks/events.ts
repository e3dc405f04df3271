/** Which events a change of an order makes. Pure. */

import {
  type CertificateMeaning,
  certificateMeaning,
  type OrderMeaning,
  orderMeaning,
} from '@cert-order-status/protocol';
import type { Change } from '../orders/change.ts';
import type { Difference } from '../orders/differences.ts';
import type { ChangeEventType } from './event-type.ts';

/** An event of a change, without what it tells. */
export interface ChangeEvent {
  readonly type: ChangeEventType;
  /** 0 for the event of the order; else the certificate's number within the order, from 1. */
  readonly place: number;
}

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
 * state's other word for the same meaning is no other state.
 */
export function eventsOfChange(change: Change): readonly ChangeEvent[] {
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
export function differencesOf(change: Change, place: number): readonly Difference[] {
  if (change.kind === 'created') return [];
  if (place === 0) return change.differences;
  return change.differences.filter(({ certificate }) => certificate === place);
}

/** The ID of the certificate that an event is of, if it has one. */
export function certificateIDOf(change: Change, place: number): string | undefined {
  if (change.kind === 'created') return change.order.certificates[place - 1]?.certificateID;
  const [{ certificateID, field, after } = {}] = differencesOf(change, place);
  if (field !== 'certificates' || typeof after !== 'object' || after === null) return certificateID;
  return 'certificateID' in after ? textOf(after.certificateID) : undefined;
}

function orderEvent(differences: readonly Difference[]): ChangeEventType {
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
