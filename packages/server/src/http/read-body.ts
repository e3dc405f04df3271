/** Reading the whole body of a request. */

import type { IncomingMessage } from 'node:http';
import { GrowingBuffer } from '../growing-buffer.ts';

/** A body, or why there is none: it is larger than allowed, or the client went away before the end of it. */
export type ReceivedBody = Buffer | 'too large' | 'aborted';

const EMPTY = Buffer.alloc(0);

/**
 * Reads a body of at most so many bytes. `too large` comes before the body if its length is announced, and leaves the
 * rest of it unread; `aborted`: the client went away before the end of it.
 */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<ReceivedBody> {
  const announcedBytes = Number(request.headers['content-length'] ?? 0);
  if (announcedBytes > limitBytes) return Promise.resolve('too large');
  const { promise, resolve } = Promise.withResolvers<ReceivedBody>();
  /** A body in one piece, as most are, is not copied. */
  let whole: Buffer | undefined;
  let pieces: GrowingBuffer | undefined;
  const take = (piece: Buffer) => {
    if (piece.length === announcedBytes) {
      whole = piece;
      return;
    }
    pieces ??= new GrowingBuffer();
    if (pieces.length + piece.length <= limitBytes) {
      pieces.add(piece);
      return;
    }
    request.off('data', take);
    request.pause();
    resolve('too large');
  };
  request.on('data', take);
  request.on('end', () => resolve(whole ?? pieces?.take() ?? EMPTY));
  // Without a listener for errors, a client that goes away causes no other event. After 'end' this changes nothing.
  request.on('close', () => resolve('aborted'));
  return promise;
}
