/** Reading a request's body. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from './read-body.ts';

/** The largest body that is read, in bytes. */
export const BODY_LIMIT = 16 * 1024;

/** Whether a request announces a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Reads the body, telling a client who waits for leave to send it to go on, unless it is too large. */
export function readRequestBody(
  request: IncomingMessage,
  response: ServerResponse,
): ReturnType<typeof readBody> {
  const { headers } = request;
  const mayCome = Number(headers['content-length'] ?? 0) <= BODY_LIMIT;
  if (mayCome && headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
  return readBody(request, BODY_LIMIT);
}
