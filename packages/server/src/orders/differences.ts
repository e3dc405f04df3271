/** What differs between two states of an order. */

import type { CertificateRecord, OrderRecord } from '@cert-order-status/protocol';

/** One field that differs; of a certificate if its ID is there, else of the order. */
export interface Difference {
  readonly certificateID?: string;
  /** A field of the record; `certificates` for a certificate that was added. */
  readonly field: string;
  /** Left out when the field was not there. */
  readonly before?: unknown;
  /** Left out when the field is no longer there. */
  readonly after?: unknown;
}

/**
 * Everything that differs, in the order of the record's fields. Certificates are told apart by their IDs; none
 * is ever removed.
 */
export function differencesBetween(before: OrderRecord, after: OrderRecord): Difference[] {
  const { certificates: earlier, ...orderBefore } = before;
  const { certificates: later, ...orderAfter } = after;
  const found = [...fieldsThatDiffer(orderBefore, orderAfter)];
  const earlierByID = new Map(earlier.map((certificate) => [certificate.certificateID, certificate]));
  for (const certificate of later) {
    const was = earlierByID.get(certificate.certificateID);
    found.push(...(was === undefined ? [added(certificate)] : changed(was, certificate)));
  }
  return found;
}

function added(certificate: CertificateRecord): Difference {
  return { field: 'certificates', after: certificate };
}

function changed(before: CertificateRecord, after: CertificateRecord): Difference[] {
  const { certificateID } = after;
  return [...fieldsThatDiffer(before, after)].map((difference) => ({ certificateID, ...difference }));
}

function* fieldsThatDiffer(before: object, after: object): Iterable<Difference> {
  const valuesBefore = new Map<string, unknown>(Object.entries(before));
  const valuesAfter = new Map<string, unknown>(Object.entries(after));
  for (const field of new Set([...valuesBefore.keys(), ...valuesAfter.keys()])) {
    const was = valuesBefore.get(field);
    const is = valuesAfter.get(field);
    if (was === is || JSON.stringify(was) === JSON.stringify(is)) continue;
    yield { field, before: was, after: is };
  }
}
