/** A page of the change feed, and the changes in it. What is read is checked: a service may send anything. */

import { type OrderRecord, parseJson } from '@cert-order-status/protocol';
import { TransportError } from '../errors.ts';

/** What a field of an order has become. */
export interface FieldChange {
  /** The number within the order of the certificate that it is about, from 1; left out for the order itself. */
  readonly certificate?: number;
  /** The certificate's ID, if it has one. */
  readonly certificateID?: string;
  /** The field's name, such as `dcvStatus`; `certificates` stands for a certificate that was added. */
  readonly field: string;
  /** Left out when the field is no longer there. */
  readonly after?: unknown;
}

/** A change of one of the account's orders, as the feed has it. */
export type OrderChange = {
  /** Its place in the feed: pass it as `after` to go on behind this change. Opaque. */
  readonly cursor: string;
  readonly orderNumber: string;
  /** The order's version since this change. */
  readonly version: number;
  /** When it was made, in RFC 3339. */
  readonly at: string;
  /**
   * Of an order that the service follows at a certificate authority: when the change was observed there, in RFC 3339.
   * It was made at some time before.
   */
  readonly observedAt?: string;
} & (
  | {
      readonly kind: 'created';
      /** The order, without personal data. */
      readonly order: OrderRecord;
    }
  | { readonly kind: 'changed'; readonly differences: readonly FieldChange[] }
);

/** Some changes, and the place after them. */
export interface FeedPage {
  readonly changes: readonly OrderChange[];
  readonly cursor: string;
}

/** What a cursor may consist of, to be part of a URL as it is: 1 to 256 characters. */
const CURSOR = /^[A-Za-z0-9._~-]{1,256}$/;

/** Whether a text can be a cursor. */
export function isCursor(text: unknown): text is string {
  return typeof text === 'string' && CURSOR.test(text);
}

/**
 * A page of what a response holds as JSON.
 *
 * @throws TransportError when it is none.
 */
export function readFeedPage(page: unknown): FeedPage {
  if (!isObject(page) || !Array.isArray(page['changes'])) throw notAPage('holds no list of changes');
  const { changes, cursor } = page;
  if (!isCursor(cursor)) throw notAPage('holds no cursor');
  if (!changes.every(isChange)) throw notAPage('holds a change that has not the form of one');
  return { changes, cursor };
}

function notAPage(why: string): TransportError {
  return new TransportError('not-a-response', `the response of the change feed ${why}`);
}

function isChange(value: unknown): value is OrderChange {
  if (!isObject(value)) return false;
  const { cursor, orderNumber, version, at, observedAt, kind, order, differences } = value;
  if (!isCursor(cursor) || typeof orderNumber !== 'string' || !Number.isSafeInteger(version)) return false;
  if (typeof at !== 'string' || (observedAt !== undefined && typeof observedAt !== 'string')) return false;
  if (kind === 'created') {
    return isObject(order) && Array.isArray(order['certificates']) && order['certificates'].every(isObject);
  }
  return kind === 'changed' && Array.isArray(differences) && differences.every(isFieldChange);
}

function isFieldChange(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { certificate, certificateID, field } = value;
  return (
    typeof field === 'string' &&
    (certificate === undefined || Number.isSafeInteger(certificate)) &&
    (certificateID === undefined || typeof certificateID === 'string')
  );
}

/** A problem document's kind and detail, as far as there are any. */
export function readProblem(body: Uint8Array): { readonly type?: string; readonly detail?: string } {
  const json = parseJson(new TextDecoder().decode(body));
  if (!json.ok || !isObject(json.value)) return {};
  const { type, detail } = json.value;
  return {
    type: typeof type === 'string' ? type.slice(type.lastIndexOf(':') + 1) : undefined,
    detail: typeof detail === 'string' ? detail : undefined,
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
