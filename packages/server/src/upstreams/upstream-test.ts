/** What a test of an upstream has found, in words. */

import {
  CHECKS,
  certificateMeaning,
  count,
  type ReceivedCertificate,
  type ReceivedOrder,
  type ReceivedOrderStatus,
} from '@cert-order-status/protocol';
import type { AskResult } from './ask-upstream.ts';
import type { UpstreamProblem } from './upstream.ts';
import { PROBLEM_WORDS } from './upstream-words.ts';

/** How many certificates are described, and how many characters of a text of the upstream are repeated. */
const CERTIFICATES_DESCRIBED = 5;
const TEXT_LIMIT = 100;

/** The outcome of a test. */
export interface UpstreamTest {
  readonly orderNumber: string;
  /** `unknown-order`: the login is accepted, and the account there has no such order. */
  readonly outcome: 'status' | 'unknown-order' | UpstreamProblem;
  /** Whether a request of a followed order would bring something. */
  readonly isWorking: boolean;
  /** What came back: a sentence each, without full stops. */
  readonly findings: readonly string[];
}

/** @param asksValidityPeriod whether the request that this is the result of had showValidityPeriod. */
export function testReport(
  orderNumber: string,
  result: AskResult,
  asksValidityPeriod: boolean,
): UpstreamTest {
  switch (result.kind) {
    case 'status': {
      const findings = [
        ...describeStatus(orderNumber, result.status),
        validity(result.status, asksValidityPeriod),
      ];
      return { orderNumber, outcome: 'status', isWorking: true, findings };
    }
    case 'unknown order': {
      const findings = [`the login is accepted, but the account there has no order ${orderNumber}`];
      return { orderNumber, outcome: 'unknown-order', isWorking: true, findings };
    }
    case 'no validity period':
      return {
        orderNumber,
        outcome: 'invalid-response',
        isWorking: false,
        findings: ['it refuses showValidityPeriod in a request that does not have it'],
      };
    case 'problem': {
      const { what, advice } = PROBLEM_WORDS[result.problem];
      const findings = [`${what}: ${result.message}`, advice];
      return { orderNumber, outcome: result.problem, isWorking: false, findings };
    }
  }
}

function describeStatus(orderNumber: string, { orders }: ReceivedOrderStatus): readonly string[] {
  const [order, ...replacements] = orders;
  const certificates = order?.certificates ?? [];
  const described = certificates.slice(0, CERTIFICATES_DESCRIBED).map(describeCertificate);
  const others = certificates.length - described.length;
  return [
    `order ${orderNumber} is ${stateOf(order)}, and has ${count(certificates.length, 'certificate')}`,
    ...described,
    ...(others > 0 ? [`and ${count(others, 'more certificate')}`] : []),
    ...(replacements.length > 0
      ? [`${count(replacements.length, 'order replaces', 'orders replace')} it`]
      : []),
  ];
}

function stateOf(order: ReceivedOrder | undefined): string {
  return order?.orderStatus === undefined
    ? 'in a state that the response leaves out'
    : shown(order.orderStatus);
}

function describeCertificate(certificate: ReceivedCertificate, index: number): string {
  const { objectType, FQDN, certificateStatus = 'no state', serialNumber } = certificate;
  const checks = CHECKS.flatMap((check) => {
    const value = certificate[check];
    return value === undefined || value === 'not-required' ? [] : [`${check} ${value}`];
  });
  const facts = [
    objectType,
    FQDN,
    certificateStatus,
    serialNumber && `serial number ${serialNumber}`,
    ...checks,
  ];
  const texts = facts.filter((fact) => fact !== undefined).map(shown);
  return `certificate ${index + 1}: ${texts.join(', ')}`;
}

function validity({ orders }: ReceivedOrderStatus, isAsked: boolean): string {
  if (!isAsked)
    return 'the validity period of certificates is not known: it does not understand showValidityPeriod';
  const certificates = orders.flatMap((order) => order.certificates);
  if (certificates.some(({ notAfter }) => notAfter !== undefined)) {
    return 'the validity period of certificates is in the response';
  }
  const isIssued = certificates.some(
    ({ certificateStatus }) => certificateMeaning(certificateStatus) === 'issued',
  );
  return isIssued
    ? 'showValidityPeriod is accepted, but the response has no validity period'
    : 'showValidityPeriod is accepted; no certificate of the order is issued yet';
}

function shown(text: string): string {
  return text.length <= TEXT_LIMIT ? text : `${text.slice(0, TEXT_LIMIT).toWellFormed()}…`;
}
