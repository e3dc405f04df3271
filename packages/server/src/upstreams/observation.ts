/**
 * What a response makes of the orders that are known: facts, kept word for word. Only what a record cannot hold is left
 * out, and nothing that is known is lost. Pure.
 */

import {
  AWAITING_MEANINGS,
  CERTIFICATE_FIELDS,
  CERTIFICATES_LIMIT,
  type CertificateRecord,
  CHECKS,
  canonicalNumber,
  certificateMeaning,
  count,
  describeProblems,
  formatDateTime,
  ORDER_NUMBER_DIGITS,
  type OrderRecord,
  orderWord,
  type ReceivedCertificate,
  type ReceivedOrder,
  type ReceivedOrderStatus,
  type RecordProblem,
  readOrderRecord,
  SUGGESTED_ORG_STATUSES,
  type SuggestedOrganization,
  type SuggestedOrgDetailsRecord,
  secondOf,
} from '@cert-order-status/protocol';
import { matchReceived } from './match-received.ts';
import type { ObservationNotes } from './observation-notes.ts';

/** The most orders of a response that are looked at; the API has no more. */
const RECEIVED_ORDERS_LIMIT = 101;

/** An order of a response that replaces the one asked for. */
export interface ReceivedReplacement {
  /** Canonical. */
  readonly orderNumber: string;
  readonly received: ReceivedOrder;
}

/** The orders of a response that replace the one asked for: those that can be told apart. */
export function replacementsIn(
  { orders }: ReceivedOrderStatus,
  asked: string,
  notes: ObservationNotes,
): readonly ReceivedReplacement[] {
  const replacements = new Map<string, ReceivedReplacement>();
  const dropped = orders.length - RECEIVED_ORDERS_LIMIT;
  if (dropped > 0)
    notes.add(`${count(dropped, 'order')} beyond the limit of ${RECEIVED_ORDERS_LIMIT} left out`);
  for (const [index, received] of orders.slice(1, RECEIVED_ORDERS_LIMIT).entries()) {
    const orderNumber = canonicalNumber(received.orderNumber ?? '', ORDER_NUMBER_DIGITS);
    if (orderNumber === undefined)
      notes.add(`order ${index + 2} of the response left out: it has no order number`);
    else if (orderNumber === asked || replacements.has(orderNumber)) {
      notes.add(`order ${orderNumber} left out where it is in the response again`);
    } else replacements.set(orderNumber, { orderNumber, received });
  }
  return [...replacements.values()];
}

/** What a response does not say about an order. */
export interface ObservedOrder {
  readonly account: string;
  readonly orderNumber: string;
  /** The order that it replaces, as far as it is known. */
  readonly replacesOrderNumber: string | undefined;
}

/**
 * The order as it is known after a response.
 *
 * @param before as it was known; undefined when it was not.
 * @returns undefined when no record can hold it, which the notes then say.
 */
export function observeOrder(
  before: OrderRecord | undefined,
  received: ReceivedOrder,
  { account, orderNumber, replacesOrderNumber }: ObservedOrder,
  notes: ObservationNotes,
): OrderRecord | undefined {
  const { orderStatusReason, orderStatus, orderDateTime, ...known } = before ?? {};
  notes.addUnknown(received.extra);
  const given = readable(
    {
      orderStatus: received.orderStatus,
      orderStatusReason: received.orderStatusReason,
      orderDateTime: received.orderDateTime && dateTimeOf(received.orderDateTime),
    },
    ({ orderStatus: word = LEAST_ORDER.orderStatus, ...fields }) =>
      readOrderRecord({ ...LEAST_ORDER, ...fields, orderStatus: word }, 'observed'),
    '',
    notes,
  );
  const isSameState = given.orderStatus === undefined || given.orderStatus === orderStatus;
  const read = readOrderRecord(
    {
      ...known,
      account,
      orderNumber,
      orderDateTime: given.orderDateTime ?? orderDateTime,
      orderStatus: given.orderStatus ?? orderStatus ?? orderWord('unknown'),
      orderStatusReason: given.orderStatusReason ?? (isSameState ? orderStatusReason : undefined),
      replacesOrderNumber,
      suggestedOrgDetails: suggestionsOf(received, notes) ?? before?.suggestedOrgDetails,
      certificates: certificatesOf(before?.certificates ?? [], received.certificates, notes),
    },
    'observed',
  );
  if (read.ok) return read.record;
  notes.add(`order ${orderNumber} left out: ${describeProblems(read.problems)}`);
  return undefined;
}

