/** Checks that a webhook comes from who has its secret (Standard Webhooks specification). */

import { count } from '@cert-order-status/protocol';
import type { WebhookEvent } from './webhook-event.ts';

/** By how many seconds a request may be older, or newer, than this machine's clock, unless said otherwise. */
const TOLERANCE_SECONDS = 300;
/** How many signatures of a request are looked at. */
const SIGNATURES_LIMIT = 10;
const SECRET_PREFIX = 'whsec_';
const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const;

/** Why a request is no valid webhook. */
export type WebhookFailure =
  /** It lacks a header, or has one that is no valid value. */
  | 'invalid-headers'
  /** It is too old, or from the future: it may have been recorded and sent again. */
  | 'stale'
  /** None of the secrets has signed what has come: it was altered, or is of another sender. */
  | 'wrong-signature'
  /** It is signed, but no event. */
  | 'invalid-body';

/** A request is no valid webhook: respond with the status 400, and do nothing else. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
  readonly reason: WebhookFailure;

  /** @internal */
  constructor(reason: WebhookFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Headers as `fetch` has them, or as `node:http` does. */
export type WebhookHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** Options of {@link verifyWebhook}. */
export interface VerifyWebhookOptions {
  /** By how many seconds a request may be older, or newer, than this machine's clock; 300 unless given. */
  readonly toleranceSeconds?: number;
}

/**
 * Checks a webhook, and returns what it tells. A request that was recorded can be sent again within the tolerance: keep
 * the `id` of events for as long, and drop those that come again.
 *
 * @param rawBody the body as it came, byte for byte: parsed and written again it is another one.
 * @param secrets the endpoint's secret, `whsec_…`; while it is rotated also the other one.
 * @throws {WebhookVerificationError} with a `reason`.
 * @throws {TypeError} for a secret that is none.
 */
export async function verifyWebhook(
  headers: WebhookHeaders,
  rawBody: string | Uint8Array,
  secrets: string | readonly string[],
  { toleranceSeconds = TOLERANCE_SECONDS }: VerifyWebhookOptions = {},
): Promise<WebhookEvent> {
  const keys = [secrets].flat().map(keyOf);
  const id = header(headers, 'webhook-id');
  const timestamp = header(headers, 'webhook-timestamp');
  const signatures = header(headers, 'webhook-signature');
  if (!/^\d{1,12}$/.test(timestamp)) {
    throw new WebhookVerificationError('invalid-headers', 'the header webhook-timestamp is no time');
  }
  const ageSeconds = Date.now() / 1000 - Number(timestamp);
  if (!(Math.abs(ageSeconds) <= toleranceSeconds)) {
    const age = `${count(Math.abs(Math.round(ageSeconds)), 'second')} ${ageSeconds < 0 ? 'in the future' : 'ago'}`;
    throw new WebhookVerificationError('stale', `the request was signed ${age} by this machine's clock`);
  }
  const body = typeof rawBody === 'string' ? new TextEncoder().encode(rawBody) : rawBody;
  const signed = joined(new TextEncoder().encode(`${id}.${timestamp}.`), body);
  if (!(await isSigned(signed, signatures, keys))) {
    throw new WebhookVerificationError('wrong-signature', 'none of the secrets has signed the request');
  }
  return eventOf(id, body);
}

function header(headers: WebhookHeaders, name: string): string {
  const value = isHeaders(headers) ? headers.get(name) : ofRecord(headers, name);
  if (typeof value === 'string' && value !== '') return value;
  throw new WebhookVerificationError('invalid-headers', `the request lacks the header ${name}`);
}

function isHeaders(headers: WebhookHeaders): headers is { get(name: string): string | null } {
  return typeof headers['get'] === 'function';
}

/** In any letter case. */
function ofRecord(headers: object, name: string): unknown {
  return Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1];
}

function keyOf(secret: string): Uint8Array<ArrayBuffer> {
  const bytes = secret.startsWith(SECRET_PREFIX) ? fromBase64(secret.slice(SECRET_PREFIX.length)) : undefined;
  if (bytes !== undefined && bytes.length > 0) return bytes;
  throw new TypeError("a webhook's secret begins with whsec_, and is base64 behind that");
}

/** In constant time for each signature, as the platform compares. */
async function isSigned(
  signed: Uint8Array<ArrayBuffer>,
  signatures: string,
  keys: readonly Uint8Array<ArrayBuffer>[],
): Promise<boolean> {
  for (const signature of signatures.split(' ').slice(0, SIGNATURES_LIMIT)) {
    const bytes = signature.startsWith('v1,') ? fromBase64(signature.slice('v1,'.length)) : undefined;
    if (bytes === undefined) continue;
    for (const raw of keys) {
      const key = await crypto.subtle.importKey('raw', raw, HMAC, false, ['verify']);
      if (await crypto.subtle.verify(HMAC.name, key, bytes, signed)) return true;
    }
  }
  return false;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** What the sender has signed is taken as it is. */
function eventOf(id: string, body: Uint8Array): WebhookEvent {
  const event = { id, ...objectOf(body) };
  if (isEvent(event)) return event;
  throw new WebhookVerificationError(
    'invalid-body',
    'the body is no event: it has no type, timestamp and data',
  );
}

function objectOf(body: Uint8Array): object {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return typeof value === 'object' && value !== null ? value : {};
  } catch (cause) {
    throw new WebhookVerificationError('invalid-body', 'the body is not JSON', { cause });
  }
}

function isEvent(value: object): value is WebhookEvent {
  return (
    'type' in value &&
    typeof value.type === 'string' &&
    'timestamp' in value &&
    typeof value.timestamp === 'string' &&
    'data' in value &&
    typeof value.data === 'object' &&
    value.data !== null
  );
}
