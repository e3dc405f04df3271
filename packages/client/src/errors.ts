/** What a question can end in instead of a status: an error that the service answered with, or no answer. */

import type { Answer, ExtraParameters } from '@cert-order-status/protocol';

/** Every error that a question to a service can end in. */
export abstract class OrderStatusError extends Error {
  /** Whether the same question may well be answered a little later: such errors are retried. */
  abstract readonly isTransient: boolean;
  /** The service asked not to be asked again for so long (Retry-After), in milliseconds. */
  readonly retryAfter?: number;

  /** @internal */
  constructor(
    message: string,
    { retryAfter, ...options }: ErrorOptions & { readonly retryAfter?: number | undefined },
  ) {
    super(message, options);
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
  }
}

/** An answer that is an error. */
export interface ErrorAnswer extends Pick<Extract<Answer, { kind: 'error' }>, 'errorCode'> {
  readonly errorMessage?: string | undefined;
  readonly argument?: string | undefined;
  readonly extra?: ExtraParameters | undefined;
  readonly retryAfter?: number | undefined;
}

/**
 * The service answered with an error code. The seven codes of the API and -42 have a class each; an error of exactly
 * this class has another server's own code.
 */
export class AnsweredError extends OrderStatusError {
  override readonly name: string = 'AnsweredError';
  readonly isTransient: boolean = false;
  /** The errorCode (spec, section 2.2). */
  readonly code: number;
  /** The errorMessage as the server wrote it; texts differ between servers, codes do not. */
  readonly serverMessage?: string;
  /** Everything else that the answer held, such as `errorItem` and `errorDetail`, by name. */
  readonly extra?: ExtraParameters;

  /** @internal */
  constructor({ errorCode, errorMessage, extra, retryAfter }: ErrorAnswer) {
    super(
      errorMessage === undefined
        ? `the service answered with error code ${errorCode}`
        : `${errorMessage} (error code ${errorCode})`,
      { retryAfter },
    );
    this.code = errorCode;
    if (errorMessage !== undefined) this.serverMessage = errorMessage;
    if (extra !== undefined) this.extra = extra;
  }
}

/** -1: the service holds that the request did not come over https; a proxy in front of it may not say so. */
export class NotHttpsError extends AnsweredError {
  override readonly name = 'NotHttpsError';
  declare readonly code: -1;
}

/** An error about one argument. */
abstract class ArgumentError extends AnsweredError {
  /** The argument that the server's message names, if it does: the first text between apostrophes. */
  readonly argument?: string;

  /** @internal */
  constructor(answer: ErrorAnswer) {
    super(answer);
    if (answer.argument !== undefined) this.argument = answer.argument;
  }
}

/** -2: the service does not know an argument. */
export class UnrecognisedArgumentError extends ArgumentError {
  override readonly name = 'UnrecognisedArgumentError';
  declare readonly code: -2;
}

/** -3: the service misses an argument. */
export class MissingArgumentError extends ArgumentError {
  override readonly name = 'MissingArgumentError';
  declare readonly code: -3;
}

/**
 * -4: an argument's value is not allowed. Of a number: there is no such order or certificate, or it is not the
 * account's.
 */
export class InvalidArgumentError extends ArgumentError {
  override readonly name = 'InvalidArgumentError';
  declare readonly code: -4;
}

/** -14: something went wrong in the service, or it has too much to do. Retried. */
export class UnknownServiceError extends AnsweredError {
  override readonly name = 'UnknownServiceError';
  override readonly isTransient = true;
  declare readonly code: -14;
}

/** -16: unknown login, wrong password, disabled account or too many failed logins; the service does not say which. */
export class PermissionDeniedError extends AnsweredError {
  override readonly name = 'PermissionDeniedError';
  declare readonly code: -16;
}

/** -17: the service holds that the request was not a POST; a proxy in front of it may have changed the method. */
export class NotPostError extends AnsweredError {
  override readonly name = 'NotPostError';
  declare readonly code: -17;
}

/**
 * -42: the account has sent as many requests as it may for now. Not of version 1.2; the live service answers so.
 * Retried with pauses of at least half of `retry.callLimitPause`, unless the service says how long to wait
 * (Retry-After).
 */
export class CallLimitError extends AnsweredError {
  override readonly name = 'CallLimitError';
  override readonly isTransient = true;
  declare readonly code: -42;
}

const CLASSES = new Map<number, new (answer: ErrorAnswer) => AnsweredError>([
  [-1, NotHttpsError],
  [-2, UnrecognisedArgumentError],
  [-3, MissingArgumentError],
  [-4, InvalidArgumentError],
  [-14, UnknownServiceError],
  [-16, PermissionDeniedError],
  [-17, NotPostError],
  [-42, CallLimitError],
]);

/** The error that stands for an answer. */
export function errorOf(answer: ErrorAnswer): AnsweredError {
  return new (CLASSES.get(answer.errorCode) ?? AnsweredError)(answer);
}

/**
 * Why there was no answer:
 *
 * - `timeout`: none in time
 * - `dns`: the host's name was not found
 * - `connection`: it was refused, reset or lost before an answer began
 * - `tls`: no encrypted connection, usually because the certificate is not trusted, has expired or is another host's
 * - `proxy`: the proxy was not reached, or did not open a connection to the service; `status` is what it answered, if
 *   it did
 * - `redirect`: the server points elsewhere, where a password is not sent after it
 * - `http-status`: an HTTP status other than 200 without an answer of this API, of a proxy for example
 * - `not-an-answer`: the content type is another, or there is no errorCode
 * - `truncated`: the answer ended before its end
 * - `too-large`: the answer is larger than `maxAnswerSize`
 */
export type TransportFailure =
  | 'timeout'
  | 'dns'
  | 'connection'
  | 'tls'
  | 'proxy'
  | 'redirect'
  | 'http-status'
  | 'not-an-answer'
  | 'truncated'
  | 'too-large';

/** These would be the same next time. */
const LASTING: readonly TransportFailure[] = ['tls', 'redirect', 'too-large'];

/** There was no answer of this API. `cause` is the error underneath, if any. */
export class TransportError extends OrderStatusError {
  override readonly name = 'TransportError';
  readonly isTransient: boolean;
  readonly reason: TransportFailure;
  /** The HTTP status, if one arrived. */
  readonly status?: number;

  /** @internal */
  constructor(
    reason: TransportFailure,
    message: string,
    {
      status,
      ...options
    }: ErrorOptions & { readonly status?: number | undefined; readonly retryAfter?: number | undefined } = {},
  ) {
    super(message, options);
    this.reason = reason;
    if (status !== undefined) this.status = status;
    this.isTransient =
      reason === 'http-status' || (reason === 'proxy' && status !== undefined)
        ? isTransientStatus(status)
        : !LASTING.includes(reason);
  }
}

function isTransientStatus(status = 0): boolean {
  return status >= 500 || status === 429 || status === 408;
}
