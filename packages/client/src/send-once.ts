/** One request and its response, without retries. */

import {
  decodeResponse,
  encodeFormText,
  endsMidway,
  looksLikeJson,
  type ReceivedOrderStatus,
  type ResponseFormat,
} from '@cert-order-status/protocol';
import { connectionFailure } from './connection-failure.ts';
import { type ErrorResponse, errorOf, TransportError } from './errors.ts';
import { readBody, refuseRedirect, releaseBody } from './response-body.ts';
import { retryAfterOf } from './retry-after.ts';

/** What is sent, where to, and how much may come back. */
export interface StatusRequestParts {
  readonly endpoint: URL;
  /** The form. It holds the password. */
  readonly body: string;
  readonly loginPassword: string;
  /** What the body asks for; what comes back is read in either format. */
  readonly responseFormat: ResponseFormat;
  /** In bytes. */
  readonly maxResponseBytes: number;
  readonly fetch: typeof globalThis.fetch;
}

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
/** By the format that is asked for; some errors are forms even then. */
const ACCEPT = { form: FORM, json: `${JSON_TYPE}, ${FORM};q=0.9` } as const satisfies Record<
  ResponseFormat,
  string
>;
const OK = 200;

/**
 * Asks once.
 *
 * @throws ErrorCodeError or TransportError; or the reason with which the signal was aborted.
 */
export async function sendOnce(
  question: StatusRequestParts,
  signal: AbortSignal,
): Promise<ReceivedOrderStatus> {
  const { endpoint, body, loginPassword, responseFormat, maxResponseBytes, fetch } = question;
  let response: Response;
  try {
    response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'Content-Type': FORM, Accept: ACCEPT[responseFormat] },
      body,
      redirect: 'manual',
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw connectionFailure(endpoint, error);
  }
  try {
    refuseRedirect(response, endpoint);
    const retryAfterMs = retryAfterOf(response.headers);
    if (!isReadable(response.headers)) throw notReadable(response, retryAfterMs);
    const bytes = await readBody(response, maxResponseBytes, signal);
    const format = looksLikeJson(bytes) ? 'json' : 'form';
    const answer = decodeResponse(bytes, format);
    if (answer.kind === 'error') throw errorOf(withoutSecret({ ...answer, retryAfterMs }, loginPassword));
    if (response.status !== OK) throw unexpectedStatus(response, retryAfterMs);
    if (answer.kind === 'unreadable') {
      if (format === 'json' && endsMidway(bytes, format)) throw truncated();
      throw new TransportError(
        'not-a-response',
        'the answer holds no errorCode: is this a service of the API?',
      );
    }
    if (endsMidway(bytes, format)) throw truncated();
    return answer.status;
  } finally {
    releaseBody(response);
  }
}

function truncated(): TransportError {
  return new TransportError('truncated', 'the answer ends in the middle of a parameter');
}

/** A response without a content type is given the benefit of the doubt; JSON, as some servers send it unasked, too. */
function isReadable(headers: Headers): boolean {
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  return type === undefined || type === '' || type === FORM || type === JSON_TYPE;
}

function notReadable(response: Response, retryAfterMs: number | undefined): TransportError {
  if (response.status !== OK) return unexpectedStatus(response, retryAfterMs);
  const type = response.headers.get('content-type');
  return new TransportError(
    'not-a-response',
    `the answer is ${type}, not ${FORM}: is this a service of the API, or a proxy's page?`,
    { status: response.status },
  );
}

function unexpectedStatus({ status }: Response, retryAfterMs: number | undefined): TransportError {
  const hint = status === 404 ? ': is the base URL right?' : '';
  return new TransportError('http-status', `HTTP status ${status} without an answer of the API${hint}`, {
    status,
    retryAfterMs,
  });
}

/** A server that gives the request back in its message must not get the password into an error. */
function withoutSecret(answer: ErrorResponse, secret: string): ErrorResponse {
  const hide = (text: string) => text.replaceAll(secret, '…').replaceAll(encodeFormText(secret), '…');
  const { errorMessage, argument, extra } = answer;
  return {
    ...answer,
    errorMessage: errorMessage && hide(errorMessage),
    argument: argument && hide(argument),
    extra:
      extra && Object.fromEntries(Object.entries(extra).map(([name, value]) => [hide(name), hide(value)])),
  };
}
