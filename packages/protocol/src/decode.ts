/** Reads a response (spec, section 2.2) as leniently as other servers need. */

import type { ResponseFormat } from './api-revision.ts';
import { endsBeforeBrace, parametersOfJson } from './decode-json.ts';
import type {
  CertificateStatus,
  DetailedOrderStatus,
  OrderStatus,
  SuggestedOrgDetails,
} from './detailed-order-status.ts';
import {
  CERTIFICATE_ON_WIRE,
  ORDER_ON_WIRE,
  ORGANIZATION_DETAILS,
  ORGANIZATION_SHAPE,
  type SuggestedOrganization,
} from './fields.ts';
import { AMPERSAND, EQUALS, PERCENT, parseForm, parseFormText } from './form.ts';
import { checkStatusOf, SUGGESTED_ORG_STATUSES } from './states.ts';
import { asciiLowerCase } from './text.ts';
import type { Writable } from './writable.ts';

/**
 * What a response contains beyond revision 1.10, by name without the order's and the certificate's number: unknown
 * parameters, checks whose value is not one of -1…2, and ends of a validity period that are no seconds since 1970.
 */
export type ExtraParameters = { readonly [name: string]: string };

/** A successful response as received. */
export interface ReceivedOrderStatus extends DetailedOrderStatus {
  readonly orders: readonly ReceivedOrder[];
  readonly extra?: ExtraParameters;
}

/** An order of a response as received. */
export interface ReceivedOrder extends OrderStatus {
  readonly suggestedOrgDetails?: ReceivedSuggestedOrgDetails;
  readonly certificates: readonly ReceivedCertificate[];
  readonly extra?: ExtraParameters;
}

/** Suggested organisations as received. */
export interface ReceivedSuggestedOrgDetails extends SuggestedOrgDetails {
  /** Unknown parameters of the nested form, by their full name there. */
  readonly extra?: ExtraParameters;
}

/** A certificate of a response as received. */
export interface ReceivedCertificate extends CertificateStatus {
  readonly extra?: ExtraParameters;
}

/** A response that says why there is no status. */
export interface ErrorAnswer {
  readonly kind: 'error';
  /** One of the API's codes, or another server's own. */
  readonly errorCode: number;
  /** Texts differ between servers: tell errors apart by code alone. */
  readonly errorMessage?: string;
  /** The argument that the message names, if any. */
  readonly argument?: string;
  /** Everything else that it held, such as `errorItem` and `errorDetail`, by name. */
  readonly extra?: ExtraParameters;
}

/** A decoded response. */
export type DecodedResponse =
  | { readonly kind: 'status'; readonly status: ReceivedOrderStatus }
  | ErrorAnswer
  /** Not a response of this API: there is no errorCode, or it is not an integer. */
  | { readonly kind: 'unreadable' };

const LF = 0x0a;
const CR = 0x0d;

/**
 * Reads the body of a response. Empty equals absent, the order of parameters is irrelevant, of a parameter given twice
 * the first counts, line breaks at the end are ignored. Never throws, for any bytes.
 *
 * @param format `json` for a body that {@link looksLikeJson}.
 */
export function decodeResponse(body: Uint8Array, format: ResponseFormat = 'form'): DecodedResponse {
  const parameters = parametersIn(body, format);
  const errorCode = parameters?.take('errorCode');
  if (parameters === undefined || errorCode === undefined || !/^-?[0-9]{1,9}$/.test(errorCode))
    return { kind: 'unreadable' };
  if (Number(errorCode) === 0) return { kind: 'status', status: decodeStatus(parameters) };

  const answer: Writable<ErrorAnswer> = { kind: 'error', errorCode: Number(errorCode) };
  const errorMessage = parameters.take('errorMessage');
  if (errorMessage !== undefined) answer.errorMessage = errorMessage;
  const [, argument] = /'([^']+)'/.exec(errorMessage ?? '') ?? [];
  if (argument !== undefined) answer.argument = argument;
  return { ...answer, ...parameters.extra() };
}

/** Undefined for JSON that is not an object, or is incomplete. */
function parametersIn(body: Uint8Array, format: ResponseFormat): Parameters | undefined {
  if (format === 'form') return firstValues(parseForm(withoutLineBreak(body)));
  const values = parametersOfJson(body);
  return values && parametersOf(values);
}

/**
 * Whether the body of a response breaks off, as far as it shows: a form within its last parameter (no `=`, or a `%`
 * without its two digits), JSON before its last brace. Only useful for responses that came without a length.
 */
export function endsMidway(body: Uint8Array, format: ResponseFormat = 'form'): boolean {
  if (format === 'json') return endsBeforeBrace(body);
  const end = withoutLineBreak(body);
  const last = end.subarray(end.lastIndexOf(AMPERSAND) + 1);
  if (last.length === 0) return false;
  return !last.includes(EQUALS) || last.subarray(-2).includes(PERCENT);
}

/** Some servers end the body with a line break, which is not part of the last value. */
function withoutLineBreak(body: Uint8Array): Uint8Array {
  let end = body.length;
  while (body[end - 1] === LF || body[end - 1] === CR) end--;
  return body.subarray(0, end);
}

/** Parameters by name, from which each reader takes what it knows; the rest is `extra`. */
interface Parameters {
  /** The value, which is then gone, or undefined. */
  take(name: string): string | undefined;
  entries(): Iterable<[string, string]>;
  extra(): { extra?: ExtraParameters };
}

