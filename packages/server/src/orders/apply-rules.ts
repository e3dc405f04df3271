/** The rules for the order itself: whether a change keeps them, and what the order is after it. */

import { CERTIFICATE_FIELDS, type CertificateRecord, type OrderRecord } from '@cert-order-status/protocol';
import { certificateName, matchCertificates } from './certificate-identity.ts';
import { brokenChangeRules } from './change-rules.ts';
import { type Adjustment, type BrokenRule, type Exemption, isExempt, type RuleName } from './rules.ts';
import { brokenStateRules, isAwaiting, isClosed } from './state-rules.ts';

/** Why the certificates of a cancelled order are rejected; those of a rejected one bear the order's own reason. */
const CANCELLED_REASON = 'Order cancelled';

/** The outcome of a change. */
export type AppliedRules =
  | {
      readonly isLegal: true;
      /** What the order is after the change. */
      readonly record: OrderRecord;
      /** The rules that an exemption has waived; without an exemption none. */
      readonly waivedRules: readonly RuleName[];
      /** The fields in which the record differs from the change request. */
      readonly adjustments: readonly Adjustment[];
    }
  | { readonly isLegal: false; readonly broken: readonly BrokenRule[] };

/**
 * Applies the rules of state and of change to a change. Of a rule of state, only what the change itself breaks
 * counts: what once came into the database as it was may be changed in other respects.
 *
 * @param before The order in the database, or undefined for a new one, which may start in any consistent state.
 */
export function applyRules(
  before: OrderRecord | undefined,
  wanted: OrderRecord,
  exemption?: Exemption,
): AppliedRules {
  const inPlace = before === undefined ? wanted : keepCertificatesInPlace(before, wanted);
  const isTakenAsItIs = exemption?.kind === 'as-is' || exemption?.kind === 'observed';
  const { record, adjustments } = isTakenAsItIs
    ? { record: inPlace, adjustments: [] }
    : rejectAwaiting(inPlace);
  const already = new Set(before === undefined ? [] : brokenStateRules(before).map(placeOf));
  const broken = brokenStateRules(record).filter((rule) => !already.has(placeOf(rule)));
  // Between two observations there may have been other states.
  if (before !== undefined && exemption?.kind !== 'observed') {
    broken.push(...brokenChangeRules(before, record));
  }
  const refused = broken.filter(({ rule }) => !isExempt(rule, exemption));
  if (refused.length > 0) return { isLegal: false, broken: refused };
  return { isLegal: true, record, waivedRules: [...new Set(broken.map(({ rule }) => rule))], adjustments };
}

/**
 * A rule and where it is broken; certificates of the database keep their places, so it names the same in both states.
 */
function placeOf({ rule, field }: BrokenRule): string {
  return `${rule} ${field}`;
}

/**
 * Certificates stay in the order in which they were added (that is how responses number them); new ones come after
 * those that the database has.
 */
function keepCertificatesInPlace(before: OrderRecord, wanted: OrderRecord): OrderRecord {
  const places = matchCertificates(before.certificates, wanted.certificates);
  const certificates = wanted.certificates
    .map((certificate, index) => ({ certificate, place: places[index] ?? before.certificates.length }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ certificate }) => certificate);
  return { ...wanted, certificates };
}

/** Rejecting or cancelling an order rejects the certificates that wait for it. */
function rejectAwaiting(record: OrderRecord): {
  readonly record: OrderRecord;
  readonly adjustments: readonly Adjustment[];
} {
  if (!isClosed(record) || !record.certificates.some(isAwaiting)) return { record, adjustments: [] };
  const { orderNumber, orderStatus, orderStatusReason: reason = CANCELLED_REASON } = record;
  const adjustments: Adjustment[] = [];
  const certificates = record.certificates.map((certificate, index) => {
    if (!isAwaiting(certificate)) return certificate;
    adjustments.push({
      rule: 'closed-without-awaiting',
      field: `certificates[${index}].certificateStatus`,
      message: `${certificateName(certificate, index + 1)} is Rejected, not ${certificate.certificateStatus}, because order ${orderNumber} is ${orderStatus}`,
    });
    return rejected(certificate, reason);
  });
  return { record: { ...record, certificates }, adjustments };
}

/** With its fields in canonical order, as `readOrderRecord` has them. */
function rejected(certificate: CertificateRecord, reason: string): CertificateRecord {
  const fields: CertificateRecord = {
    ...certificate,
    certificateStatus: 'Rejected',
    certificateStatusReason: reason,
  };
  return Object.fromEntries(
    CERTIFICATE_FIELDS.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]),
  );
}
