/** What an answer means, in plain words: for each certificate what it waits for, and who has to act. */

import type { CertificateStatus, DetailedOrderStatus, OrderStatus } from './detailed-order-status.ts';
import { CHECKS, type CheckName, MOVABLE_AFTER_ISSUE } from './states.ts';

/** Who has to act next: whoever ordered the certificate, the certificate authority, or nobody. */
export type Actor = 'applicant' | 'CA' | 'nobody';

/** One thing that a certificate waits for. */
export interface Wait {
  /**
   * The check that is not done; or `brandValidation`; or, with every check done, `issue`; or, when the answer holds no
   * checks (queryType 0), `validation`; or `unknownStatus`, when the status is a word that this API does not name.
   */
  readonly for: CheckName | 'brandValidation' | 'issue' | 'validation' | 'unknownStatus';
  readonly who: Exclude<Actor, 'nobody'>;
  /** A sentence, without a full stop. */
  readonly text: string;
}

/** How a certificate stands. */
export interface CertificateExplanation {
  /** A sentence, without a full stop. */
  readonly summary: string;
  /** What it waits for, in the order in which things have to happen. */
  readonly waitsFor: readonly Wait[];
  /** Who has to act first. */
  readonly who: Actor;
}

/** How an order stands. */
export interface OrderExplanation {
  /** A sentence, without a full stop. */
  readonly summary: string;
  /** One for each certificate of the answer, in its order. */
  readonly certificates: readonly CertificateExplanation[];
}

/** How everything in an answer stands. */
export interface Explanation {
  /** One for each order of the answer, in its order. */
  readonly orders: readonly OrderExplanation[];
}

type OpenState = 'not-completed' | 'in-progress';
type Step = Omit<Wait, 'for'>;

/** Who has to do what for each check, in the order in which the checks are done; the spec's order is another. */
const STEPS: Readonly<Record<CheckName, Readonly<Record<OpenState, Step>>>> = {
  csrStatus: {
    'not-completed': {
      who: 'applicant',
      text: 'The certificate signing request (CSR) has to be sent, or sent again if it was not accepted',
    },
    'in-progress': { who: 'CA', text: 'The CA is checking the certificate signing request (CSR)' },
  },
  dcvStatus: {
    'not-completed': {
      who: 'applicant',
      text: 'Control of the domain has to be shown, by e-mail, DNS record or file, as chosen with the order',
    },
    'in-progress': {
      who: 'applicant',
      text: 'Domain control validation has begun: answer the e-mail, or leave the DNS record or file in place until the CA has seen it',
    },
  },
  caaStatus: {
    'not-completed': { who: 'CA', text: "The CA has yet to check the domain's CAA records" },
    'in-progress': { who: 'CA', text: "The CA is checking the domain's CAA records" },
  },
  organizationValidationStatus: {
    'not-completed': { who: 'CA', text: 'The CA has yet to validate the organisation' },
    'in-progress': {
      who: 'CA',
      text: 'The CA is validating the organisation, and asks if it needs documents',
    },
  },
  ovCallBackStatus: {
    'not-completed': { who: 'CA', text: 'The CA has yet to call the organisation back to confirm the order' },
    'in-progress': {
      who: 'applicant',
      text: 'The call-back has begun: the organisation has to take the call and confirm the order',
    },
  },
  evClickThroughStatus: {
    'not-completed': { who: 'applicant', text: 'The EV agreement has to be accepted' },
    'in-progress': {
      who: 'applicant',
      text: 'The EV agreement has been sent out, and has to be accepted',
    },
  },
  freeDVUPStatus: {
    'not-completed': { who: 'CA', text: 'The CA has yet to do the free DV upgrade, which holds nothing up' },
    'in-progress': { who: 'CA', text: 'The CA is working on the free DV upgrade, which holds nothing up' },
  },
};

/** The seven checks in the order in which they are done, which is not the spec's. */
export const CHECKS_IN_ORDER_OF_WORK = Object.keys(STEPS) as readonly CheckName[];

const ISSUE: Wait = { for: 'issue', who: 'CA', text: 'Every check is done: the CA has to issue it' };
const BRAND_VALIDATION: Wait = {
  for: 'brandValidation',
  who: 'CA',
  text: 'The CA is reviewing the names for brands that belong to others',
};
const VALIDATION: Wait = {
  for: 'validation',
  who: 'CA',
  text: 'Validation is not finished; a question with queryType 1 shows what is missing',
};

