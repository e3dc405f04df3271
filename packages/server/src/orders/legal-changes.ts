/** What may become of an order next, found by asking the rules about each single step. */

import {
  CERTIFICATE_STATUSES,
  type CertificateRecord,
  type CertificateStatusWord,
  CHECK_STATUSES,
  CHECKS,
  type CheckName,
  type CheckStatus,
  ORDER_STATUSES,
  type OrderRecord,
  type OrderStatusWord,
  readOrderRecord,
} from '@cert-order-status/protocol';
import { applyRules } from './apply-rules.ts';
import { mergePatch } from './merge-patch.ts';

/** What may become of an order by one step; what it is already is never among it. */
export interface LegalChanges {
  readonly orderStatus: readonly OrderStatusWord[];
  /** By certificate ID. */
  readonly certificates: ReadonlyMap<string, LegalCertificateChanges>;
}

/** What may become of a certificate by one step. */
export interface LegalCertificateChanges {
  readonly certificateStatus: readonly CertificateStatusWord[];
  /** Only checks that may move. */
  readonly checks: ReadonlyMap<CheckName, readonly CheckStatus[]>;
}

/** Placeholders for the fields that some states require. */
const SOME_SERIAL_NUMBER = '01';
const SOME_REASON = 'some reason';

/**
 * Every single step that the rules allow: of the order, and of the certificates that are asked for, which are all of
 * them unless said otherwise. The time is in proportion to the order's certificates.
 */
export function legalChanges(
  record: OrderRecord,
  certificates: readonly CertificateRecord[] = record.certificates,
): LegalChanges {
  const examples = examplesOf(record);
  return {
    orderStatus: ORDER_STATUSES.filter(
      (word) => word !== record.orderStatus && isLegal(record, orderPatch(word)),
    ),
    certificates: new Map(
      certificates.map((certificate) => [
        certificate.certificateID,
        stepsOf(certificate, aroundOf(record, certificate, examples)),
      ]),
    ),
  };
}

/** @param record an order that holds the certificate. */
function stepsOf(certificate: CertificateRecord, record: OrderRecord): LegalCertificateChanges {
  const isTaken = (patch: object) => isLegal(record, ofCertificate(record, certificate, patch));
  return {
    certificateStatus: CERTIFICATE_STATUSES.filter(
      (word) => word !== certificate.certificateStatus && isTaken(statusPatch(certificate, word)),
    ),
    checks: new Map(
      CHECKS.map((check) => [check, legalStates(certificate, check, isTaken)] as const).filter(
        ([, states]) => states.length > 0,
      ),
    ),
  };
}

function legalStates(
  certificate: CertificateRecord,
  check: CheckName,
  isTaken: (patch: object) => boolean,
): CheckStatus[] {
  return CHECK_STATUSES.filter((state) => state !== certificate[check] && isTaken({ [check]: state }));
}

/** The first certificates in each state. */
type Examples = ReadonlyMap<CertificateStatusWord, readonly CertificateRecord[]>;

/** Of each state as many as leave one when a certificate in that state is taken for itself. */
const EXAMPLES_OF_STATE = 2;

function examplesOf({ certificates }: OrderRecord): Examples {
  const examples = new Map<CertificateStatusWord, CertificateRecord[]>();
  for (const certificate of certificates) {
    const found = examples.get(certificate.certificateStatus) ?? [];
    if (found.length < EXAMPLES_OF_STATE) found.push(certificate);
    examples.set(certificate.certificateStatus, found);
  }
  return examples;
}

/**
 * The order with the certificate and one other in each state that others are in. To a step of one certificate the rules
 * say the same as in the whole order: each looks at one certificate and its order, or at whether there are certificates
 * in some states.
 */
function aroundOf(record: OrderRecord, certificate: CertificateRecord, examples: Examples): OrderRecord {
  const others = [...examples.values()].flatMap(
    (found) => found.find(({ certificateID }) => certificateID !== certificate.certificateID) ?? [],
  );
  return { ...record, certificates: [certificate, ...others] };
}

function orderPatch(word: OrderStatusWord): object {
  return { orderStatus: word, ...(word === 'Rejected' && { orderStatusReason: SOME_REASON }) };
}

function statusPatch({ serialNumber }: CertificateRecord, word: CertificateStatusWord): object {
  const hasReason = word === 'Rejected' || word === 'Revoked';
  return {
    certificateStatus: word,
    ...(word === 'Issued' && { serialNumber: serialNumber ?? SOME_SERIAL_NUMBER }),
    ...(hasReason && { certificateStatusReason: SOME_REASON }),
  };
}

function ofCertificate({ certificates }: OrderRecord, changed: CertificateRecord, patch: object): object {
  return {
    certificates: certificates.map((certificate) =>
      certificate === changed ? mergePatch(certificate, patch) : certificate,
    ),
  };
}

function isLegal(record: OrderRecord, patch: object): boolean {
  const read = readOrderRecord(mergePatch(record, patch));
  return read.ok && applyRules(record, read.record).isLegal;
}
