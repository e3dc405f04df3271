/** The words for states and what they mean, and the numbers for the states of checks. */

import { asciiLowerCase } from './text.ts';

/** The states of an order, as this project words them ("a string describing the current status"). */
export const ORDER_STATUSES = ['Pending', 'Completed', 'Rejected', 'Cancelled'] as const;
export type OrderStatusWord = (typeof ORDER_STATUSES)[number];

/** The states of a certificate, as this project words them. */
export const CERTIFICATE_STATUSES = [
  'Awaiting Validation',
  'Awaiting Brand Validation',
  'Issued',
  'Expired',
  'Revoked',
  'Replaced',
  'Rejected',
] as const;
export type CertificateStatusWord = (typeof CERTIFICATE_STATUSES)[number];

/** The longest word for a state, in code points. */
export const STATE_WORD_LIMIT = 64;

/** The meanings of an order's state; `unknown` for a word that {@link KNOWN_ORDER_STATES} does not hold. */
export const ORDER_MEANINGS = ['pending', 'completed', 'rejected', 'cancelled', 'unknown'] as const;
/** What the state of an order means, whatever its word. */
export type OrderMeaning = (typeof ORDER_MEANINGS)[number];

/**
 * The meanings of a certificate's state; `unknown` for a word that {@link KNOWN_CERTIFICATE_STATES} does not hold.
 * `awaiting-caa`: a check before signing failed, such as that of the domain's CAA records. `failed-after-signing`: a
 * check of the signed certificate failed.
 */
export const CERTIFICATE_MEANINGS = [
  'awaiting',
  'awaiting-brand-validation',
  'awaiting-caa',
  'failed-after-signing',
  'issued',
  'expired',
  'revoked',
  'replaced',
  'rejected',
  'unknown',
] as const;
/** What the state of a certificate means, whatever its word. */
export type CertificateMeaning = (typeof CERTIFICATE_MEANINGS)[number];

/** The meanings of a certificate that waits to be issued, or to be issued again. */
export const AWAITING_MEANINGS: readonly CertificateMeaning[] = [
  'awaiting',
  'awaiting-brand-validation',
  'awaiting-caa',
  'failed-after-signing',
];

/** A word for a state, with its meaning. */
export interface KnownState<Meaning> {
  readonly word: string;
  readonly meaning: Meaning;
  /** Where the word was found. */
  readonly source: StateSource;
  /** Whether it was seen in responses of this method, or is inferred from a sibling call of the same vendor. */
  readonly seenIn: 'this-method' | 'sibling';
}

/**
 * Where a word comes from:
 *
 * - `service`: this project's own word, which its service sends
 * - `issuance-push`: the vendor's table of status codes for CertificateIssuancePush
 *   (docs.sectigo.com/sps/certificate-issuance-push/status-code)
 * - `integrators`: told by integrators of the vendor's order reports; no public page lists it
 */
export type StateSource = 'service' | 'issuance-push' | 'integrators';

/** Every word for an order's state. */
export const KNOWN_ORDER_STATES: readonly KnownState<Exclude<OrderMeaning, 'unknown'>>[] = [
  { word: 'Pending', meaning: 'pending', source: 'service', seenIn: 'this-method' },
  { word: 'Awaiting payment', meaning: 'pending', source: 'integrators', seenIn: 'sibling' },
  { word: 'Payment promised', meaning: 'pending', source: 'integrators', seenIn: 'sibling' },
  { word: 'Awaiting authorization', meaning: 'pending', source: 'integrators', seenIn: 'sibling' },
  { word: 'Completed', meaning: 'completed', source: 'service', seenIn: 'this-method' },
  { word: 'Processed', meaning: 'completed', source: 'integrators', seenIn: 'sibling' },
  { word: 'Rejected', meaning: 'rejected', source: 'service', seenIn: 'this-method' },
  { word: 'Cancelled', meaning: 'cancelled', source: 'service', seenIn: 'this-method' },
  { word: 'Canceled', meaning: 'cancelled', source: 'integrators', seenIn: 'sibling' },
  { word: 'Refunded', meaning: 'cancelled', source: 'integrators', seenIn: 'sibling' },
];

/** Every word for a certificate's state. */
export const KNOWN_CERTIFICATE_STATES: readonly KnownState<Exclude<CertificateMeaning, 'unknown'>>[] = [
  { word: 'Awaiting Validation', meaning: 'awaiting', source: 'service', seenIn: 'this-method' },
  {
    word: 'Awaiting Brand Validation',
    meaning: 'awaiting-brand-validation',
    source: 'service',
    seenIn: 'this-method',
  },
  {
    word: 'Awaiting Validation (Brand)',
    meaning: 'awaiting-brand-validation',
    source: 'issuance-push',
    seenIn: 'sibling',
  },
  { word: 'PRE-SIGN FAILED', meaning: 'awaiting-caa', source: 'issuance-push', seenIn: 'sibling' },
  { word: 'POST-SIGN FAILED', meaning: 'failed-after-signing', source: 'issuance-push', seenIn: 'sibling' },
  { word: 'Issued', meaning: 'issued', source: 'service', seenIn: 'this-method' },
  { word: 'Valid', meaning: 'issued', source: 'issuance-push', seenIn: 'sibling' },
  { word: 'Issued but not yet collected', meaning: 'issued', source: 'issuance-push', seenIn: 'sibling' },
  { word: 'Current', meaning: 'issued', source: 'integrators', seenIn: 'sibling' },
  { word: 'Expired', meaning: 'expired', source: 'service', seenIn: 'this-method' },
  { word: 'Revoked', meaning: 'revoked', source: 'service', seenIn: 'this-method' },
  { word: 'Replaced', meaning: 'replaced', source: 'service', seenIn: 'this-method' },
  { word: 'Rejected', meaning: 'rejected', source: 'service', seenIn: 'this-method' },
];

