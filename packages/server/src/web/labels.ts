/** The words and symbols that pages have for states, checks and times. A symbol never stands without its word. */

import type { CheckName, CheckStatus } from '@cert-order-status/protocol';

/** The labels of the checks. */
export const CHECK_LABELS: Readonly<Record<CheckName, string>> = {
  csrStatus: 'Signing request (CSR)',
  dcvStatus: 'Domain control',
  ovCallBackStatus: 'Call-back',
  organizationValidationStatus: 'Organisation',
  freeDVUPStatus: 'Free DV upgrade',
  evClickThroughStatus: 'EV agreement',
  caaStatus: 'CAA records',
};

/** A check's state in words, with its symbol, which is told apart without its colour. */
export const CHECK_STATES: Readonly<Record<CheckStatus, { readonly word: string; readonly symbol: string }>> =
  {
    'not-required': { word: 'not required', symbol: '–' },
    'not-completed': { word: 'not done', symbol: '○' },
    'in-progress': { word: 'in progress', symbol: '◐' },
    completed: { word: 'done', symbol: '✓' },
  };

/** How a state of an order or a certificate is meant: decides over colour and symbol. */
type Tone = 'waiting' | 'good' | 'bad' | 'over';

const TONES: Readonly<Record<string, Tone>> = {
  Pending: 'waiting',
  'Awaiting Validation': 'waiting',
  'Awaiting Brand Validation': 'waiting',
  Completed: 'good',
  Issued: 'good',
  Rejected: 'bad',
  Revoked: 'bad',
  Cancelled: 'over',
  Expired: 'over',
  Replaced: 'over',
};

const TONE_SYMBOLS: Readonly<Record<Tone, string>> = { waiting: '◐', good: '✓', bad: '✕', over: '–' };

/** How a state of an order or a certificate is meant, and its symbol. */
export function toneOf(status: string): { readonly mood: Tone; readonly symbol: string } {
  const mood = TONES[status] ?? 'over';
  return { mood, symbol: TONE_SYMBOLS[mood] };
}

/** A count for people: `1,234`. */
export function shownCount(count: number): string {
  return count.toLocaleString('en');
}

/** What a list that is cut off ends with: `and 1,234 more`. */
export function andMore(count: number): string {
  return `and ${shownCount(count)} more`;
}

/** A moment (RFC 3339) for people: `11 June 2026, 11:57 UTC`. */
export function shownTime(moment: string): string {
  return `${TIME.format(new Date(moment)).replace(' at ', ', ')} UTC`;
}

/** A day for people: `11 June 2026`. */
export function shownDay(moment: string | number): string {
  return DAY.format(new Date(moment));
}

const TIME = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
});
const DAY = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});
