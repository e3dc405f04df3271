/** Orders as certificates in states, and what becomes of changes. */

import {
  type CertificateMeaning,
  type CertificateRecord,
  certificateMeaning,
  type OrderRecord,
  readOrderRecord,
} from '@cert-order-status/protocol';
import { applyRules } from '../../src/orders/apply-rules.ts';
import type { Exemption } from '../../src/orders/rules.ts';
import { acmeOrder } from '../sample-orders.ts';

const REASONED: readonly CertificateMeaning[] = ['rejected', 'revoked'];
const ISSUED: readonly CertificateMeaning[] = ['issued', 'expired', 'revoked', 'replaced'];

/** A certificate with finished checks, and what its state requires besides. */
export function certificate(
  certificateStatus: CertificateRecord['certificateStatus'],
  changes: Partial<CertificateRecord> = {},
): CertificateRecord {
  return {
    certificateID: '1',
    objectType: 'SSL',
    certificateStatus,
    ...(REASONED.includes(certificateMeaning(certificateStatus)) && { certificateStatusReason: 'a reason' }),
    ...(ISSUED.includes(certificateMeaning(certificateStatus)) && { serialNumber: '0A' }),
    csrStatus: 'completed',
    dcvStatus: 'completed',
    ovCallBackStatus: 'not-required',
    organizationValidationStatus: 'not-required',
    freeDVUPStatus: 'not-required',
    evClickThroughStatus: 'not-required',
    caaStatus: 'completed',
    ...changes,
  };
}

/** An order of certificates that get the IDs 1, 2, … */
export function orderOf(
  orderStatus: OrderRecord['orderStatus'],
  certificates: readonly CertificateRecord[],
): OrderRecord {
  const record = acmeOrder({
    orderNumber: '1',
    orderStatus,
    ...(orderStatus === 'Rejected' && { orderStatusReason: 'not theirs' }),
    certificates: certificates.map((each, index) => ({ ...each, certificateID: String(index + 1) })),
  });
  const read = readOrderRecord(record);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.record;
}

/** The rules that a change breaks. */
export function rulesBroken(
  before: OrderRecord | undefined,
  wanted: OrderRecord,
  exemption?: Exemption,
): string[] {
  const applied = applyRules(before, wanted, exemption);
  return applied.isLegal ? [] : applied.broken.map(({ rule }) => rule);
}