/** The states that a reason may follow in the word itself: `Rejected: reason`, `PRE-SIGN FAILED: reason`. */
const WITH_REASON: readonly string[] = [
  'rejected',
  'cancelled',
  'revoked',
  'awaiting-caa',
  'failed-after-signing',
] satisfies (OrderMeaning | CertificateMeaning)[];

/** What an order's state means. Letter case (ASCII) and white space around the word do not count. */
export function orderMeaning(word: string | undefined): OrderMeaning {
  return readState(ORDER_STATES, word).meaning ?? 'unknown';
}

/** What a certificate's state means. Letter case (ASCII) and white space around the word do not count. */
export function certificateMeaning(word: string | undefined): CertificateMeaning {
  return readState(CERTIFICATE_STATES, word).meaning ?? 'unknown';
}

/** The reason that is part of a word such as `Rejected: reason`; undefined when there is none. */
export function reasonInWord(word: string | undefined): string | undefined {
  return readState(ORDER_STATES, word).reason ?? readState(CERTIFICATE_STATES, word).reason;
}

/** The word that stands for a meaning of an order's state: this project's own, where it has one. */
export function orderWord(meaning: OrderMeaning): string {
  return KNOWN_ORDER_STATES.find((state) => state.meaning === meaning)?.word ?? UNKNOWN_WORD;
}

/** The word that stands for a meaning of a certificate's state: this project's own, where it has one. */
export function certificateWord(meaning: CertificateMeaning): string {
  return KNOWN_CERTIFICATE_STATES.find((state) => state.meaning === meaning)?.word ?? UNKNOWN_WORD;
}

/** What stands for `unknown`, which is the meaning of no word in the tables. */
const UNKNOWN_WORD = 'Unknown';

const ORDER_STATES = meaningByWord(KNOWN_ORDER_STATES);
const CERTIFICATE_STATES = meaningByWord(KNOWN_CERTIFICATE_STATES);

function meaningByWord<Meaning>(states: readonly KnownState<Meaning>[]): ReadonlyMap<string, Meaning> {
  return new Map(
    states.flatMap(({ word, meaning }) => [
      [word, meaning] as const,
      [asciiLowerCase(word), meaning] as const,
    ]),
  );
}

function readState<Meaning extends string>(
  known: ReadonlyMap<string, Meaning>,
  word = '',
): { readonly meaning?: Meaning; readonly reason?: string } {
  const given = word.trim();
  const whole = known.get(given) ?? known.get(asciiLowerCase(given));
  if (whole !== undefined) return { meaning: whole };
  const colon = given.indexOf(':');
  if (colon === -1) return {};
  const meaning = known.get(asciiLowerCase(given.slice(0, colon).trimEnd()));
  if (meaning === undefined || !WITH_REASON.includes(meaning)) return {};
  const reason = given.slice(colon + 1).trim();
  return reason === '' ? { meaning } : { meaning, reason };
}

/** What became of automatic organisation validation (spec, section 2.2, X_suggestedOrgDetails). */
export const SUGGESTED_ORG_STATUSES = ['Found', 'NotFound', 'NotYetCompleted', 'NotApplicable'] as const;
export type SuggestedOrgStatusWord = (typeof SUGGESTED_ORG_STATUSES)[number];

/** A word of the list, or another server's own word. */
export type OpenWord<Known extends string> = Known | (string & {});

/** The state of a check. */
export type CheckStatus = 'not-required' | 'not-completed' | 'completed' | 'in-progress';

/** The wire's number for each state of a check (spec, section 2.2). */
export const CHECK_STATUS_NUMBERS = {
  'not-required': -1,
  'not-completed': 0,
  completed: 1,
  'in-progress': 2,
} as const satisfies Record<CheckStatus, number>;

/** The states of a check in the order of their numbers. */
export const CHECK_STATUSES = Object.keys(CHECK_STATUS_NUMBERS) as readonly CheckStatus[];

const FIRST_NUMBER = CHECK_STATUS_NUMBERS['not-required'];

/** The state that a wire number stands for, or undefined outside -1…2. */
export function checkStatusOf(number: number): CheckStatus | undefined {
  return CHECK_STATUSES[number - FIRST_NUMBER];
}
