/** Explains a response in plain words: for each certificate what it waits for, and who has to act. */

import type { CertificateStatus, OrderStatus } from './detailed-order-status.ts';
import { CHECKS, type CheckName, MOVABLE_AFTER_ISSUE } from './fields.ts';
import {
  type CertificateMeaning,
  certificateMeaning,
  type OrderMeaning,
  orderMeaning,
  reasonInWord,
} from './states.ts';

/** What is explained of a certificate, be it of a response or of a record. */
export type ExplainedCertificate = Pick<
  CertificateStatus,
  'certificateStatus' | 'certificateStatusReason' | CheckName
>;

/** Likewise of an order. */
export interface ExplainedOrder extends Pick<OrderStatus, 'orderStatus' | 'orderStatusReason'> {
  readonly certificates: readonly ExplainedCertificate[];
}

/** Who has to act next: the applicant, the certificate authority, or no one. */
export type Actor = 'applicant' | 'CA' | 'nobody';

/** One thing that a certificate waits for. */
export interface Wait {
  /**
   * The check that is not done; or `brandValidation`; or, with every check done, `issue`; or, when the response holds
   * no checks (queryType 0), `validation`; or `unknownStatus`, when the status is left out or a word of no known
   * meaning.
   */
  readonly for: CheckName | 'brandValidation' | 'issue' | 'validation' | 'unknownStatus';
  readonly who: Exclude<Actor, 'nobody'>;
  /** A sentence, without a full stop. */
  readonly text: string;
}

/** How a certificate stands. */
export interface CertificateExplanation {
  /** What its state means, whatever the word. */
  readonly meaning: CertificateMeaning;
  /** A sentence, without a full stop. */
  readonly summary: string;
  /** What it waits for, in the order in which things have to happen. */
  readonly waitsFor: readonly Wait[];
  /** Who has to act first. */
  readonly who: Actor;
}

/** How an order stands. */
export interface OrderExplanation {
  /** What its state means, whatever the word. */
  readonly meaning: OrderMeaning;
  /** A sentence, without a full stop. */
  readonly summary: string;
  /** What the order itself waits for, beside its certificates; `unknownStatus` when its state tells nothing. */
  readonly waitsFor: readonly Wait[];
  /** One for each certificate of the response, in its order. */
  readonly certificates: readonly CertificateExplanation[];
}

