/** Which orders a search finds: the one list of filters, and how their values are read. */

import {
  CERTIFICATE_MEANINGS,
  type CertificateMeaning,
  CHECK_STATUSES,
  CHECKS,
  type CheckName,
  type CheckStatus,
  canonicalNumber,
  certificateWord,
  FQDN_LIMIT,
  LOGIN_NAME_LIMIT,
  ORDER_MEANINGS,
  ORDER_NUMBER_DIGITS,
  type OrderMeaning,
  orderWord,
  parseDateTime,
} from '@cert-order-status/protocol';
import { storedDomainName, storedDomainPrefix } from './domain-name.ts';

/**
 * Which orders; a filter that is left out does not matter. All filters about certificates apply to one and the same
 * certificate.
 */
export interface OrderFilter {
  /** Login name. */
  readonly account?: string | undefined;
  /** What the order's state means, whatever its word. */
  readonly orderStatus?: OrderMeaning | undefined;
  /** Changed at this moment or later, in milliseconds since 1970. */
  readonly changedSince?: number | undefined;
  /** What the certificate's state means, whatever its word. */
  readonly certificateStatus?: CertificateMeaning | undefined;
  /** Its notAfter is before this moment, in milliseconds since 1970, and it is issued or replaced. */
  readonly expiresBefore?: number | undefined;
  /** Letters A–Z match their lower case. */
  readonly FQDN?: string | undefined;
  /** What the FQDN begins with, likewise. */
  readonly FQDNPrefix?: string | undefined;
  readonly checks?: Readonly<Partial<Record<CheckName, CheckStatus>>> | undefined;
  /** A state that at least one of the seven checks is in. */
  readonly anyCheck?: CheckStatus | undefined;
}

/** How the value of a filter is written. */
export type FilterKind =
  | { readonly kind: 'text' /** In code points. */; readonly limit: number }
  | { readonly kind: 'word'; readonly words: readonly string[] }
  | { readonly kind: 'time' };

/** One word for each meaning of an order's state. */
const ORDER_WORDS = ORDER_MEANINGS.map(orderWord);
/** One word for each meaning of a certificate's state. */
const CERTIFICATE_WORDS = CERTIFICATE_MEANINGS.map(certificateWord);

const CHECK_STATE = { kind: 'word', words: CHECK_STATUSES } as const satisfies FilterKind;

/** Every filter by its name in the management API, in the order of its documentation. */
export const ORDER_FILTERS = {
  account: { kind: 'text', limit: LOGIN_NAME_LIMIT },
  orderStatus: { kind: 'word', words: ORDER_WORDS },
  changedSince: { kind: 'time' },
  certificateStatus: { kind: 'word', words: CERTIFICATE_WORDS },
  expiresBefore: { kind: 'time' },
  FQDN: { kind: 'text', limit: FQDN_LIMIT },
  FQDNPrefix: { kind: 'text', limit: FQDN_LIMIT },
  csrStatus: CHECK_STATE,
  dcvStatus: CHECK_STATE,
  ovCallBackStatus: CHECK_STATE,
  organizationValidationStatus: CHECK_STATE,
  freeDVUPStatus: CHECK_STATE,
  evClickThroughStatus: CHECK_STATE,
  caaStatus: CHECK_STATE,
  anyCheck: CHECK_STATE,
} as const satisfies Record<CheckName | Exclude<keyof OrderFilter, 'checks'>, FilterKind>;

/** The name of a filter. */
type FilterName = keyof typeof ORDER_FILTERS;

/** Filters as they are given, each as a text. */
export type FilterTexts = Readonly<Partial<Record<FilterName, string | undefined>>>;

/** What is wrong with the value of a filter. */
interface FilterProblem {
  readonly name: FilterName;
  /** `must be one of …`. */
  readonly message: string;
}

/** A filter as it was read. */
interface ReadFilter {
  /** Without the filters that have a problem. */
  readonly filter: OrderFilter;
  readonly problems: readonly FilterProblem[];
}

/** Reads filters. Texts that are too long are no problem here: they match no order. */
export function readOrderFilter(texts: FilterTexts): ReadFilter {
  const problems: FilterProblem[] = [];
  const word = <Word extends string>(name: FilterName, words: readonly Word[]): Word | undefined => {
    const text = texts[name];
    const found = words.find((each) => each === text);
    if (text !== undefined && found === undefined) {
      problems.push({ name, message: `must be one of ${words.join(', ')}` });
    }
    return found;
  };
  const moment = (name: 'changedSince' | 'expiresBefore'): number | undefined => {
    const text = texts[name];
    if (text === undefined) return undefined;
    const seconds = parseDateTime(text);
    if (seconds !== undefined) return seconds * 1000;
    problems.push({ name, message: 'must be an RFC 3339 time such as 2025-06-11T11:57:00Z' });
    return undefined;
  };
  const checks: Partial<Record<CheckName, CheckStatus>> = {};
  for (const check of CHECKS) {
    const state = word(check, CHECK_STATUSES);
    if (state !== undefined) checks[check] = state;
  }
  const filter = {
    account: texts.account,
    orderStatus: ORDER_MEANINGS[ORDER_WORDS.indexOf(word('orderStatus', ORDER_WORDS) ?? '')],
    changedSince: moment('changedSince'),
    certificateStatus:
      CERTIFICATE_MEANINGS[CERTIFICATE_WORDS.indexOf(word('certificateStatus', CERTIFICATE_WORDS) ?? '')],
    expiresBefore: moment('expiresBefore'),
    FQDN: texts.FQDN === undefined ? undefined : storedDomainName(texts.FQDN),
    FQDNPrefix: texts.FQDNPrefix === undefined ? undefined : storedDomainPrefix(texts.FQDNPrefix),
    checks,
    anyCheck: word('anyCheck', CHECK_STATUSES),
  };
  return { filter, problems };
}

/** The order that a page of a search begins after; undefined when the text is no order number. */
export function readPageStart(text: string): string | undefined {
  return canonicalNumber(text, ORDER_NUMBER_DIGITS);
}
