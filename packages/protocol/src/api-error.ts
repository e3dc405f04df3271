/**
 * The seven error codes of the spec (section 2.2, errorCode), their texts letter for letter: -3 has no
 * exclamation mark, -17 has one.
 */

import type { ResponseFormat } from './api-revision.ts';
import { encodeFormText } from './form.ts';

/** Every error code of API version 1.2. */
export type ErrorCode = -1 | -2 | -3 | -4 | -14 | -16 | -17;

/** A response other than success. */
export interface ApiError {
  readonly errorCode: ErrorCode;
  readonly errorMessage: string;
}

/** The arguments of the API in the spec's spelling (section 1), and those of later revisions. */
export type ArgumentName =
  | 'loginName'
  | 'loginPassword'
  | 'orderNumber'
  | 'certificateID'
  | 'queryType'
  | 'showValidityPeriod'
  | 'responseFormat';

/** How many code points of an unrecognised argument's name are given back. */
const NAME_ECHO_LIMIT = 64;

/** -1: the request did not come over https. */
export const NOT_HTTPS: ApiError = { errorCode: -1, errorMessage: 'Request was not made over https!' };

/** -14: anything unforeseen. */
export const UNKNOWN_ERROR: ApiError = { errorCode: -14, errorMessage: 'An unknown error occurred!' };

/** -16: unknown login, wrong password, disabled account or throttled; not distinguishable from outside. */
export const PERMISSION_DENIED: ApiError = { errorCode: -16, errorMessage: 'Permission denied!' };

/** -17: the method is not POST. */
export const NOT_POST: ApiError = { errorCode: -17, errorMessage: 'Request used GET rather than POST!' };

/** -2: an argument that the API does not have. `name` is the decoded name as the client sent it. */
export function unrecognisedArgument(name: string): ApiError {
  const shown = Array.from(name.slice(0, 2 * NAME_ECHO_LIMIT))
    .slice(0, NAME_ECHO_LIMIT)
    .join('');
  return { errorCode: -2, errorMessage: `'${shown}' is an unrecognised argument!` };
}

/** -3: a required argument without a value. */
export function missingArgument(name: ArgumentName): ApiError {
  return { errorCode: -3, errorMessage: `The '${name}' argument is missing` };
}

/** -4: an argument whose value is not allowed, or a number that is not of the account. */
export function invalidArgument(name: ArgumentName): ApiError {
  return { errorCode: -4, errorMessage: `The value of the '${name}' argument is invalid!` };
}

/** The body of a response that is an error. A form is ASCII: as many bytes as characters. */
export function encodeApiError(
  { errorCode, errorMessage }: ApiError,
  format: ResponseFormat = 'form',
): string {
  if (format === 'json') return JSON.stringify({ errorCode, errorMessage });
  return `errorCode=${errorCode}&errorMessage=${encodeFormText(errorMessage)}`;
}
