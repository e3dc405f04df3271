/**
 * The GetDetailedOrderStatus endpoint. {@link judge} reads from top to bottom in the order in which a request is
 * judged: the first error that applies is the response.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type ApiError,
  type Credentials,
  encodeApiError,
  encodeDetailedOrderStatus,
  encodeDetailedOrderStatusJson,
  invalidArgument,
  NOT_HTTPS,
  NOT_POST,
  PERMISSION_DENIED,
  type ResponseFormat,
  readStatusRequest,
  type ServedRevision,
  type StatusQuery,
  type StatusRequest,
  type SuggestedOrgDetailsForm,
  UNKNOWN_ERROR,
} from '@cert-order-status/protocol';
import type { Logger } from 'pino';
import type { AccountRateLimit } from '../accounts/account-rate-limit.ts';
import type { Authenticator, Denied, Verified } from '../accounts/authenticator.ts';
import { HashQueueFull } from '../accounts/hash-queue.ts';
import { readRequestBody } from '../http/request-body.ts';
import { formResponse, type HttpResponse, jsonResponse, refuse, send } from '../http/response.ts';
import type { TrustedProxies } from '../http/trusted-proxies.ts';
import type { OnLimit } from '../limits.ts';
import type { StatusReading } from '../orders/status-reader.ts';
import type { LimitedStatusReader } from './read-limit.ts';
import { formInBody, formInUrl } from './request-arguments.ts';
import { type LoggedOutcome, requestLog } from './request-log.ts';

/** Retry-After while the database is at its limit, in seconds. */
const OVERLOAD_RETRY_AFTER_SECONDS = 1;

const AMPERSAND = Buffer.from('&');

/** What the endpoint is made of. */
export interface StatusEndpointParts {
  readonly statusReader: LimitedStatusReader;
  readonly accountRateLimit?: AccountRateLimit;
  readonly login: Authenticator;
  readonly proxies: TrustedProxies;
  readonly logger: Logger;
  readonly onLimit: OnLimit;
  readonly suggestedOrgDetails: SuggestedOrgDetailsForm;
  /** Arguments of later revisions are unrecognised, their fields not sent. */
  readonly apiRevision: ServedRevision;
  /** Called for every response. */
  readonly onResponse?: (errorCode: number, seconds: number) => void;
  /** Whether arguments in the URL's query string are read. */
  readonly acceptQueryArguments: boolean;
  /** Called when there were such arguments and they are not read. */
  readonly onIgnoredQueryArguments: () => void;
  /** Receives the media type or the content coding of a body that is not read. */
  readonly onUnreadBody: (kind: string) => void;
}

/** The outcome of a request: its response, and what the log says. Contains only checked values. */
interface Verdict extends LoggedOutcome {
  readonly content: HttpResponse;
  /** The connection has a body that will not be read. */
  readonly isRefused?: true;
}

/** Makes the handler of the endpoint's path. */
export function statusEndpoint(parts: StatusEndpointParts) {
  const logRequest = requestLog(parts.logger);
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const start = performance.now();
    const clientAddress = parts.proxies.clientAddress(request);
    let verdict: Verdict | 'aborted';
    try {
      verdict = await judge(request, response, clientAddress, parts);
    } catch (error) {
      verdict = unforeseen(error, parts);
    }
    const durationMs = Math.round((performance.now() - start) * 1000) / 1000;
    if (verdict === 'aborted') {
      parts.logger.info({ aborted: true, durationMs, address: clientAddress }, 'request');
      return;
    }
    const { content, errorCode, isRefused } = verdict;
    if (isRefused) refuse(request, response, content);
    else send(response, content);
    parts.onResponse?.(errorCode, durationMs / 1000);
    logRequest(verdict, durationMs, clientAddress);
  };
}

async function judge(
  request: IncomingMessage,
  response: ServerResponse,
  clientAddress: string,
  parts: StatusEndpointParts,
): Promise<Verdict | 'aborted'> {
  if (!parts.proxies.isHttps(request)) return refusal(NOT_HTTPS);
  if (request.method !== 'POST') return refusal(NOT_POST, methodResponse(request.method));

  const form = await readRequestBody(request, response);
  if (form === 'aborted') return 'aborted';
  if (form === 'too large') return refusal(UNKNOWN_ERROR, { httpStatus: 413 });

  const read = readStatusRequest(argumentsOf(request, form, parts), parts.apiRevision);
  const { responseFormat } = read;
  if (!read.ok) return failure(read.error, responseFormat);
  try {
    return await judgeRequest(read.request, responseFormat, clientAddress, parts);
  } catch (error) {
    return unforeseen(error, parts, responseFormat);
  }
}

