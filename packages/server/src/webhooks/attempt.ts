/** One attempt to deliver an event. */

import type { History } from '../orders/history.ts';
import type { OrderViews } from '../orders/order-views.ts';
import type { OutboundClient } from '../outbound/outbound-client.ts';
import { OutboundError } from '../outbound/outbound-error.ts';
import { retryAfterMs } from '../outbound/retry-after.ts';
import { SecretUnavailable } from '../secrets/secret-unavailable.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { eventBody, pingBody } from './event-body.ts';
import { signedHeaders } from './signature.ts';
import type { Attempt, DueEndpoint, DueEvent } from './webhook-queue.ts';

/** How long a receiver may take, in milliseconds. */
const ATTEMPT_TIMEOUT_MS = 15_000;
/** How much of a response is kept. */
const RESPONSE_KEPT_BYTES = 1024;
/** An order with more certificates is told without them: reading them would cost too much an event. */
const CERTIFICATES_READ = 1000;

const GONE = 410;

/** What attempts are made with. */
export interface AttemptParts {
  readonly store: {
    readonly history: Pick<History, 'at'>;
    readonly orderViews: Pick<OrderViews, 'part'>;
  };
  readonly secrets: Pick<Secrets, 'get'>;
  readonly outbound: Pick<OutboundClient, 'request'>;
}

/** What has come of an attempt. */
export type AttemptResult =
  | { readonly kind: 'delivered'; readonly attempt: Attempt }
  | {
      readonly kind: 'failed';
      readonly attempt: Attempt;
      /** How long the response asks to wait. */
      readonly retryAfterMs?: number | undefined;
      /** The receiver wants no more events at all. */
      readonly isGone: boolean;
    }
  /** There is nothing to tell any more: the change, or its order, was deleted. */
  | { readonly kind: 'deleted'; readonly attempt: Attempt }
  /** The endpoint's secret cannot be had. The attempt says why: to customers without where the keys are. */
  | {
      readonly kind: 'no secret';
      readonly attempt: Attempt & { readonly error: string; readonly errorForCustomers: string };
    }
  /** Not sent for want of a free connection here. */
  | { readonly kind: 'busy' };

/**
 * Sends an event once.
 *
 * @throws the signal's reason when it is aborted; what the store throws.
 */
export async function attemptEvent(
  parts: AttemptParts,
  { endpointID, url, createdBy }: DueEndpoint,
  event: DueEvent,
  signal: AbortSignal,
): Promise<AttemptResult> {
  const atMs = Date.now();
  const body = await bodyOf(parts, event);
  if (body === undefined) {
    const error = 'the change or its order was deleted';
    return { kind: 'deleted', attempt: { atMs, durationMs: 0, error, errorForCustomers: error } };
  }
  // Before the secrets are read: so what is signed after an endpoint was deleted is none of its events.
  const timestampSeconds = Math.floor(Date.now() / 1000);
  const secrets = await secretsOf(parts, endpointID);
  if ('error' in secrets) return { kind: 'no secret', attempt: { atMs, durationMs: 0, ...secrets } };
  const begunMs = performance.now();
  const durationMs = () => Math.round(performance.now() - begunMs);
  try {
    const response = await parts.outbound.request({
      url,
      isOperators: createdBy === 'operator',
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'cert-order-status',
        ...signedHeaders({ eventID: event.eventID, timestampSeconds, body }, secrets),
      },
      body,
      timeoutMs: ATTEMPT_TIMEOUT_MS,
      responseLimitBytes: RESPONSE_KEPT_BYTES,
      cutsResponse: true,
      signal,
    });
    const { status, headers } = response;
    // No text of a database holds U+0000.
    const text = Buffer.from(response.body).toString().replaceAll('\u0000', '\ufffd');
    const attempt = { atMs, status, durationMs: durationMs(), response: text };
    if (status >= 200 && status < 300) return { kind: 'delivered', attempt };
    const error = `HTTP status ${status}${status >= 300 && status < 400 ? ', and redirects are not followed' : ''}`;
    return {
      kind: 'failed',
      attempt: { ...attempt, error, errorForCustomers: error },
      retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()),
      isGone: status === GONE,
    };
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    if (error.code === 'busy') return { kind: 'busy' };
    const { message, customerMessage: errorForCustomers } = error;
    const attempt = { atMs, durationMs: durationMs(), error: message, errorForCustomers };
    return { kind: 'failed', attempt, isGone: false };
  }
}

async function bodyOf({ store }: AttemptParts, event: DueEvent): Promise<string | undefined> {
  if (event.type === 'ping') return pingBody(new Date(event.madeMs).toISOString());
  const change = await store.history.at(event.cursor);
  const part = await store.orderViews.part(event.orderNumber, { from: 0, limit: CERTIFICATES_READ });
  return change && part && eventBody(event, change, part);
}

/** What customers are told of a secret that cannot be read. */
const UNREADABLE = 'the secret cannot be read now; those who run the service find the reason in its log';

/** The secrets that sign, or why there is none. */
async function secretsOf(
  { secrets }: AttemptParts,
  endpointID: string,
): Promise<readonly string[] | { readonly error: string; readonly errorForCustomers: string }> {
  try {
    const found = await secrets.get({ purpose: 'webhook', owner: endpointID });
    const error = 'its secret is missing: rotate it';
    return found.length > 0 ? found : { error, errorForCustomers: error };
  } catch (error) {
    if (!(error instanceof SecretUnavailable)) throw error;
    return { error: error.message, errorForCustomers: UNREADABLE };
  }
}
