/** From which state to which an order and its certificates may go. */

import {
  CERTIFICATE_MEANINGS,
  type CertificateMeaning,
  type CertificateRecord,
  certificateMeaning,
  certificateWord,
  ORDER_MEANINGS,
  type OrderMeaning,
  type OrderRecord,
  orderMeaning,
  orderWord,
} from '@cert-order-status/protocol';
import { certificateName, matchCertificates } from './certificate-identity.ts';
import type { BrokenRule } from './rules.ts';
import { CHECKS_BEFORE_ISSUE, isIssuedOrLater } from './state-rules.ts';

/** Where an order may go from each state. */
const ORDER_TRANSITIONS: Readonly<Record<OrderMeaning, readonly OrderMeaning[]>> = {
  pending: ['completed', 'rejected', 'cancelled'],
  completed: ['pending'],
  rejected: [],
  cancelled: [],
  unknown: ORDER_MEANINGS.filter((meaning) => meaning !== 'unknown'),
};

/** Where a certificate may go from each state. */
const CERTIFICATE_TRANSITIONS: Readonly<Record<CertificateMeaning, readonly CertificateMeaning[]>> = {
  awaiting: ['awaiting-brand-validation', 'awaiting-caa', 'failed-after-signing', 'issued', 'rejected'],
  'awaiting-brand-validation': ['awaiting', 'awaiting-caa', 'failed-after-signing', 'issued', 'rejected'],
  'awaiting-caa': ['awaiting', 'awaiting-brand-validation', 'failed-after-signing', 'issued', 'rejected'],
  'failed-after-signing': ['awaiting', 'awaiting-brand-validation', 'awaiting-caa', 'issued', 'rejected'],
  issued: ['replaced', 'revoked', 'expired'],
  replaced: ['revoked', 'expired'],
  revoked: [],
  expired: [],
  rejected: [],
  unknown: CERTIFICATE_MEANINGS.filter((meaning) => meaning !== 'unknown'),
};

/** Every rule of change that going from one state of an order to another breaks. */
export function brokenChangeRules(before: OrderRecord, after: OrderRecord): BrokenRule[] {
  const broken = [...brokenByOrder(before, after)];
  const places = matchCertificates(before.certificates, after.certificates);
  for (const [index, certificate] of after.certificates.entries()) {
    const was = before.certificates[places[index] ?? -1];
    if (was !== undefined) broken.push(...brokenByCertificate(was, certificate, index));
  }
  return broken;
}

function* brokenByOrder(before: OrderRecord, after: OrderRecord): Iterable<BrokenRule> {
  const from = orderMeaning(before.orderStatus);
  const to = orderMeaning(after.orderStatus);
  if (from === to) return;
  const field = 'orderStatus';
  const name = `order ${after.orderNumber} is ${before.orderStatus}`;
  const legal = ORDER_TRANSITIONS[from];
  if (!legal.includes(to)) {
    const message = `${name} and ${mayBecome(legal.map(orderWord))}, not ${after.orderStatus}`;
    yield { rule: 'order-transition', field, message };
  } else if (from === 'completed' && after.certificates.length === before.certificates.length) {
    const message = `${name} and becomes ${after.orderStatus} only by adding a certificate`;
    yield { rule: 'reopened-by-reissue', field, message };
  }
}

function* brokenByCertificate(
  before: CertificateRecord,
  after: CertificateRecord,
  index: number,
): Iterable<BrokenRule> {
  const from = certificateMeaning(before.certificateStatus);
  const to = certificateMeaning(after.certificateStatus);
  const path = `certificates[${index}]`;
  const name = certificateName(after, index + 1);
  const legal = CERTIFICATE_TRANSITIONS[from];
  if (from !== to && !legal.includes(to)) {
    const message = `${name} is ${before.certificateStatus} and ${mayBecome(legal.map(certificateWord))}, not ${after.certificateStatus}`;
    yield { rule: 'certificate-transition', field: `${path}.certificateStatus`, message };
  }
  if (!isIssuedOrLater(before)) return;
  for (const check of CHECKS_BEFORE_ISSUE) {
    if (before[check] === after[check]) continue;
    const message = `${name} was issued, so its ${check} stays ${before[check] ?? 'unset'}`;
    yield { rule: 'checks-fixed-by-issue', field: `${path}.${check}`, message };
  }
}

function mayBecome(words: readonly string[]): string {
  return words.length === 0 ? 'stays that' : `may become ${words.join(' or ')}`;
}
