/** Getting rid of what is left of a request's body that is not wanted. */

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** How much of an unwanted body is read, and for how long, before its connection is closed. */
export interface DiscardLimits {
  readonly bytes: number;
  readonly timeoutMs: number;
}

/**
 * Throws away what is left of a body. Closing a connection with unread bytes on it resets it, and a reset can take the
 * response with it that the client has not read yet; so a client whose body is larger still gets its time to read,
 * though nothing more is read of it. Resolves when the connection can be closed.
 *
 * @param socket of the request, which has none any more when its reader gave it up.
 */
export function discardBody(request: IncomingMessage, socket: Socket, limits: DiscardLimits): Promise<void> {
  if (request.complete || socket.destroyed) {
    request.resume();
    return Promise.resolve();
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limits.timeoutMs);
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > limits.bytes) request.pause();
  });
  request.on('end', resolve).on('error', resolve).on('close', resolve);
  // Reading may have been paused where the body was found too large.
  request.resume();
  return promise.finally(() => clearTimeout(timer));
}