/**
 * Says in plain words how each order and certificate of an answer stands: derived from the states and the checks
 * alone, so of any server's answer.
 */
export function explain(status: DetailedOrderStatus): Explanation {
  return { orders: status.orders.map(explainOrder) };
}

function explainOrder(order: OrderStatus): OrderExplanation {
  return {
    summary: summaryOfOrder(order),
    certificates: order.certificates.map((certificate) => explainCertificate(order, certificate)),
  };
}

function summaryOfOrder({ orderStatus, orderStatusReason }: OrderStatus): string {
  switch (orderStatus) {
    case 'Pending':
      return 'The order is not done yet';
    case 'Completed':
      return 'The order is done';
    case 'Rejected':
      return withReason('The order was rejected', orderStatusReason);
    case 'Cancelled':
      return 'The order was cancelled';
    default:
      return withReason(unknownStatus('order', orderStatus), orderStatusReason);
  }
}

function explainCertificate(order: OrderStatus, certificate: CertificateStatus): CertificateExplanation {
  const waitsFor = waitsOf(order, certificate);
  return { summary: summaryOf(order, certificate), waitsFor, who: waitsFor[0]?.who ?? 'nobody' };
}

function summaryOf(order: OrderStatus, certificate: CertificateStatus): string {
  const { certificateStatus, certificateStatusReason } = certificate;
  switch (certificateStatus) {
    case 'Awaiting Validation':
    case 'Awaiting Brand Validation':
      return isGivenUp(order) ? 'It will not be issued' : 'It is not issued yet';
    case 'Issued':
      return 'It is issued';
    case 'Expired':
      return 'It was issued and has expired';
    case 'Revoked':
      return withReason('It was issued and then revoked', certificateStatusReason);
    case 'Replaced':
      return 'It was issued and then replaced by another';
    case 'Rejected':
      return withReason('It was rejected', certificateStatusReason);
    default:
      return withReason(unknownStatus('certificate', certificateStatus), certificateStatusReason);
  }
}

function unknownStatus(what: 'order' | 'certificate', word: string | undefined): string {
  return word === undefined
    ? `The server does not say how the ${what} stands`
    : `The ${what} is, in the server's word, '${word}'`;
}

function withReason(sentence: string, reason: string | undefined): string {
  return reason === undefined ? sentence : `${sentence}: ${reason}`;
}

function waitsOf(order: OrderStatus, certificate: CertificateStatus): Wait[] {
  if (isGivenUp(order)) return [];
  switch (certificate.certificateStatus) {
    case 'Awaiting Validation':
      return awaited(certificate);
    case 'Awaiting Brand Validation':
      return [BRAND_VALIDATION, ...openChecks(certificate)];
    case 'Issued':
      return openChecks(certificate).filter((wait) => MOVABLE_AFTER_ISSUE.includes(wait.for));
    case 'Expired':
    case 'Revoked':
    case 'Replaced':
    case 'Rejected':
      return [];
    default:
      return [...openChecks(certificate), ...unknownWait(certificate)];
  }
}

function isGivenUp({ orderStatus }: OrderStatus): boolean {
  return orderStatus === 'Rejected' || orderStatus === 'Cancelled';
}

function awaited(certificate: CertificateStatus): Wait[] {
  const open = openChecks(certificate);
  const upgrade = open.filter((wait) => wait.for === 'freeDVUPStatus');
  const inTheWay = open.filter((wait) => wait.for !== 'freeDVUPStatus');
  if (inTheWay.length > 0) return open;
  return [hasChecks(certificate) ? ISSUE : VALIDATION, ...upgrade];
}

function openChecks(certificate: CertificateStatus): (Wait & { readonly for: CheckName })[] {
  return CHECKS_IN_ORDER_OF_WORK.flatMap((check) => {
    const state = certificate[check];
    return state === 'not-completed' || state === 'in-progress'
      ? [{ for: check, ...STEPS[check][state] }]
      : [];
  });
}

function hasChecks(certificate: CertificateStatus): boolean {
  return CHECKS.some((check) => certificate[check] !== undefined);
}

function unknownWait({ certificateStatus }: CertificateStatus): Wait[] {
  return [
    {
      for: 'unknownStatus',
      who: 'CA',
      text:
        certificateStatus === undefined
          ? 'How it goes on, only the CA can say: the answer holds no status'
          : `How it goes on, only the CA can say: '${certificateStatus}' is not one of the API's words`,
    },
  ];
}
