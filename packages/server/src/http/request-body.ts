/** Reading a request's body. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ReceivedBody, readBody } from './read-body.ts';

/** The largest body that is read, in bytes. */
export const BODY_LIMIT_BYTES = 16 * 1024;

/** Whether a request announces a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Tells a client that waits for leave to send its body (`Expect: 100-continue`, RFC 9110, section 10.1.1) to send it;
 * to be called where the body is going to be read. Nothing is sent to clients of HTTP/1.0, which know no response but
 * the final one.
 */
export function allowBody(request: IncomingMessage, response: ServerResponse): void {
  const { expect } = request.headers;
  if (expect === undefined || expect.toLowerCase() !== '100-continue') return;
  if (request.httpVersion !== '1.0' && hasBody(request)) response.writeContinue();
}

/** Reads the body, telling a client that waits for leave to send it to go on, unless it is too large. */
export function readRequestBody(request: IncomingMessage, response: ServerResponse): Promise<ReceivedBody> {
  const { headers } = request;
  if (headers.expect !== undefined && Number(headers['content-length'] ?? 0) <= BODY_LIMIT_BYTES)
    allowBody(request, response);
  return readBody(request, BODY_LIMIT_BYTES);
}
