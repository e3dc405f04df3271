/** An answer for people. */

import {
  CHECKS,
  type CheckStatus,
  explain,
  isSettled,
  isSuccess,
  type ReceivedCertificate,
  type ReceivedOrder,
  type ReceivedOrderStatus,
  type Wait,
} from '@cert-order-status/protocol';
import { printable } from './output.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

/** An answer as JSON: what was received, and what it means. */
export function reportOf(status: ReceivedOrderStatus) {
  return { ...status, settled: isSettled(status), success: isSuccess(status), explanation: explain(status) };
}

/** An answer as text: orders, certificates, checks, and what each certificate waits for. */
export function describeStatus(status: ReceivedOrderStatus, style: Style): string {
  const explained = explain(status);
  const blocks = status.orders.flatMap((order, index) => {
    const { summary, certificates } = explained.orders[index] ?? { summary: '', certificates: [] };
    return [
      describeOrder(order, summary, style),
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
  const { objectType, FQDN, certificateStatus, certificateStatusReason, serialNumber, extra } = certificate;
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
    ]),
    ...checks,
    ...known(Object.entries(extra ?? {})),
  ]);
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
  return style.isTerminal ? `${markOf(certificateStatus, style)} ` : '';
}

/** A symbol for how an order or a certificate stands. */
export function markOf(status: string | undefined, { paint }: Style): string {
  switch (status) {
    case 'Issued':
    case 'Completed':
      return paint('green', '✓');
    case 'Rejected':
    case 'Cancelled':
    case 'Revoked':
    case 'Expired':
      return paint('red', '✗');
    case 'Replaced':
      return paint('dim', '↷');
    default:
      return paint('yellow', '…');
  }
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
