/** Reading a request's body. */

import type { IncomingMessage, ServerResponse } from 'node:http';

/** The largest body that is read, in bytes. */
export const BODY_LIMIT = 16 * 1024;

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
