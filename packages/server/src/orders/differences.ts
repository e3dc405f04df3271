/** What differs between two states of an order. */

import type { CertificateRecord, OrderRecord } from '@cert-order-status/protocol';
import { matchCertificates } from './certificate-identity.ts';

/**
 * One field that differs: of a certificate when it names one, else of the order. Differences that earlier versions
 * wrote name the certificate by its ID alone, and one that was added not at all.
 */
export interface Difference {
  /** The certificate's number within the order, from 1. */
  readonly certificate?: number;
  /** The certificate's ID after the change, where it has one; not of a certificate that was added. */
  readonly certificateID?: string;
  /** A field of the record; `certificates` for a certificate that was added, which `after` holds. */
  readonly field: string;
  /** Left out when the field was not there. */
  readonly before?: unknown;
  /** Left out when the field is no longer there. */
  readonly after?: unknown;
}

/** Everything that differs, in the order of the record's fields. No certificate is ever removed. */
export function differencesBetween(before: OrderRecord, after: OrderRecord): Difference[] {
  const { certificates: earlier, ...orderBefore } = before;
  const { certificates: later, ...orderAfter } = after;
  const found = [...fieldsThatDiffer(orderBefore, orderAfter)];
  const places = matchCertificates(earlier, later);
  for (const [index, certificate] of later.entries()) {
    const was = earlier[places[index] ?? -1];
    const number = index + 1;
    found.push(...(was === undefined ? [added(number, certificate)] : changed(number, was, certificate)));
  }
  return found;
}

function added(number: number, certificate: CertificateRecord): Difference {
  return { certificate: number, field: 'certificates', after: certificate };
}

function changed(number: number, before: CertificateRecord, after: CertificateRecord): Difference[] {
  const { certificateID } = after;
  const which =
    certificateID === undefined ? { certificate: number } : { certificate: number, certificateID };
  return [...fieldsThatDiffer(before, after)].map((difference) => ({ ...which, ...difference }));
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
