/** A response as text for people. */

import {
  CERTIFICATE_ON_WIRE,
  type CertificateMeaning,
  CHECKS,
  type CheckStatus,
  certificateMeaning,
  explain,
  isSettled,
  isSuccess,
  type OrderMeaning,
  type ReceivedCertificate,
  type ReceivedOrder,
  type ReceivedOrderStatus,
  type Wait,
} from '@cert-order-status/protocol';
import { printable } from './output.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

/** Texts that later revisions of the API added to certificates. */
const LATER_FIELDS = CERTIFICATE_ON_WIRE.filter((field) => field.form === 'text')
  .filter(({ since }) => since !== '1.2')
  .map(({ name }) => name);

/** A response as JSON: what was received, and what it means. */
export function reportOf(status: ReceivedOrderStatus) {
  return { ...status, settled: isSettled(status), success: isSuccess(status), explanation: explain(status) };
}

/** A response as text: orders, certificates, checks, and what each certificate waits for. */
export function describeStatus(status: ReceivedOrderStatus, style: Style): string {
  const explained = explain(status);
  const blocks = status.orders.flatMap((order, index) => {
    const { summary = '', waitsFor = [], certificates = [] } = explained.orders[index] ?? {};
    return [
      [describeOrder(order, summary, style), ...waitsFor.map((wait) => indent(`- ${textOf(wait)}`))].join(
        '\n',
      ),
      ...order.certificates.map((certificate, at) => {
        const { summary = '', waitsFor = [] } = certificates[at] ?? {};
        return [
          style.paint('bold', `Certificate ${at + 1} of ${order.certificates.length}`),
          indent(describeCertificate(certificate, style)),
          ...[
            `${outcomeMark(certificate, style)}${printable(summary)}${waitsFor.length > 0 ? '; it waits for:' : ''}`,
            ...waitsFor.map((wait) => `- ${textOf(wait)}`),
          ].map(indent),
        ].join('\n');
      }),
    ];
  });
  return blocks.length === 0 ? 'The answer holds no order.' : blocks.join('\n\n');
}

/** What is waited for, by whom. */
export function textOf({ who, text }: Wait): string {
  return `${who}: ${printable(text)}`;
}

function describeOrder(order: ReceivedOrder, summary: string, style: Style): string {
  const { orderNumber, orderDateTime, orderStatus, orderStatusReason, suggestedOrgDetails, extra } = order;
  const facts = known([
    ['ordered', orderDateTime],
    ['status', orderStatus],
    ['reason', orderStatusReason],
    ['suggestedOrgDetails', suggestedOrgDetails?.status],
    ...Object.entries(extra ?? {}),
  ]);
  const organizations = (suggestedOrgDetails?.organizations ?? []).map((organization, index) =>
    [`Suggested organisation ${index + 1}`, indent(table(known(Object.entries(organization))))].join('\n'),
  );
  return [
    style.paint('bold', `Order ${printable(orderNumber ?? '(no number)')}`),
    ...[table(facts), ...organizations, printable(summary)].map(indent),
  ].join('\n');
}

function describeCertificate(certificate: ReceivedCertificate, style: Style): string {
  const {
    objectType,
    FQDN,
    certificateStatus,
    certificateStatusReason,
    serialNumber,
    notBefore,
    notAfter,
    extra,
  } = certificate;
  const checks = CHECKS.flatMap((check) => {
    const state = certificate[check];
    return state === undefined ? [] : [[check, `${checkMark(state, style)}${state}`]];
  });
  return table([
    ...known([
      ['objectType', objectType],
      ['FQDN', FQDN],
      ['status', certificateStatus],
      ['reason', certificateStatusReason],
      ['serialNumber', serialNumber],
      ['notBefore', notBefore && timeText(notBefore)],
      ['notAfter', notAfter && timeText(notAfter)],
    ]),
    ...checks,
    ...known(LATER_FIELDS.map((name) => [name, certificate[name]])),
    ...known(Object.entries(extra ?? {})),
  ]);
}

/** A moment as people read it: `2025-06-11 11:57:00 UTC`. */
function timeText(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function known(facts: readonly (readonly [string, string | undefined])[]): string[][] {
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[printable(name), printable(value)]]));
}

const CHECK_MARKS: Record<CheckStatus, Parameters<Style['paint']>> = {
  completed: ['green', '✓'],
  'in-progress': ['yellow', '…'],
  'not-completed': ['red', '○'],
  'not-required': ['dim', '–'],
};

function checkMark(state: CheckStatus, { isTerminal, paint }: Style): string {
  return isTerminal ? `${paint(...CHECK_MARKS[state])} ` : '';
}

function outcomeMark({ certificateStatus }: ReceivedCertificate, style: Style): string {
  return style.isTerminal ? `${markOf(certificateMeaning(certificateStatus), style)} ` : '';
}

/** A symbol for how an order or a certificate stands. */
export function markOf(meaning: OrderMeaning | CertificateMeaning, { paint }: Style): string {
  switch (meaning) {
    case 'issued':
    case 'completed':
      return paint('green', '✓');
    case 'rejected':
    case 'cancelled':
    case 'revoked':
    case 'expired':
    case 'failed-after-signing':
      return paint('red', '✗');
    case 'replaced':
      return paint('dim', '↷');
    case 'unknown':
      return paint('yellow', '?');
    case 'pending':
    case 'awaiting':
    case 'awaiting-brand-validation':
    case 'awaiting-caa':
      return paint('yellow', '…');
  }
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
