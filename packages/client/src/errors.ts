/** The errors of a request: an error code of the service, or no response. */

import type { DecodedResponse, ExtraParameters } from '@cert-order-status/protocol';

/** The base class of all errors of a request. */
export abstract class OrderStatusError extends Error {
  /** Whether the same request may succeed later: such errors are retried. */
  abstract readonly isTransient: boolean;
  /** The service asked not to be asked again for so long (Retry-After), in milliseconds. */
  readonly retryAfterMs?: number;

  /** @internal */
  constructor(
    message: string,
    { retryAfterMs, ...options }: ErrorOptions & { readonly retryAfterMs?: number | undefined },
  ) {
    super(message, options);
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}

/** A response that is an error. */
export interface ErrorResponse extends Pick<Extract<DecodedResponse, { kind: 'error' }>, 'errorCode'> {
  readonly errorMessage?: string | undefined;
  readonly argument?: string | undefined;
  readonly extra?: ExtraParameters | undefined;
  readonly retryAfterMs?: number | undefined;
}

/**
 * The service answered with an error code. The seven codes of the API and -42 have a class each; an error of exactly
 * this class has another server's own code.
 */
export class ErrorCodeError extends OrderStatusError {
  override readonly name: string = 'ErrorCodeError';
  readonly isTransient: boolean = false;
  /** The errorCode (spec, section 2.2). */
  readonly code: number;
  /** The errorMessage as the server wrote it; texts differ between servers, codes do not. */
  readonly serverMessage?: string;
  /** Everything else that the response held, such as `errorItem` and `errorDetail`, by name. */
  readonly extra?: ExtraParameters;

  /** @internal */
  constructor({ errorCode, errorMessage, extra, retryAfterMs }: ErrorResponse) {
    super(
      errorMessage === undefined
        ? `the service answered with error code ${errorCode}`
        : `${errorMessage} (error code ${errorCode})`,
      { retryAfterMs },
    );
    this.code = errorCode;
    if (errorMessage !== undefined) this.serverMessage = errorMessage;
    if (extra !== undefined) this.extra = extra;
  }
}

/** -1: the service holds that the request did not come over https; a proxy in front of it may not say so. */
export class NotHttpsError extends ErrorCodeError {
  override readonly name = 'NotHttpsError';
  declare readonly code: -1;
}

/** An error about one argument. */
abstract class ArgumentError extends ErrorCodeError {
  /** The argument that the server's message names, if it does: the first text between apostrophes. */
  readonly argument?: string;

  /** @internal */
  constructor(answer: ErrorResponse) {
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
export class UnknownServiceError extends ErrorCodeError {
  override readonly name = 'UnknownServiceError';
  override readonly isTransient = true;
  declare readonly code: -14;
}

/** -16: unknown login, wrong password, disabled account or too many failed logins; the service does not say which. */
export class PermissionDeniedError extends ErrorCodeError {
  override readonly name = 'PermissionDeniedError';
  declare readonly code: -16;
}

/** -17: the service holds that the request was not a POST; a proxy in front of it may have changed the method. */
export class NotPostError extends ErrorCodeError {
  override readonly name = 'NotPostError';
  declare readonly code: -17;
}

/**
 * -42: the account has sent as many requests as it may for now. Not of version 1.2; the live service answers so.
 * Retried with pauses of at least half of `retry.callLimitPause`, unless the service says how long to wait
 * (Retry-After).
 */
export class CallLimitError extends ErrorCodeError {
  override readonly name = 'CallLimitError';
  override readonly isTransient = true;
  declare readonly code: -42;
}

const CLASSES = new Map<number, new (answer: ErrorResponse) => ErrorCodeError>([
  [-1, NotHttpsError],
  [-2, UnrecognisedArgumentError],
  [-3, MissingArgumentError],
  [-4, InvalidArgumentError],
  [-14, UnknownServiceError],
  [-16, PermissionDeniedError],
  [-17, NotPostError],
  [-42, CallLimitError],
]);

/** The error of an error response. */
export function errorOf(answer: ErrorResponse): ErrorCodeError {
  return new (CLASSES.get(answer.errorCode) ?? ErrorCodeError)(answer);
}

/**
 * Why there was no response:
 *
 * - `timeout`: none in time
 * - `dns`: the host's name was not found
 * - `connection`: it was refused, reset or lost before a response began
 * - `tls`: no encrypted connection, usually because the certificate is not trusted, has expired or is another host's
 * - `proxy`: the proxy was not reached, or did not open a connection to the service; `status` is what it answered, if
 *   it did
 * - `redirect`: the server points elsewhere, where a password is not sent after it
 * - `http-status`: an HTTP status other than 200 without a response of this API, of a proxy for example
 * - `not-a-response`: the content type is another, or there is no errorCode
 * - `truncated`: the response ended before its end
 * - `too-large`: the response is larger than `maxResponseBytes`
 */
export type TransportFailure =
  | 'timeout'
  | 'dns'
  | 'connection'
  | 'tls'
  | 'proxy'
  | 'redirect'
  | 'http-status'
  | 'not-a-response'
  | 'truncated'
  | 'too-large';

/** These would be the same next time. */
const LASTING: readonly TransportFailure[] = ['tls', 'redirect', 'too-large'];

/** There was no response of this API. `cause` is the underlying error, if any. */
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
    }: ErrorOptions & {
      readonly status?: number | undefined;
      readonly retryAfterMs?: number | undefined;
    } = {},
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
