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
import { judgeChange } from './judge-change.ts';
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

/** Stand for what has to be told with some states, whatever it is. */
const SOME_SERIAL_NUMBER = '01';
const SOME_REASON = 'some reason';

/** Every single step that the rules allow. */
export function legalChanges(record: OrderRecord): LegalChanges {
  return {
    orderStatus: ORDER_STATUSES.filter(
      (word) => word !== record.orderStatus && isLegal(record, orderPatch(word)),
    ),
    certificates: new Map(
      record.certificates.map((certificate) => [
        certificate.certificateID,
        {
          certificateStatus: CERTIFICATE_STATUSES.filter(
            (word) =>
              word !== certificate.certificateStatus &&
              isLegal(record, ofCertificate(record, certificate, statusPatch(certificate, word))),
          ),
          checks: new Map(
            CHECKS.map((check) => [check, legalStates(record, certificate, check)] as const).filter(
              ([, states]) => states.length > 0,
            ),
          ),
        },
      ]),
    ),
  };
}

function legalStates(record: OrderRecord, certificate: CertificateRecord, check: CheckName): CheckStatus[] {
  return CHECK_STATUSES.filter(
    (state) =>
      state !== certificate[check] && isLegal(record, ofCertificate(record, certificate, { [check]: state })),
  );
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
  return read.ok && judgeChange(record, read.record).isLegal;
}
