/** What makes an order consistent with itself, beyond the shape that `readOrderRecord` checks. */

import {
  AWAITING_STATUSES,
  type CertificateRecord,
  type CertificateStatusWord,
  CHECKS,
  MOVABLE_AFTER_ISSUE,
  type OrderRecord,
} from '@cert-order-status/protocol';
import type { BrokenRule } from './rules.ts';

const ISSUED_OR_LATER: readonly CertificateStatusWord[] = ['Issued', 'Replaced', 'Revoked', 'Expired'];

/** The checks that must be finished when a certificate is issued, and stay as they are from then on. */
export const CHECKS_BEFORE_ISSUE = CHECKS.filter((check) => !MOVABLE_AFTER_ISSUE.includes(check));

/** Whether the certificate waits for validation. */
export function isAwaiting({ certificateStatus }: CertificateRecord): boolean {
  return AWAITING_STATUSES.includes(certificateStatus);
}

/** Whether the certificate has ever been issued. */
export function isIssuedOrLater({ certificateStatus }: CertificateRecord): boolean {
  return ISSUED_OR_LATER.includes(certificateStatus);
}

/** Whether the order was closed without success. */
export function isClosed({ orderStatus }: OrderRecord): boolean {
  return orderStatus === 'Rejected' || orderStatus === 'Cancelled';
}

/** Every rule of state that the order breaks. */
export function brokenStateRules(record: OrderRecord): BrokenRule[] {
  const broken: BrokenRule[] = [];
  for (const [index, certificate] of record.certificates.entries()) {
    const { certificateID, certificateStatus } = certificate;
    for (const check of CHECKS_BEFORE_ISSUE) {
      const isOpen = certificate[check] === 'not-completed' || certificate[check] === 'in-progress';
      if (!isOpen || !isIssuedOrLater(certificate)) continue;
      broken.push({
        rule: 'issued-with-finished-checks',
        field: `certificates[${index}].${check}`,
        message: `${check} of certificate ${certificateID} is ${certificate[check]}, but the certificate is ${certificateStatus}`,
      });
    }
    if (!isAwaiting(certificate)) continue;
    const field = `certificates[${index}].certificateStatus`;
    const message = `certificate ${certificateID} is ${certificateStatus}, but order ${record.orderNumber} is ${record.orderStatus}`;
    if (isClosed(record)) broken.push({ rule: 'closed-without-awaiting', field, message });
    if (record.orderStatus === 'Completed') {
      broken.push({ rule: 'completed-without-awaiting', field, message });
    }
  }
  if (record.orderStatus === 'Completed' && !record.certificates.some(isIssuedOrLater)) {
    broken.push({
      rule: 'completed-with-issued-certificate',
      field: 'orderStatus',
      message: `order ${record.orderNumber} is Completed, but none of its certificates was issued`,
    });
  }
  return broken;
}
