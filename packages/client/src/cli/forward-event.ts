/** Sends an event to a program under development, signed as the service signs its webhooks. */

import { createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connectionFailure } from '../connection-failure.ts';

/** How long the program may take, as long as a receiver of webhooks. */
const FORWARD_TIMEOUT_MS = 15_000;

/** An event, ready to be signed. */
interface EventMessage {
  readonly id: string;
  readonly body: string;
}

/** What came of it: the status of the response, or why there is none. */
export interface Forwarded {
  readonly status?: number;
  readonly failure?: string;
  readonly durationMs: number;
}

/**
 * Sends an event once. Redirects are not followed, and what the response holds is not read.
 *
 * @param target http or https.
 * @throws the signal's reason when it is aborted.
 */
export async function forwardEvent(
  target: URL,
  key: Buffer,
  message: EventMessage,
  signal: AbortSignal,
  timeoutMs = FORWARD_TIMEOUT_MS,
): Promise<Forwarded> {
  const begunMs = performance.now();
  const durationMs = () => Math.round(performance.now() - begunMs);
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const status = await post(target, key, message, AbortSignal.any([signal, timeout]));
    return { status, durationMs: durationMs() };
  } catch (error) {
    signal.throwIfAborted();
    const failure = timeout.aborted
      ? `no response within ${timeoutMs / 1000} s`
      : connectionFailure(target, error).message;
    return { failure, durationMs: durationMs() };
  }
}

function post(target: URL, key: Buffer, { id, body }: EventMessage, signal: AbortSignal): Promise<number> {
  const timestampSeconds = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', key).update(`${id}.${timestampSeconds}.${body}`).digest('base64');
  const headers = {
    'Content-Type': 'application/json',
    'User-Agent': 'cert-order-status',
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': `v1,${signature}`,
  };
  const send = target.protocol === 'http:' ? httpRequest : httpsRequest;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  // A connection of its own: one that is kept would break whenever the program is started anew.
  const request = send(target, { method: 'POST', headers, signal, agent: false }, (response) => {
    // The status has told all that matters.
    response.on('error', () => {});
    response.resume();
    resolve(response.statusCode ?? 0);
  });
  request.on('error', reject);
  request.end(body);
  return promise;
}