/** From here on a response has the format that the client asked for. */
async function judgeRequest(
  { credentials, query }: StatusRequest,
  responseFormat: ResponseFormat,
  clientAddress: string,
  parts: StatusEndpointParts,
): Promise<Verdict> {
  const { loginName } = credentials;
  if (parts.statusReader.isFull) {
    parts.onLimit('inFlight');
    return { ...busy(OVERLOAD_RETRY_AFTER_SECONDS, responseFormat), query };
  }

  let reading: Denied | Verified<StatusReading>;
  try {
    reading = await readUnderLogin(credentials, query, clientAddress, parts);
  } catch (error) {
    if (!(error instanceof HashQueueFull)) throw error;
    return { ...busy(error.retryAfterSeconds, responseFormat), query };
  }
  if ('denied' in reading) {
    const { isAccount, throttled } = reading;
    return {
      ...failure(PERMISSION_DENIED, responseFormat),
      query,
      ...(isAccount && { account: loginName }),
      ...(throttled && { throttled }),
    };
  }
  const wait = parts.accountRateLimit?.take(reading.account.accountID) ?? 0;
  if (wait > 0) {
    parts.onLimit('accountRate');
    return { ...busy(wait, responseFormat), query, account: loginName };
  }
  if ('notAnsweredYet' in reading) {
    const { retryAfterSeconds } = reading.notAnsweredYet;
    return { ...busy(retryAfterSeconds, responseFormat), query, account: loginName };
  }
  if ('notOfAccount' in reading) {
    return {
      ...failure(invalidArgument(reading.notOfAccount), responseFormat),
      query,
      account: loginName,
    };
  }
  const { suggestedOrgDetails } = parts;
  const revision = parts.apiRevision === '1.2' ? '1.2' : reading.revision;
  const content =
    responseFormat === 'json'
      ? jsonResponse(encodeDetailedOrderStatusJson(reading.status, revision))
      : formResponse(encodeDetailedOrderStatus(reading.status, suggestedOrgDetails, revision));
  return { content, errorCode: 0, query, account: loginName };
}

/** A login that was verified lately costs the read alone; any other one is verified first. */
async function readUnderLogin(
  credentials: Credentials,
  query: StatusQuery,
  clientAddress: string,
  { login, statusReader }: StatusEndpointParts,
): Promise<Denied | Verified<StatusReading>> {
  const { loginName } = credentials;
  const remembered = login.remembered(credentials, clientAddress);
  if (remembered !== undefined) {
    const reading = await statusReader.read(loginName, query);
    if (login.isStillGood(remembered, reading)) return reading;
  }
  return login.authenticate(credentials, clientAddress, () => statusReader.read(loginName, query));
}

/** An API error for a request that was read. */
function failure(
  error: ApiError,
  responseFormat: ResponseFormat = 'form',
  more?: Omit<HttpResponse, 'body'>,
): Verdict {
  const body = encodeApiError(error, responseFormat);
  const content = responseFormat === 'json' ? jsonResponse(body, more) : formResponse(body, more);
  return { content, errorCode: error.errorCode };
}

/** -14 for an error that has no code of its own; the log has the reason. */
function unforeseen(
  error: unknown,
  { logger }: StatusEndpointParts,
  responseFormat?: ResponseFormat,
): Verdict {
  logger.error({ err: error }, 'a request failed');
  return failure(UNKNOWN_ERROR, responseFormat);
}

/** A response with Retry-After, in seconds. */
function busy(seconds: number, responseFormat: ResponseFormat): Verdict {
  return failure(UNKNOWN_ERROR, responseFormat, { headers: { 'Retry-After': seconds } });
}

/** An API error for a request whose body is not read. */
function refusal(error: ApiError, more?: Omit<HttpResponse, 'body'>): Verdict {
  return { ...failure(error, 'form', more), isRefused: true };
}

/** GET and HEAD are what -17 was made for; other methods get the status that HTTP has for them as well. */
function methodResponse(method: string | undefined): Omit<HttpResponse, 'body'> {
  return method === 'GET' || method === 'HEAD' ? {} : { httpStatus: 405, headers: { Allow: 'POST' } };
}

/** A form of the arguments of the URL, if the operator accepts any there, and of those of the body. */
function argumentsOf(request: IncomingMessage, body: Buffer, parts: StatusEndpointParts): Uint8Array {
  const ofBody = formInBody(request.headers, body, parts.onUnreadBody);
  const ofUrl = formInUrl(request.url);
  if (ofUrl === undefined) return ofBody;
  if (parts.acceptQueryArguments) return Buffer.concat([ofUrl, AMPERSAND, ofBody]);
  parts.onIgnoredQueryArguments();
  return ofBody;
}
