/** Reading responses: what is refused, and how much of a body is read. */

import { interrupted } from './connection-failure.ts';
import { TransportError } from './errors.ts';

/** @throws TransportError for a response that points elsewhere, where credentials are not sent after it. */
export function refuseRedirect(response: Response, endpoint: URL): void {
  if (!isRedirect(response)) return;
  throw new TransportError(
    'redirect',
    `${endpoint.host} redirects elsewhere, where the password is not sent after it: is the base URL right?`,
    { status: response.status },
  );
}

/** Whether a response points elsewhere, or comes from there. */
function isRedirect({ status, type, redirected }: Response): boolean {
  return type === 'opaqueredirect' || redirected || (status >= 300 && status < 400);
}

/**
 * Reads a body.
 *
 * @param limit of the body, in bytes.
 * @throws TransportError when it is larger or cut off; or the reason with which the signal was aborted.
 */
export async function readBody(response: Response, limit: number, signal: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // Leaving the loop cancels the stream.
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > limit) {
        throw new TransportError('too-large', `the answer is larger than ${limit} bytes`, {
          status: response.status,
        });
      }
      chunks.push(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof TransportError ? error : interrupted(error);
  }
  const body = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}

/** A body that is not read must not keep the connection busy. */
export function releaseBody(response: Response): void {
  if (!response.bodyUsed) void response.body?.cancel().catch(() => {});
}
