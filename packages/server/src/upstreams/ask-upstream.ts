/** One request to an upstream for an order, and what its response means. */

import {
  canonicalNumber,
  count,
  decodeResponse,
  type ErrorAnswer,
  encodeFormText,
  encodeStatusRequest,
  endpointUnder,
  endsMidway,
  looksLikeJson,
  ORDER_NUMBER_DIGITS,
  type ReceivedOrderStatus,
} from '@cert-order-status/protocol';
import type { OnLimit } from '../limits.ts';
import type { OutboundResponse } from '../outbound/exchange.ts';
import { OutboundError, type OutboundErrorCode } from '../outbound/outbound-error.ts';
import { retryAfterMs } from '../outbound/retry-after.ts';
import { SecretUnavailable } from '../secrets/secret-unavailable.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { Upstream, UpstreamProblem } from './upstream.ts';
import type { UpstreamClients } from './upstream-clients.ts';

/** The most parameters of a response: more than 2,000 certificates with every field have. */
const PARAMETERS_LIMIT = 200_000;
/** How much of an upstream's own error text is repeated, in characters. */
const TEXT_REPEATED = 200;

const FORM = 'application/x-www-form-urlencoded';
const OK = 200;
const TOO_MANY_REQUESTS = 429;

/** Error codes of the API. */
const UNRECOGNISED_ARGUMENT = -2;
const INVALID_ARGUMENT = -4;
const UNKNOWN_ERROR = -14;
const PERMISSION_DENIED = -16;
/** Of the live service, and not in the API's document. */
const CALL_LIMIT = -42;

/** The argument that not every service knows. */
const VALIDITY_ARGUMENT = 'showvalidityperiod';
/** The arguments of the account. */
const LOGIN_ARGUMENTS: readonly string[] = ['loginname', 'loginpassword'];
/** Arguments whose values never depend on the order. */
const OTHER_ARGUMENTS: readonly string[] = ['querytype', 'responseformat'];

/** What requests are made with. */
export interface AskParts {
  readonly outbound: Pick<UpstreamClients, 'for'>;
  readonly secrets: Pick<Secrets, 'get'>;
  readonly onLimit?: OnLimit | undefined;
  /**
   * Whether the upstream is still as given, looked up once its password is known: a password is for one base URL and
   * login name, and is not sent elsewhere while people change them.
   */
  readonly isCurrent?: () => Promise<boolean>;
}

/** The upstream has been changed, paused or removed since it was looked up: what it may have sent does not count. */
export class UpstreamChanged extends Error {}

/** What came back. */
export type AskResult =
  /** Its first order is the one asked for. */
  | { readonly kind: 'status'; readonly status: ReceivedOrderStatus }
  /** The upstream has no such order, or not in this account. */
  | { readonly kind: 'unknown order' }
  /** It does not know showValidityPeriod: it has to be asked without. */
  | { readonly kind: 'no validity period' }
  | {
      readonly kind: 'problem';
      readonly problem: UpstreamProblem;
      /** For the operator; without password or body. */
      readonly message: string;
      /** How long the upstream asks to wait. */
      readonly retryAfterMs?: number | undefined;
    };

type Problem = Extract<AskResult, { kind: 'problem' }>;

/** What of an upstream matters for a request. */
export type AskedUpstream = Pick<
  Upstream,
  'upstreamID' | 'baseUrl' | 'loginName' | 'roots' | 'asksValidityPeriod'
>;

/**
 * Asks once for an order, and for those that replace it.
 *
 * @param orderNumber canonical.
 * @throws {UpstreamChanged}
 * @throws the signal's reason when it is aborted; what the store throws.
 */
export async function askUpstream(
  { outbound, secrets, onLimit, isCurrent = async () => true }: AskParts,
  upstream: AskedUpstream,
  orderNumber: string,
  signal?: AbortSignal,
): Promise<AskResult> {
  const password = await passwordOf(secrets, upstream);
  if (typeof password !== 'string') return password;
  if (!(await isCurrent())) throw new UpstreamChanged();
  const { loginName, roots, asksValidityPeriod } = upstream;
  const body = encodeStatusRequest({
    credentials: { loginName, loginPassword: password },
    query: { orderNumber, queryType: 2, ...(asksValidityPeriod && { showValidityPeriod: true }) },
  });
  try {
    const response = await outbound.for(roots).request({
      url: endpointUnder(upstream.baseUrl).href,
      isOperators: true,
      method: 'POST',
      headers: { 'Content-Type': FORM, Accept: FORM, 'User-Agent': 'cert-order-status' },
      body,
      ...(signal && { signal }),
    });
    const result = judge(response, { orderNumber, asksValidityPeriod, password, onLimit });
    const isRefused = result.kind === 'problem' && result.problem === 'login-refused';
    // It was refused what has been set right since.
    if (isRefused && (await passwordOf(secrets, upstream)) !== password) throw new UpstreamChanged();
    return result;
  } catch (error) {
    if (error instanceof OutboundError) return problem(PROBLEMS[error.code] ?? 'unreachable', error.message);
    if (error instanceof TypeError && error.message.startsWith('baseUrl')) {
      return problem('unreachable', error.message);
    }
    throw error;
  }
}

/** Of failures that do not mean that no connection could be had. */
const PROBLEMS: Partial<Record<OutboundErrorCode, UpstreamProblem>> = {
  'response-too-large': 'invalid-response',
  'invalid-response': 'invalid-response',
};

