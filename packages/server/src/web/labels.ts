/** The words and symbols that pages have for states, checks and times. A symbol never stands without its word. */

import {
  type CertificateMeaning,
  type CheckName,
  type CheckStatus,
  certificateMeaning,
  count,
  type OrderMeaning,
  orderMeaning,
} from '@cert-order-status/protocol';

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

const TONES: Readonly<Record<OrderMeaning | CertificateMeaning, Tone>> = {
  pending: 'waiting',
  awaiting: 'waiting',
  'awaiting-brand-validation': 'waiting',
  'awaiting-caa': 'waiting',
  'failed-after-signing': 'waiting',
  completed: 'good',
  issued: 'good',
  rejected: 'bad',
  revoked: 'bad',
  cancelled: 'over',
  expired: 'over',
  replaced: 'over',
  unknown: 'over',
};

const TONE_SYMBOLS: Readonly<Record<Tone, string>> = { waiting: '◐', good: '✓', bad: '✕', over: '–' };

/** How a state of an order or a certificate is meant, by what its word means, and its symbol. */
export function toneOf(word: string): { readonly mood: Tone; readonly symbol: string } {
  const ofOrder = orderMeaning(word);
  const mood = TONES[ofOrder === 'unknown' ? certificateMeaning(word) : ofOrder];
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

/** A moment to the second: `11 Jun 2026, 11:57:04 UTC`. */
export function shownSecond(moment: string): string {
  return `${SECOND.format(new Date(moment))} UTC`;
}

/** A day for people: `11 June 2026`. */
export function shownDay(moment: string | number): string {
  return DAY.format(new Date(moment));
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A duration for people, in its two largest units: `3 hours`, `1 day 12 hours`. */
export function shownDuration(seconds: number): string {
  let rest = Math.round(seconds);
  const parts = UNITS.flatMap(([unit, unitSeconds]) => {
    const number = Math.floor(rest / unitSeconds);
    rest -= number * unitSeconds;
    return number === 0 ? [] : [count(number, unit)];
  });
  return parts.length === 0 ? '0 seconds' : parts.slice(0, 2).join(' ');
}

/** How often: `every hour`, `every 3 hours`. */
export function shownInterval(seconds: number): string {
  return `every ${shownDuration(seconds).replace(/^1 (\w+)$/, '$1')}`;
}

const TIME = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
});
const SECOND = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZone: 'UTC',
});
const DAY = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});