/** How everything in a response stands. */
export interface Explanation {
  /** One for each order of the response, in its order. */
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
const CAA: Wait = {
  for: 'caaStatus',
  who: 'applicant',
  text: "A check before signing failed, usually of the domain's CAA records: they have to permit the CA to issue",
};
const AFTER_SIGNING: Wait = {
  for: 'issue',
  who: 'CA',
  text: 'A check of the signed certificate failed: the CA has to issue another, or reject it',
};
const NO_CERTIFICATE: Wait = {
  for: 'validation',
  who: 'CA',
  text: 'The answer holds no certificate of the order yet',
};
const VALIDATION: Wait = {
  for: 'validation',
  who: 'CA',
  text: 'Validation is not finished; a request with queryType 1 shows what is missing',
};

/**
 * Says in plain words how each order and certificate of a response stands: derived from the states and the checks
 * alone, so of any server's response.
 */
export function explain(status: { readonly orders: readonly ExplainedOrder[] }): Explanation {
  return { orders: status.orders.map(explainOrder) };
}

function explainOrder(order: ExplainedOrder): OrderExplanation {
  const meaning = orderMeaning(order.orderStatus);
  return {
    meaning,
    summary: summaryOfOrder(order, meaning),
    waitsFor: waitsOfOrder(order, meaning),
    certificates: order.certificates.map((certificate) => explainCertificate(meaning, certificate)),
  };
}

function summaryOfOrder({ orderStatus, orderStatusReason }: ExplainedOrder, meaning: OrderMeaning): string {
  const reason = orderStatusReason ?? reasonInWord(orderStatus);
  switch (meaning) {
    case 'pending':
      return 'The order is not done yet';
    case 'completed':
      return 'The order is done';
    case 'rejected':
      return withReason('The order was rejected', reason);
    case 'cancelled':
      return withReason('The order was cancelled', reason);
    case 'unknown':
      return withReason(unknownStatus('order', orderStatus), reason);
  }
}

/** An order without a status is judged by its certificates. */
function waitsOfOrder({ orderStatus, certificates }: ExplainedOrder, meaning: OrderMeaning): Wait[] {
  if (meaning === 'unknown' && (orderStatus !== undefined || certificates.length === 0)) {
    return [unknownWait(orderStatus)];
  }
  return meaning === 'pending' && certificates.length === 0 ? [NO_CERTIFICATE] : [];
}

function explainCertificate(order: OrderMeaning, certificate: ExplainedCertificate): CertificateExplanation {
  const meaning = certificateMeaning(certificate.certificateStatus);
  const isGivenUp = order === 'rejected' || order === 'cancelled';
  const waitsFor = isGivenUp ? [] : waitsOf(certificate, meaning);
  return {
    meaning,
    summary: summaryOf(certificate, meaning, isGivenUp),
    waitsFor,
    who: waitsFor[0]?.who ?? 'nobody',
  };
}

function summaryOf(
  { certificateStatus, certificateStatusReason }: ExplainedCertificate,
  meaning: CertificateMeaning,
  isGivenUp: boolean,
): string {
  const reason = certificateStatusReason ?? reasonInWord(certificateStatus);
  switch (meaning) {
    case 'awaiting':
    case 'awaiting-brand-validation':
      return isGivenUp ? 'It will not be issued' : 'It is not issued yet';
    case 'awaiting-caa':
      return withReason(
        isGivenUp ? 'It will not be issued' : 'It is not issued yet: a check before signing failed',
        reason,
      );
    case 'failed-after-signing':
      return withReason('It failed a check after it was signed', reason);
    case 'issued':
      return 'It is issued';
    case 'expired':
      return 'It was issued and has expired';
    case 'revoked':
      return withReason('It was issued and then revoked', reason);
    case 'replaced':
      return 'It was issued and then replaced by another';
    case 'rejected':
      return withReason('It was rejected', reason);
    case 'unknown':
      return withReason(unknownStatus('certificate', certificateStatus), reason);
  }
}

function unknownStatus(what: 'order' | 'certificate', word: string | undefined): string {
  return word === undefined
    ? `The server does not say how the ${what} stands`
    : `The ${what} is, in the server's word, '${word}', whose meaning is not known`;
}

function withReason(sentence: string, reason: string | undefined): string {
  return reason === undefined ? sentence : `${sentence}: ${reason}`;
}

function waitsOf(certificate: ExplainedCertificate, meaning: CertificateMeaning): Wait[] {
  switch (meaning) {
    case 'awaiting':
      return awaited(certificate);
    case 'awaiting-brand-validation':
      return [BRAND_VALIDATION, ...openChecks(certificate)];
    case 'awaiting-caa':
      return [CAA, ...openChecks(certificate).filter((wait) => wait.for !== 'caaStatus')];
    case 'failed-after-signing':
      return [AFTER_SIGNING];
    case 'issued':
      return openChecks(certificate).filter((wait) => MOVABLE_AFTER_ISSUE.includes(wait.for));
    case 'expired':
    case 'revoked':
    case 'replaced':
    case 'rejected':
      return [];
    case 'unknown':
      return [...openChecks(certificate), unknownWait(certificate.certificateStatus)];
  }
}

function awaited(certificate: ExplainedCertificate): Wait[] {
  const open = openChecks(certificate);
  const upgrade = open.filter((wait) => wait.for === 'freeDVUPStatus');
  const inTheWay = open.filter((wait) => wait.for !== 'freeDVUPStatus');
  if (inTheWay.length > 0) return open;
  return [hasChecks(certificate) ? ISSUE : VALIDATION, ...upgrade];
}

function openChecks(certificate: ExplainedCertificate): (Wait & { readonly for: CheckName })[] {
  return CHECKS_IN_ORDER_OF_WORK.flatMap((check) => {
    const state = certificate[check];
    return state === 'not-completed' || state === 'in-progress'
      ? [{ for: check, ...STEPS[check][state] }]
      : [];
  });
}

function hasChecks(certificate: ExplainedCertificate): boolean {
  return CHECKS.some((check) => certificate[check] !== undefined);
}

function unknownWait(word: string | undefined): Wait {
  return {
    for: 'unknownStatus',
    who: 'CA',
    text:
      word === undefined
        ? 'Only the CA knows the next step: the response has no status'
        : `Only the CA knows the next step: '${word}' is not a word whose meaning is known`,
  };
}