function problem(kind: UpstreamProblem, message: string, waitMs?: number): Problem {
  return { kind: 'problem', problem: kind, message, retryAfterMs: waitMs };
}

async function passwordOf(
  secrets: AskParts['secrets'],
  { upstreamID }: AskedUpstream,
): Promise<string | Problem> {
  try {
    const [password] = await secrets.get({ purpose: 'upstream', owner: upstreamID });
    return password ?? problem('no-password', 'its password is missing: set it again');
  } catch (error) {
    if (error instanceof SecretUnavailable) return problem('no-password', error.message);
    throw error;
  }
}

interface Asked {
  readonly orderNumber: string;
  readonly asksValidityPeriod: boolean;
  readonly password: string;
  readonly onLimit: OnLimit | undefined;
}

function judge({ status, headers, body }: OutboundResponse, asked: Asked): AskResult {
  const waitMs = retryAfterMs(headers['retry-after'], Date.now());
  const format = looksLikeJson(body) ? 'json' : 'form';
  if (separatorsIn(body, SEPARATORS[format]) >= PARAMETERS_LIMIT) {
    asked.onLimit?.('upstreamParameters');
    const most = count(PARAMETERS_LIMIT, 'parameter');
    return problem('invalid-response', `the response has more than ${most}`, waitMs);
  }
  const response = decodeResponse(body, format);
  if (response.kind === 'error') return judgeError(response, asked, waitMs);
  if (status !== OK) return judgeStatus(status, waitMs);
  if (response.kind === 'unreadable') {
    const { 'content-encoding': coding = 'identity' } = headers;
    const hint =
      coding === 'identity' ? '' : `; it is compressed (${shown(coding)}), which it was not asked to be`;
    return problem('invalid-response', `the response holds no errorCode: is the base URL right?${hint}`);
  }
  if (endsMidway(body, format)) return problem('invalid-response', 'the response ends within a parameter');
  return judgeOrder(response.status, asked);
}

function judgeOrder(status: ReceivedOrderStatus, { orderNumber }: Asked): AskResult {
  const [order] = status.orders;
  if (order === undefined) return problem('invalid-response', 'the response holds no order');
  const number = order.orderNumber ?? orderNumber;
  if (canonicalNumber(number, ORDER_NUMBER_DIGITS) === orderNumber) return { kind: 'status', status };
  return problem('invalid-response', `the response is about the order ${shown(number)}, not ${orderNumber}`);
}

function judgeStatus(status: number, waitMs: number | undefined): Problem {
  if (status === TOO_MANY_REQUESTS) return problem('call-limit', `HTTP status ${status}`, waitMs);
  const hints: Readonly<Record<number, string>> = {
    404: ': is the base URL right?',
    3: ': it redirects elsewhere, where the password is not sent after it: is the base URL right?',
  };
  const hint = hints[status] ?? hints[Math.floor(status / 100)] ?? '';
  return problem('unreachable', `HTTP status ${status} without a response of the API${hint}`, waitMs);
}

function judgeError(
  error: ErrorAnswer,
  { asksValidityPeriod, password }: Asked,
  waitMs: number | undefined,
): AskResult {
  const { errorCode, errorMessage = '', extra = {} } = error;
  const argument = (extra['errorItem'] ?? error.argument ?? '').toLowerCase();
  const isAboutValidity = asksValidityPeriod && argument === VALIDITY_ARGUMENT;
  const text = shown(withoutSecret(errorMessage, password));
  const inWords = `errorCode ${errorCode}${text === '' ? '' : `: ${text}`}`;
  switch (errorCode) {
    case UNRECOGNISED_ARGUMENT:
      return isAboutValidity ? { kind: 'no validity period' } : problem('api-error', inWords, waitMs);
    case INVALID_ARGUMENT:
      if (isAboutValidity) return { kind: 'no validity period' };
      if (LOGIN_ARGUMENTS.includes(argument)) return problem('login-refused', inWords, waitMs);
      if (OTHER_ARGUMENTS.includes(argument)) return problem('api-error', inWords, waitMs);
      return { kind: 'unknown order' };
    case PERMISSION_DENIED:
      return problem('login-refused', inWords, waitMs);
    case CALL_LIMIT:
      return problem('call-limit', inWords, waitMs);
    case UNKNOWN_ERROR:
      return problem('unreachable', inWords, waitMs);
    default:
      return problem('api-error', inWords, waitMs);
  }
}

/** An upstream that gives the request back in its text must not get the password into a message. */
function withoutSecret(text: string, secret: string): string {
  const spellings = [secret, encodeFormText(secret), encodeURIComponent(secret.toWellFormed())];
  return spellings.reduce((hidden, spelling) => hidden.replaceAll(spelling, '…'), text);
}

/** In one line, and not longer than is of use. */
function shown(text: string): string {
  const line = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return line.length <= TEXT_REPEATED ? line : `${line.slice(0, TEXT_REPEATED).toWellFormed()}…`;
}

/** By byte: 1 for what begins a further value. */
const SEPARATORS = { form: tableOf('&'), json: tableOf(',[{') } as const;

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const code of Buffer.from(characters)) table[code] = 1;
  return table;
}

function separatorsIn(body: Uint8Array, separators: Uint8Array): number {
  let found = 0;
  for (const byte of body) found += separators[byte] ?? 0;
  return found;
}
