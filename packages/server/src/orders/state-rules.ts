/** What makes an order consistent with itself, beyond the shape that `readOrderRecord` checks. */

import {
  AWAITING_MEANINGS,
  type CertificateMeaning,
  type CertificateRecord,
  CHECKS,
  certificateMeaning,
  MOVABLE_AFTER_ISSUE,
  type OrderRecord,
  orderMeaning,
} from '@cert-order-status/protocol';
import { certificateName } from './certificate-identity.ts';
import type { BrokenRule } from './rules.ts';

const ISSUED_OR_LATER: readonly CertificateMeaning[] = ['issued', 'replaced', 'revoked', 'expired'];

/** The checks that must be finished when a certificate is issued, and stay as they are from then on. */
export const CHECKS_BEFORE_ISSUE = CHECKS.filter((check) => !MOVABLE_AFTER_ISSUE.includes(check));

/** Whether the certificate waits to be issued. */
export function isAwaiting({ certificateStatus }: CertificateRecord): boolean {
  return AWAITING_MEANINGS.includes(certificateMeaning(certificateStatus));
}

/** Whether the certificate has ever been issued. */
export function isIssuedOrLater({ certificateStatus }: CertificateRecord): boolean {
  return ISSUED_OR_LATER.includes(certificateMeaning(certificateStatus));
}

/** Whether the order was closed without success. */
export function isClosed({ orderStatus }: OrderRecord): boolean {
  const meaning = orderMeaning(orderStatus);
  return meaning === 'rejected' || meaning === 'cancelled';
}

/** Every rule of state that the order breaks. */
export function brokenStateRules(record: OrderRecord): BrokenRule[] {
  const isCompleted = orderMeaning(record.orderStatus) === 'completed';
  const broken: BrokenRule[] = [];
  for (const [index, certificate] of record.certificates.entries()) {
    const name = certificateName(certificate, index + 1);
    broken.push(...brokenByCertificate(certificate, name, `certificates[${index}]`));
    if (!isAwaiting(certificate)) continue;
    const field = `certificates[${index}].certificateStatus`;
    const message = `${name} is ${certificate.certificateStatus}, but order ${record.orderNumber} is ${record.orderStatus}`;
    if (isClosed(record)) broken.push({ rule: 'closed-without-awaiting', field, message });
    if (isCompleted) broken.push({ rule: 'completed-without-awaiting', field, message });
  }
  if (isCompleted && !record.certificates.some(isIssuedOrLater)) {
    broken.push({
      rule: 'completed-with-issued-certificate',
      field: 'orderStatus',
      message: `order ${record.orderNumber} is ${record.orderStatus}, but none of its certificates was issued`,
    });
  }
  return broken;
}

function* brokenByCertificate(
  certificate: CertificateRecord,
  name: string,
  path: string,
): Iterable<BrokenRule> {
  const { certificateStatus, notBefore, notAfter } = certificate;
  const meaning = certificateMeaning(certificateStatus);
  const isIssued = ISSUED_OR_LATER.includes(meaning);
  for (const check of isIssued ? CHECKS_BEFORE_ISSUE : []) {
    if (certificate[check] !== 'not-completed' && certificate[check] !== 'in-progress') continue;
    const message = `${check} of ${name} is ${certificate[check]}, but the certificate is ${certificateStatus}`;
    yield { rule: 'issued-with-finished-checks', field: `${path}.${check}`, message };
  }
  // Canonical times are in the order of their texts.
  if (notBefore !== undefined && notAfter !== undefined && notAfter <= notBefore) {
    const message = `notAfter of ${name} is ${notAfter}, which is not later than its notBefore, ${notBefore}`;
    yield { rule: 'validity-in-order', field: `${path}.notAfter`, message };
  }
  if (isIssued || meaning === 'unknown') return;
  for (const [field, value] of Object.entries({ notBefore, notAfter })) {
    if (value === undefined) continue;
    const message = `${name} has ${field}, but is ${certificateStatus}`;
    yield { rule: 'validity-of-issued', field: `${path}.${field}`, message };
  }
}