/** What of a response has no meaning of its own: for reading single fields. */
const LEAST_ORDER = { account: 'a', orderNumber: '1', orderStatus: 'a', certificates: [{}] } as const;

/** The fields that a record can hold; the others are noted. */
function readable<Fields extends object>(
  fields: Fields,
  read: (
    fields: Fields,
  ) => { readonly ok: true } | { readonly ok: false; readonly problems: readonly RecordProblem[] },
  where: string,
  notes: ObservationNotes,
): Fields {
  let rest = fields;
  // Each time there is at least one field less.
  for (let left = Object.keys(fields).length; left > 0; left--) {
    const result = read(rest);
    if (result.ok) return rest;
    const bad = new Set<string>();
    for (const { path, message } of result.problems) {
      const [name = ''] = path.replace(/^.*\]\.?/, '').split('.', 1);
      if (bad.has(name)) continue;
      bad.add(name);
      notes.add(`${where}${name} left out: it ${message}`);
    }
    rest = Object.fromEntries(Object.entries(rest).filter(([name]) => !bad.has(name))) as Fields;
  }
  return rest;
}

/** In RFC 3339; a text that is no time of the wire stays as it is, and is refused as one. */
function dateTimeOf(text: string): string {
  const [, date, time, seconds = ':00'] = /^([0-9-]{10})[ T]([0-9:]{5})(:[0-9]{2})?Z?$/.exec(text) ?? [];
  return date === undefined ? text : `${date}T${time}${seconds}Z`;
}

function suggestionsOf(
  { suggestedOrgDetails }: ReceivedOrder,
  notes: ObservationNotes,
): SuggestedOrgDetailsRecord | undefined {
  if (suggestedOrgDetails === undefined) return undefined;
  const { status, organizations = [], extra } = suggestedOrgDetails;
  notes.addUnknown(extra);
  const word = SUGGESTED_ORG_STATUSES.find((known) => known === status);
  if (word === undefined) {
    notes.add('suggestedOrgDetails left out: its word is not known');
    return undefined;
  }
  if (organizations.length === 0) return { status: word };
  const good = organizations.flatMap((organization, index): SuggestedOrganization[] => {
    const where = `organization ${index + 1}: `;
    const rest = readable(
      organization,
      (one) =>
        Object.keys(one).length === 0
          ? { ok: true }
          : readOrderRecord(
              { ...LEAST_ORDER, suggestedOrgDetails: { status: 'Found', organizations: [one] } },
              'observed',
            ),
      where,
      notes,
    );
    return Object.keys(rest).length === 0 ? [] : [rest];
  });
  return good.length === 0 ? { status: word } : { status: word, organizations: good };
}

function certificatesOf(
  known: readonly CertificateRecord[],
  received: readonly ReceivedCertificate[],
  notes: ObservationNotes,
): readonly CertificateRecord[] {
  const given = certificatesGiven(received, notes);
  const indexes = matchReceived(known, given, CERTIFICATES_LIMIT);
  const certificates = [...known];
  let dropped = 0;
  for (const [place, certificate] of given.entries()) {
    const index = indexes[place];
    if (index === undefined) dropped++;
    else certificates[index] = certificateAfter(certificates[index], certificate);
  }
  if (dropped > 0)
    notes.add(`${count(dropped, 'certificate')} left out: an order has at most ${CERTIFICATES_LIMIT}`);
  const matched = new Set(indexes);
  const missing = known.filter(
    (certificate, index) => !matched.has(index) && Object.keys(certificate).length > 0,
  ).length;
  if (missing > 0) notes.add(`${count(missing, 'known certificate')} not in the response: as last known`);
  if (certificates.length > 0) return certificates;
  notes.add('the response holds no certificate');
  // An order has at least one; one of which nothing is known is in no response.
  return [{}];
}

