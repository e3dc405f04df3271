/** Reads a request (spec, section 1): from arguments to a query or an API error. */

import {
  type ApiError,
  type ArgumentName,
  invalidArgument,
  missingArgument,
  unrecognisedArgument,
} from './api-error.ts';
import type { FormPair } from './form.ts';
import { CERTIFICATE_ID_DIGITS, canonicalNumber, ORDER_NUMBER_DIGITS } from './numbers.ts';
import { asciiLowerCase, codePointLength } from './text.ts';
import type { Writable } from './writable.ts';

/** The most code points a loginName may have (spec, section 1). */
export const LOGIN_NAME_LIMIT = 64;
/** The most code points a loginPassword may have (spec, section 1). */
export const LOGIN_PASSWORD_LIMIT = 128;

/**
 * How much is asked for: 0 the status only, 1 the seven checks too, 2 also the orders that replace this one.
 */
export type QueryType = 0 | 1 | 2;

/** Which order is asked about, and how much of it. At least one of the two numbers is there. */
export interface StatusQuery {
  /** Canonical decimal, 1–18 digits. */
  readonly orderNumber?: string;
  /** Canonical decimal, 1–16 digits. */
  readonly certificateID?: string;
  readonly queryType: QueryType;
}

/** Who asks. Both are case-sensitive. */
export interface Credentials {
  readonly loginName: string;
  readonly loginPassword: string;
}

/** A request whose arguments are all in order. */
export interface StatusRequest {
  readonly credentials: Credentials;
  readonly query: StatusQuery;
}

/** What {@link readStatusRequest} makes of a list of arguments. */
export type StatusRequestResult =
  | { readonly ok: true; readonly request: StatusRequest }
  | { readonly ok: false; readonly error: ApiError };

const ARGUMENT_NAMES: readonly ArgumentName[] = [
  'loginName',
  'loginPassword',
  'orderNumber',
  'certificateID',
  'queryType',
];
const SPELLING = new Map(ARGUMENT_NAMES.map((name) => [asciiLowerCase(name), name]));

/**
 * Judges the arguments of a request in the order that the API promises: unrecognised (-2), then missing (-3),
 * then invalid (-4). Never throws.
 */
export function readStatusRequest(pairs: readonly FormPair[]): StatusRequestResult {
  const given = new Map<ArgumentName, FormPair[]>();
  for (const pair of pairs) {
    const name = SPELLING.get(asciiLowerCase(pair.name));
    if (name === undefined) return { ok: false, error: unrecognisedArgument(pair.name) };
    const occurrences = given.get(name);
    if (occurrences === undefined) given.set(name, [pair]);
    else occurrences.push(pair);
  }

  const missing = firstMissing((name) => given.get(name)?.some((pair) => pair.value !== '') ?? false);
  if (missing !== undefined) return { ok: false, error: missingArgument(missing) };

  for (const name of ARGUMENT_NAMES) {
    const occurrences = given.get(name);
    if (occurrences !== undefined && !isValid(name, occurrences)) {
      return { ok: false, error: invalidArgument(name) };
    }
  }

  const soleValue = (name: ArgumentName) => given.get(name)?.[0]?.value ?? '';
  return {
    ok: true,
    request: {
      credentials: { loginName: soleValue('loginName'), loginPassword: soleValue('loginPassword') },
      query: queryOf(soleValue('orderNumber'), soleValue('certificateID'), soleValue('queryType')),
    },
  };
}

/** Of values that are valid; empty numbers are as if they were not there. */
function queryOf(orderNumberText: string, certificateIDText: string, queryTypeText: string): StatusQuery {
  const numbers: Pick<Writable<StatusQuery>, 'orderNumber' | 'certificateID'> = {};
  const orderNumber = canonicalNumber(orderNumberText, ORDER_NUMBER_DIGITS);
  if (orderNumber !== undefined) numbers.orderNumber = orderNumber;
  const certificateID = canonicalNumber(certificateIDText, CERTIFICATE_ID_DIGITS);
  if (certificateID !== undefined) numbers.certificateID = certificateID;
  return { ...numbers, queryType: queryTypeText === '1' ? 1 : queryTypeText === '2' ? 2 : 0 };
}

function firstMissing(hasValue: (name: ArgumentName) => boolean): ArgumentName | undefined {
  if (!hasValue('loginName')) return 'loginName';
  if (!hasValue('loginPassword')) return 'loginPassword';
  if (!hasValue('orderNumber') && !hasValue('certificateID')) return 'orderNumber';
  if (!hasValue('queryType')) return 'queryType';
  return undefined;
}

function isValid(name: ArgumentName, occurrences: readonly FormPair[]): boolean {
  const [only, ...more] = occurrences;
  if (only === undefined || more.length > 0) return false;
  if (!only.isUtf8 || only.value.includes('\0')) return false;
  const { value } = only;
  switch (name) {
    case 'loginName':
      return codePointLength(value) <= LOGIN_NAME_LIMIT;
    case 'loginPassword':
      return codePointLength(value) <= LOGIN_PASSWORD_LIMIT;
    // An empty number gets this far only beside the other one, and is then as if it were not there.
    case 'orderNumber':
      return value === '' || canonicalNumber(value, ORDER_NUMBER_DIGITS) !== undefined;
    case 'certificateID':
      return value === '' || canonicalNumber(value, CERTIFICATE_ID_DIGITS) !== undefined;
    case 'queryType':
      return value === '0' || value === '1' || value === '2';
  }
}
