/** Reads a request (spec, section 1): from the bytes of its body to a query or an API error. */

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
import { FormPieces, formText, lossyFormText, PERCENT, percentDecode } from './form.ts';
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
 * What {@link readStatusRequest} makes of a body. Errors, too, are written in the format of the response.
 */
export type StatusRequestResult = { readonly responseFormat: ResponseFormat } & (
  | { readonly ok: true; readonly request: StatusRequest }
  | { readonly ok: false; readonly error: ApiError }
);

/** The arguments in the order in which their values are judged; those of later revisions come last. */
const ARGUMENT_NAMES = [
  'loginName',
  'loginPassword',
  'orderNumber',
  'certificateID',
  'queryType',
  'showValidityPeriod',
  'responseFormat',
] as const satisfies readonly ArgumentName[];
/** How many of them each revision has. */
const ARGUMENT_COUNTS = { '1.2': 5, '1.10': 7 } as const satisfies Record<ServedRevision, number>;

/** The place of an argument in the list above. */
const LOGIN_NAME = 0;
const LOGIN_PASSWORD = 1;
const ORDER_NUMBER = 2;
const CERTIFICATE_ID = 3;
const QUERY_TYPE = 4;
const SHOW_VALIDITY_PERIOD = 5;
const RESPONSE_FORMAT = 6;
const UNRECOGNISED = -1;

const LOWER_CASE_NAMES: readonly string[] = ARGUMENT_NAMES.map(asciiLowerCase);

/**
 * Judges the arguments in a request's body, a form, in the order that the API promises: unrecognised (-2), then missing
 * (-3), then invalid (-4). Never throws, for any bytes.
 *
 * @param revision the arguments of later ones are unrecognised.
 */
export function readStatusRequest(
  body: Uint8Array,
  revision: ServedRevision = LATEST_REVISION,
): StatusRequestResult {
  const given = new GivenArguments(body, ARGUMENT_COUNTS[revision]);
  // JSON only for a single responseFormat with its value: anything else is a form, or an error in a form.
  const format = given.soleText(RESPONSE_FORMAT);
  const responseFormat = format === RESPONSE_FORMAT_VALUES.json ? 'json' : 'form';
  if (given.unrecognised !== undefined) {
    return refused(unrecognisedArgument(given.unrecognised), responseFormat);
  }
  const missing = firstMissing(given);
  if (missing !== undefined) return refused(missingArgument(missing), responseFormat);

  const loginName = given.soleText(LOGIN_NAME);
  if (!isTextWithin(loginName, LOGIN_NAME_LIMIT)) return invalid('loginName', responseFormat);
  const loginPassword = given.soleText(LOGIN_PASSWORD);
  if (!isTextWithin(loginPassword, LOGIN_PASSWORD_LIMIT)) return invalid('loginPassword', responseFormat);
  const orderNumber = numberOf(given.soleText(ORDER_NUMBER), ORDER_NUMBER_DIGITS);
  if (orderNumber === undefined) return invalid('orderNumber', responseFormat);
  const certificateID = numberOf(given.soleText(CERTIFICATE_ID), CERTIFICATE_ID_DIGITS);
  if (certificateID === undefined) return invalid('certificateID', responseFormat);
  const queryType = queryTypeOf(given.soleText(QUERY_TYPE));
  if (queryType === undefined) return invalid('queryType', responseFormat);
  const validityPeriod = given.soleText(SHOW_VALIDITY_PERIOD)?.toLowerCase();
  if (validityPeriod !== '' && validityPeriod !== 'y' && validityPeriod !== 'n') {
    return invalid('showValidityPeriod', responseFormat);
  }
  if (format !== '' && format !== RESPONSE_FORMAT_VALUES.form && format !== RESPONSE_FORMAT_VALUES.json) {
    return invalid('responseFormat', responseFormat);
  }

  const query = queryOf(orderNumber, certificateID, queryType);
  if (validityPeriod === 'y') query.showValidityPeriod = true;
  return { ok: true, request: { credentials: { loginName, loginPassword }, query }, responseFormat };
}