/** As records hold them, in the response's order. */
function certificatesGiven(
  received: readonly ReceivedCertificate[],
  notes: ObservationNotes,
): readonly CertificateRecord[] {
  const dropped = received.length - CERTIFICATES_LIMIT;
  if (dropped > 0)
    notes.add(`${count(dropped, 'certificate')} left out: an order has at most ${CERTIFICATES_LIMIT}`);
  const serialNumbers = new Set<string>();
  return received.slice(0, CERTIFICATES_LIMIT).flatMap((certificate, index): CertificateRecord[] => {
    const given = certificateGiven(certificate, `certificate ${index + 1}: `, notes);
    const { serialNumber } = given;
    if (serialNumber !== undefined && serialNumbers.has(serialNumber)) {
      notes.add(`certificate ${index + 1} left out: another has the same serialNumber`);
      return [];
    }
    if (serialNumber !== undefined) serialNumbers.add(serialNumber);
    return [given];
  });
}

function certificateGiven(
  { extra, notBefore, notAfter, ...received }: ReceivedCertificate,
  where: string,
  notes: ObservationNotes,
): CertificateRecord {
  notes.addUnknown(extra);
  const fields = {
    ...received,
    ...(notBefore && { notBefore: formatDateTime(secondOf(notBefore)) }),
    ...(notAfter && { notAfter: formatDateTime(secondOf(notAfter)) }),
  };
  const given = readable(
    fields,
    (one) => readOrderRecord({ ...LEAST_ORDER, certificates: [one] }, 'observed'),
    where,
    notes,
  );
  const { serialNumber } = given;
  return serialNumber === undefined ? given : { ...given, serialNumber: serialNumber.toUpperCase() };
}

/** What counts only as long as the certificate's state stays what it is. */
const OF_STATE: ReadonlySet<string> = new Set(['certificateStatusReason', ...CHECKS]);
/** What a certificate no longer has when it waits to be issued again. */
const OF_ISSUE: ReadonlySet<string> = new Set(['serialNumber', 'notBefore', 'notAfter']);

function certificateAfter(known: CertificateRecord | undefined, given: CertificateRecord): CertificateRecord {
  if (known === undefined) return given;
  const { certificateStatus } = given;
  const hasOtherState = certificateStatus !== undefined && certificateStatus !== known.certificateStatus;
  const waits = hasOtherState && AWAITING_MEANINGS.includes(certificateMeaning(certificateStatus));
  const kept = CERTIFICATE_FIELDS.filter(
    (name) =>
      known[name] !== undefined && !(hasOtherState && OF_STATE.has(name)) && !(waits && OF_ISSUE.has(name)),
  );
  return { ...Object.fromEntries(kept.map((name) => [name, known[name]])), ...given };
}

/**
 * The order that a replacement replaces, as far as it is known: responses tell only that it replaces the order asked
 * for, directly or through others. So that is its predecessor until a later one turns out to be.
 *
 * @param before what it replaces as known.
 * @param asked the order asked for.
 * @param predecessors what the order asked for replaces, directly or through others.
 */
export function predecessorOf(
  { orderNumber, before }: { readonly orderNumber: string; readonly before: string | undefined },
  { asked, predecessors }: { readonly asked: string; readonly predecessors: ReadonlySet<string> },
  notes: ObservationNotes,
): string | undefined {
  if (predecessors.has(orderNumber)) {
    notes.add(`order ${orderNumber} is replaced by order ${asked}, and cannot replace it`);
    return before;
  }
  return before === undefined || predecessors.has(before) ? asked : before;
}
