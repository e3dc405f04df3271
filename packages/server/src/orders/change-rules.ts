/** From which state to which an order and its certificates may go. */

import type {
  CertificateRecord,
  CertificateStatusWord,
  OrderRecord,
  OrderStatusWord,
} from '@cert-order-status/protocol';
import type { BrokenRule } from './rules.ts';
import { CHECKS_BEFORE_ISSUE, isIssuedOrLater } from './state-rules.ts';

/** Where an order may go from each state. */
const ORDER_TRANSITIONS: Readonly<Record<OrderStatusWord, readonly OrderStatusWord[]>> = {
  Pending: ['Completed', 'Rejected', 'Cancelled'],
  Completed: ['Pending'],
  Rejected: [],
  Cancelled: [],
};

/** Where a certificate may go from each state. */
const CERTIFICATE_TRANSITIONS: Readonly<Record<CertificateStatusWord, readonly CertificateStatusWord[]>> = {
  'Awaiting Validation': ['Awaiting Brand Validation', 'Issued', 'Rejected'],
  'Awaiting Brand Validation': ['Awaiting Validation', 'Issued', 'Rejected'],
  Issued: ['Replaced', 'Revoked', 'Expired'],
  Replaced: ['Revoked', 'Expired'],
  Revoked: [],
  Expired: [],
  Rejected: [],
};

/** Every rule of change that going from one state of an order to another breaks. */
export function brokenChangeRules(before: OrderRecord, after: OrderRecord): BrokenRule[] {
  const broken = [...brokenByOrder(before, after)];
  const earlier = new Map(
    before.certificates.map((certificate) => [certificate.certificateID, certificate] as const),
  );
  for (const [index, certificate] of after.certificates.entries()) {
    const was = earlier.get(certificate.certificateID);
    if (was !== undefined) broken.push(...brokenByCertificate(was, certificate, `certificates[${index}]`));
  }
  return broken;
}

function* brokenByOrder(before: OrderRecord, after: OrderRecord): Iterable<BrokenRule> {
  const from = before.orderStatus;
  const to = after.orderStatus;
  if (from === to) return;
  const field = 'orderStatus';
  if (!ORDER_TRANSITIONS[from].includes(to)) {
    const message = `order ${after.orderNumber} is ${from} and ${mayBecome(ORDER_TRANSITIONS[from])}, not ${to}`;
    yield { rule: 'order-transition', field, message };
  } else if (from === 'Completed' && after.certificates.length === before.certificates.length) {
    const message = `order ${after.orderNumber} is ${from} and becomes ${to} only by adding a certificate`;
    yield { rule: 'reopened-by-reissue', field, message };
  }
}

function* brokenByCertificate(
  before: CertificateRecord,
  after: CertificateRecord,
  path: string,
): Iterable<BrokenRule> {
  const from = before.certificateStatus;
  const to = after.certificateStatus;
  const name = `certificate ${after.certificateID}`;
  if (from !== to && !CERTIFICATE_TRANSITIONS[from].includes(to)) {
    const message = `${name} is ${from} and ${mayBecome(CERTIFICATE_TRANSITIONS[from])}, not ${to}`;
    yield { rule: 'certificate-transition', field: `${path}.certificateStatus`, message };
  }
  if (!isIssuedOrLater(before)) return;
  for (const check of CHECKS_BEFORE_ISSUE) {
    if (before[check] === after[check]) continue;
    const message = `${name} was issued, so its ${check} stays ${before[check]}`;
    yield { rule: 'checks-fixed-by-issue', field: `${path}.${check}`, message };
  }
}

function mayBecome(words: readonly string[]): string {
  return words.length === 0 ? 'stays that' : `may become ${words.join(' or ')}`;
}
