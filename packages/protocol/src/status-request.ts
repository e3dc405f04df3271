/** Reads a request (spec, section 1): from arguments to a query or an API error. */

import {
  type ApiError,
  type ArgumentName,
  invalidArgument,
  missingArgument,
  unrecognisedArgument,
} from './api-error.ts';
import {
  LATEST_REVISION,
  RESPONSE_FORMAT_VALUES,
  type ResponseFormat,
  type ServedRevision,
} from './api-revision.ts';
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
  /** Whether the response holds validity periods (argument showValidityPeriod, added before revision 1.05). */
  readonly showValidityPeriod?: true;
}

/** The account's login and password. Both are case-sensitive. */
export interface Credentials {
  readonly loginName: string;
  readonly loginPassword: string;
}

/** A request whose arguments are all in order. */
export interface StatusRequest {
  readonly credentials: Credentials;
  readonly query: StatusQuery;
}

/**
 * What {@link readStatusRequest} makes of a list of arguments. Errors, too, are written in the format of the response.
 */
export type StatusRequestResult = { readonly responseFormat: ResponseFormat } & (
  | { readonly ok: true; readonly request: StatusRequest }
  | { readonly ok: false; readonly error: ApiError }
);

const ARGUMENTS_OF_1_2 = [
  'loginName',
  'loginPassword',
  'orderNumber',
  'certificateID',
  'queryType',
] as const satisfies readonly ArgumentName[];

/** The arguments of each revision, in the order in which their values are judged. */
const ARGUMENT_NAMES: Record<ServedRevision, readonly ArgumentName[]> = {
  '1.2': ARGUMENTS_OF_1_2,
  '1.10': [...ARGUMENTS_OF_1_2, 'showValidityPeriod', 'responseFormat'],
};
const SPELLINGS = {
  '1.2': spellingOf(ARGUMENT_NAMES['1.2']),
  '1.10': spellingOf(ARGUMENT_NAMES['1.10']),
} as const satisfies Record<ServedRevision, unknown>;

function spellingOf(names: readonly ArgumentName[]): ReadonlyMap<string, ArgumentName> {
  return new Map(names.map((name) => [asciiLowerCase(name), name]));
}

/** The arguments of a request by name. */
type Given = ReadonlyMap<ArgumentName, readonly FormPair[]>;

/**
 * Judges the arguments of a request in the order that the API promises: unrecognised (-2), then missing (-3),
 * then invalid (-4). Never throws.
 *
 * @param revision the arguments of later ones are unrecognised.
 */
export function readStatusRequest(
  pairs: readonly FormPair[],
  revision: ServedRevision = LATEST_REVISION,
): StatusRequestResult {
  const spelling = SPELLINGS[revision];
  const given = new Map<ArgumentName, FormPair[]>();
  let unrecognised: FormPair | undefined;
  for (const pair of pairs) {
    const name = spelling.get(asciiLowerCase(pair.name));
    if (name === undefined) {
      unrecognised ??= pair;
      continue;
    }
    const occurrences = given.get(name);
    if (occurrences === undefined) given.set(name, [pair]);
    else occurrences.push(pair);
  }
  const responseFormat = formatOf(given.get('responseFormat'));
  const error =
    unrecognised === undefined
      ? problemOf(given, ARGUMENT_NAMES[revision])
      : unrecognisedArgument(unrecognised.name);
  return error === undefined
    ? { ok: true, request: requestOf(given), responseFormat }
    : { ok: false, error, responseFormat };
}

/** JSON only for a single responseFormat with its value: anything else is a form, or an error in a form. */
function formatOf(occurrences: readonly FormPair[] | undefined): ResponseFormat {
  if (occurrences?.length !== 1) return 'form';
  return occurrences[0]?.value === RESPONSE_FORMAT_VALUES.json ? 'json' : 'form';
}

function problemOf(given: Given, names: readonly ArgumentName[]): ApiError | undefined {
  const missing = firstMissing((name) => given.get(name)?.some((pair) => pair.value !== '') ?? false);
  if (missing !== undefined) return missingArgument(missing);
  for (const name of names) {
    const occurrences = given.get(name);
    if (occurrences !== undefined && !isValid(name, occurrences)) return invalidArgument(name);
  }
  return undefined;
}

/** Of values that are valid; empty optional ones are as if they were not there. */
function requestOf(given: Given): StatusRequest {
  const soleValue = (name: ArgumentName) => given.get(name)?.[0]?.value ?? '';
  return {
    credentials: { loginName: soleValue('loginName'), loginPassword: soleValue('loginPassword') },
    query: queryOf(soleValue),
  };
}

/** Its fields in the order in which the log has them. */
function queryOf(soleValue: (name: ArgumentName) => string): StatusQuery {
  const numbers: Pick<Writable<StatusQuery>, 'orderNumber' | 'certificateID'> = {};
  const orderNumber = canonicalNumber(soleValue('orderNumber'), ORDER_NUMBER_DIGITS);
  if (orderNumber !== undefined) numbers.orderNumber = orderNumber;
  const certificateID = canonicalNumber(soleValue('certificateID'), CERTIFICATE_ID_DIGITS);
  if (certificateID !== undefined) numbers.certificateID = certificateID;
  const queryType = soleValue('queryType');
  const query: Writable<StatusQuery> = {
    ...numbers,
    queryType: queryType === '1' ? 1 : queryType === '2' ? 2 : 0,
  };
  const showValidityPeriod = soleValue('showValidityPeriod');
  if (showValidityPeriod === 'Y' || showValidityPeriod === 'y') query.showValidityPeriod = true;
  return query;
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
    // Optional ones may be empty.
    case 'showValidityPeriod':
      return /^[YyNn]?$/.test(value);
    case 'responseFormat':
      return value === '' || value === RESPONSE_FORMAT_VALUES.form || value === RESPONSE_FORMAT_VALUES.json;
  }
}
