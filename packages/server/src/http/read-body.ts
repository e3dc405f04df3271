/** Reading the whole body of a request. */

import type { IncomingMessage } from 'node:http';
import { GrowingBuffer } from '../growing-buffer.ts';

/**
 * Reads a body of at most so many bytes. `too large` comes before the body if its length is announced, and leaves the
 * rest of it unread; `aborted`: the client went away before the end of it.
 */
export function readBody(
  request: IncomingMessage,
  limitBytes: number,
): Promise<Buffer | 'too large' | 'aborted'> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return Promise.resolve('too large');
  return new Promise((resolve) => {
    const body = new GrowingBuffer();
    const take = (chunk: Buffer) => {
      if (body.length + chunk.length <= limitBytes) {
        body.add(chunk);
        return;
      }
      request.off('data', take);
      request.pause();
      resolve('too large');
    };
    request.on('data', take);
    request.on('end', () => resolve(body.take()));
    // After 'end' these change nothing.
    request.on('error', () => resolve('aborted'));
    request.on('close', () => resolve('aborted'));
  });
}
