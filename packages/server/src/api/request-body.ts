/** Reading a request's body, and getting rid of one that is not wanted. */

import type { IncomingMessage, ServerResponse } from 'node:http';

/** The largest body that is read, in bytes. */
const BODY_LIMIT = 16 * 1024;

/** How long the rest of a refused body is waited for, in milliseconds. */
const DISCARD_TIMEOUT = 1000;

/** Whether a request announces a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Reads a body of at most {@link BODY_LIMIT} bytes, telling a caller who waits for leave to send it to go on.
 * `aborted`: the caller went away before the end of it.
 */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Buffer | 'too large' | 'aborted'> {
  const { headers } = request;
  if (Number(headers['content-length'] ?? 0) > BODY_LIMIT) return Promise.resolve('too large');
  if (headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const take = (chunk: Buffer) => {
      length += chunk.length;
      if (length <= BODY_LIMIT) {
        chunks.push(chunk);
        return;
      }
      request.off('data', take);
      request.pause();
      resolve('too large');
    };
    request.on('data', take);
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    // After 'end' these change nothing.
    request.on('error', () => resolve('aborted'));
    request.on('close', () => resolve('aborted'));
  });
}

/**
 * Throws away what is left of a body, at most {@link BODY_LIMIT} bytes. Closing a connection with unread bytes on
 * it resets it, and a reset can take the answer with it that the caller has not read yet; so a caller whose body
 * is larger still gets a moment to read. Resolves when the connection can be closed.
 */
export function discardBody(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) {
    request.resume();
    return Promise.resolve();
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, DISCARD_TIMEOUT);
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > BODY_LIMIT) request.pause();
  });
  request.on('end', resolve).on('error', resolve).on('close', resolve);
  // Reading may have been paused by whoever found the body too large.
  request.resume();
  return promise.finally(() => clearTimeout(timer));
}
