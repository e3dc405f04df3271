/** What may become of an order next, found by asking the rules about each single step. */

import {
  CERTIFICATE_MEANINGS,
  type CertificateMeaning,
  type CertificateRecord,
  CHECK_STATUSES,
  CHECKS,
  type CheckName,
  type CheckStatus,
  certificateMeaning,
  certificateWord,
  ORDER_MEANINGS,
  type OrderRecord,
  orderMeaning,
  orderWord,
} from '@cert-order-status/protocol';
import { applyRules } from './apply-rules.ts';
import { mergePatch } from './merge-patch.ts';
import { readRevision } from './read-revision.ts';

/** What may become of an order by one step; what it is already is never among it. */
export interface LegalChanges {
  /** Words, one for each meaning. */
  readonly orderStatus: readonly string[];
  readonly certificates: ReadonlyMap<CertificateRecord, LegalCertificateChanges>;
}

/** What may become of a certificate by one step. */
export interface LegalCertificateChanges {
  /** Words, one for each meaning. */
  readonly certificateStatus: readonly string[];
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
    orderStatus: ORDER_MEANINGS.filter((meaning) => meaning !== orderMeaning(record.orderStatus))
      .map(orderWord)
      .filter((word) => isLegal(record, orderPatch(word))),
    certificates: new Map(
      certificates.map((certificate) => [
        certificate,
        stepsOf(certificate, aroundOf(record, certificate, examples)),
      ]),
    ),
  };
}

/** @param record an order that holds the certificate. */
function stepsOf(certificate: CertificateRecord, record: OrderRecord): LegalCertificateChanges {
  const isTaken = (patch: object) => isLegal(record, ofCertificate(record, certificate, patch));
  const current = certificateMeaning(certificate.certificateStatus);
  return {
    certificateStatus: CERTIFICATE_MEANINGS.filter(
      (meaning) => meaning !== current && isTaken(statusPatch(certificate, meaning)),
    ).map(certificateWord),
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
type Examples = ReadonlyMap<CertificateMeaning, readonly CertificateRecord[]>;

/** Of each state as many as leave one when a certificate in that state is taken for itself. */
const EXAMPLES_OF_STATE = 2;

function examplesOf({ certificates }: OrderRecord): Examples {
  const examples = new Map<CertificateMeaning, CertificateRecord[]>();
  for (const certificate of certificates) {
    const meaning = certificateMeaning(certificate.certificateStatus);
    const found = examples.get(meaning) ?? [];
    if (found.length < EXAMPLES_OF_STATE) found.push(certificate);
    examples.set(meaning, found);
  }
  return examples;
}

/**
 * The order with the certificate and one other in each state that others are in. To a step of one certificate the rules
 * say the same as in the whole order: each looks at one certificate and its order, or at whether there are certificates
 * in some states.
 */
function aroundOf(record: OrderRecord, certificate: CertificateRecord, examples: Examples): OrderRecord {
  const others = [...examples.values()].flatMap((found) => found.find((each) => each !== certificate) ?? []);
  return { ...record, certificates: [certificate, ...others] };
}

function orderPatch(word: string): object {
  if (orderMeaning(word) !== 'rejected') return { orderStatus: word };
  return { orderStatus: word, orderStatusReason: SOME_REASON };
}

function statusPatch({ serialNumber }: CertificateRecord, meaning: CertificateMeaning): object {
  const hasReason = meaning === 'rejected' || meaning === 'revoked';
  return {
    certificateStatus: certificateWord(meaning),
    ...(meaning === 'issued' && { serialNumber: serialNumber ?? SOME_SERIAL_NUMBER }),
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
  const read = readRevision(record, mergePatch(record, patch));
  return read.ok && applyRules(record, read.record).isLegal;
}