/** The arguments in a body. Sets of arguments are bits, by the place of an argument in {@link ARGUMENT_NAMES}. */
class GivenArguments {
  /** The first name that is none of an argument, as the client has sent it. */
  unrecognised: string | undefined;
  /** The first value of each; undefined if it is not UTF-8. */
  readonly #texts: (string | undefined)[] = ['', '', '', '', '', '', ''];
  #given = 0;
  #repeated = 0;
  #withValue = 0;

  /** @param count how many arguments of the list there are. */
  constructor(body: Uint8Array, count: number) {
    const pieces = new FormPieces(body);
    while (pieces.next()) {
      const { nameStart, nameEnd, valueStart, valueEnd } = pieces;
      const argument = argumentAt(body, nameStart, nameEnd, count);
      if (argument === UNRECOGNISED) {
        this.unrecognised ??= lossyFormText(body, nameStart, nameEnd);
        continue;
      }
      const bit = 1 << argument;
      if (valueEnd > valueStart) this.#withValue |= bit;
      if (this.#given & bit) {
        this.#repeated |= bit;
      } else {
        this.#given |= bit;
        this.#texts[argument] = formText(body, valueStart, valueEnd);
      }
    }
  }

  /** Whether any occurrence has a value. */
  hasValue(argument: number): boolean {
    return (this.#withValue & (1 << argument)) !== 0;
  }

  /** Empty if it is not given, too; undefined if it is given more than once, or not in UTF-8. */
  soleText(argument: number): string | undefined {
    return this.#repeated & (1 << argument) ? undefined : this.#texts[argument];
  }
}

/** The argument whose name is at this place of a form, spelt in upper or lower case, with escapes or without. */
function argumentAt(form: Uint8Array, start: number, end: number, count: number): number {
  const argument = plainArgumentAt(form, start, end, count);
  if (argument !== UNRECOGNISED || !form.subarray(start, end).includes(PERCENT)) return argument;
  const name = percentDecode(form, start, end);
  return plainArgumentAt(name, 0, name.length, count);
}

function plainArgumentAt(form: Uint8Array, start: number, end: number, count: number): number {
  for (let argument = 0; argument < count; argument++) {
    if (isName(form, start, end, LOWER_CASE_NAMES[argument] as string)) return argument;
  }
  return UNRECOGNISED;
}

/** @param lowerCaseName letters only. */
function isName(form: Uint8Array, start: number, end: number, lowerCaseName: string): boolean {
  if (end - start !== lowerCaseName.length) return false;
  for (let at = start; at < end; at++) {
    // Of all bytes only a letter becomes that letter so.
    if (((form[at] as number) | 0x20) !== lowerCaseName.charCodeAt(at - start)) return false;
  }
  return true;
}

function refused(error: ApiError, responseFormat: ResponseFormat): StatusRequestResult {
  return { ok: false, error, responseFormat };
}

function invalid(name: ArgumentName, responseFormat: ResponseFormat): StatusRequestResult {
  return refused(invalidArgument(name), responseFormat);
}

function firstMissing(given: GivenArguments): ArgumentName | undefined {
  if (!given.hasValue(LOGIN_NAME)) return 'loginName';
  if (!given.hasValue(LOGIN_PASSWORD)) return 'loginPassword';
  if (!given.hasValue(ORDER_NUMBER) && !given.hasValue(CERTIFICATE_ID)) return 'orderNumber';
  if (!given.hasValue(QUERY_TYPE)) return 'queryType';
  return undefined;
}

function isTextWithin(text: string | undefined, limitCodePoints: number): text is string {
  if (text === undefined || text.includes('\0')) return false;
  // No text has more code points than code units.
  return text.length <= limitCodePoints || codePointLength(text) <= limitCodePoints;
}

/** An empty number gets this far only beside the other one, and is then as if it were not there. */
function numberOf(text: string | undefined, limitDigits: number): string | undefined {
  return text === undefined || text === '' ? text : canonicalNumber(text, limitDigits);
}

function queryTypeOf(text: string | undefined): QueryType | undefined {
  switch (text) {
    case '0':
      return 0;
    case '1':
      return 1;
    case '2':
      return 2;
    default:
      return undefined;
  }
}

function queryOf(orderNumber: string, certificateID: string, queryType: QueryType): Writable<StatusQuery> {
  if (certificateID === '') return { orderNumber, queryType };
  return orderNumber === '' ? { certificateID, queryType } : { orderNumber, certificateID, queryType };
}
