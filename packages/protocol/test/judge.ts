/** Requests as they come over the wire, and what is answered to them. */

import assert from 'node:assert/strict';
import { type ApiError, encodeApiError, readStatusRequest, type StatusRequest } from '../src/index.ts';

function judge(body: string) {
  return readStatusRequest(new TextEncoder().encode(body));
}

/** The request that a good body holds. */
export function accepted(body: string): StatusRequest {
  const result = judge(body);
  assert.ok(result.ok, `refused: ${JSON.stringify(result)}`);
  return result.request;
}

function refused(body: string): ApiError {
  const result = judge(body);
  assert.ok(!result.ok, `not refused: ${JSON.stringify(result)}`);
  return result.error;
}

/** The code and the text that refuse a body: `-16 Permission denied!`. */
export function refusal(body: string): string {
  const { errorCode, errorMessage } = refused(body);
  return `${errorCode} ${errorMessage}`;
}

/** The same as it goes over the wire. */
export function refusalBody(body: string): string {
  return encodeApiError(refused(body));
}