function parametersOf(values: Map<string, string>): Parameters {
  return {
    take(name) {
      const value = values.get(name);
      values.delete(name);
      return value;
    },
    entries: () => values.entries(),
    extra: () => (values.size === 0 ? {} : { extra: Object.fromEntries(values) }),
  };
}

function firstValues(pairs: Iterable<{ name: string; value: string }>): Parameters {
  const values = new Map<string, string>();
  for (const { name, value } of pairs) {
    if (value !== '' && !values.has(name)) values.set(name, value);
  }
  return parametersOf(values);
}

function decodeStatus(parameters: Parameters): ReceivedOrderStatus {
  const { byNumber, rest } = groupByNumber(parameters);
  return { orders: byNumber.map(decodeOrder), ...rest.extra() };
}

function decodeOrder(parameters: Parameters): ReceivedOrder {
  const { byNumber, rest } = groupByNumber(parameters);
  const order: Writable<Partial<ReceivedOrder>> = {};
  for (const field of ORDER_ON_WIRE) {
    if (field.form === 'certificates') {
      order[field.name] = byNumber.map(decodeCertificate);
    } else if (field.form === 'organizations') {
      const details = takeSuggestedOrgDetails(rest);
      if (details !== undefined) order[field.name] = details;
    } else {
      const value = rest.take(field.name);
      if (value !== undefined) order[field.name] = value;
    }
  }
  return { ...order, certificates: order.certificates ?? [], ...rest.extra() };
}

/** Seconds since 1970 as a moment, or undefined for another text, such as another server's date. */
function momentOf(text: string): Date | undefined {
  return /^-?[0-9]{1,12}$/.test(text) ? new Date(Number(text) * 1000) : undefined;
}

function decodeCertificate(parameters: Parameters): ReceivedCertificate {
  const certificate: Writable<CertificateStatus> = {};
  const unreadable: [string, string][] = [];
  for (const field of CERTIFICATE_ON_WIRE) {
    const value = parameters.take(field.name);
    if (value === undefined) continue;
    if (field.form === 'check') {
      const state = /^(-1|[0-2])$/.test(value) ? checkStatusOf(Number(value)) : undefined;
      if (state === undefined) unreadable.push([field.name, value]);
      else certificate[field.name] = state;
    } else if (field.form === 'seconds') {
      const time = momentOf(value);
      if (time === undefined) unreadable.push([field.name, value]);
      else certificate[field.name] = time;
    } else {
      certificate[field.name] = value;
    }
  }
  const rest = parametersOf(new Map([...unreadable, ...parameters.entries()]));
  return { ...certificate, ...rest.extra() };
}

/** Organisation details without X_suggestedOrgDetails have no place of their own and stay where they are. */
function takeSuggestedOrgDetails(order: Parameters): ReceivedSuggestedOrgDetails | undefined {
  const value = order.take('suggestedOrgDetails');
  if (value === undefined) return undefined;
  const nested = value.includes('=') ? decodeNested(value) : undefined;
  if (nested !== undefined) return nested;
  const best = takeDetails(order);
  const details: Writable<ReceivedSuggestedOrgDetails> = { status: knownSpelling(value) };
  if (Object.keys(best).length > 0) details.organizations = [best];
  return details;
}

/** Undefined for a value that holds `=` but no Status: that is a word of its own, not the nested form. */
function decodeNested(value: string): ReceivedSuggestedOrgDetails | undefined {
  const pairs = parseFormText(value).map(({ name, value }) => ({
    name: asciiLowerCase(name) === 'status' ? 'Status' : name,
    value,
  }));
  const { byNumber, rest } = groupByNumber(firstValues(pairs), isOrganizationDetail);
  const status = rest.take('Status');
  if (status === undefined) return undefined;
  const details: Writable<ReceivedSuggestedOrgDetails> = { status: knownSpelling(status) };
  if (byNumber.length > 0) details.organizations = byNumber.map(takeDetails);
  return { ...details, ...rest.extra() };
}

function isOrganizationDetail(name: string): boolean {
  return Object.hasOwn(ORGANIZATION_SHAPE, name);
}

function knownSpelling(word: string): string {
  const lower = asciiLowerCase(word);
  return SUGGESTED_ORG_STATUSES.find((known) => asciiLowerCase(known) === lower) ?? word;
}

/**
 * Parts `1_name`, `2_name`, … (with a name that `belongs`) from the rest. The groups come in the order of their
 * numbers; a number that is left out is no gap.
 */
function groupByNumber(
  parameters: Parameters,
  belongs: (name: string) => boolean = () => true,
): { byNumber: Parameters[]; rest: Parameters } {
  const groups = new Map<string, Map<string, string>>();
  const rest = new Map<string, string>();
  for (const [parameter, value] of parameters.entries()) {
    const [, number, name] = /^([1-9][0-9]*)_(.+)$/s.exec(parameter) ?? [];
    if (number === undefined || name === undefined || !belongs(name)) {
      rest.set(parameter, value);
      continue;
    }
    const group = groups.get(number) ?? new Map<string, string>();
    groups.set(number, group.set(name, value));
  }
  const byNumber = [...groups]
    .sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
    .map(([, values]) => parametersOf(values));
  return { byNumber, rest: parametersOf(rest) };
}

function takeDetails(parameters: Parameters): SuggestedOrganization {
  const taken: Writable<SuggestedOrganization> = {};
  for (const detail of ORGANIZATION_DETAILS) {
    const value = parameters.take(detail);
    if (value !== undefined) taken[detail] = value;
  }
  return taken;
}
