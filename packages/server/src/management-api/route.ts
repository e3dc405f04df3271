/** What every route of the management API has in common. */

import { canonicalNumber } from '@cert-order-status/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TSchema } from 'typebox';
import type { TokenScope } from '../accounts/tokens.ts';
import { responsesWith } from '../json-api/json-api.ts';
import { invalidParameter, type ProblemKind } from '../json-api/problem.ts';
import type { OnLimit } from '../limits.ts';
import { type Author, type Change, observedAtOf } from '../orders/change.ts';
import type { StoredOrder } from '../orders/change-request.ts';
import type { ChangeWatch } from '../orders/change-watch.ts';
import type { Store } from '../store/store.ts';
import type { UpstreamAdmin } from '../upstreams/upstream-admin.ts';
import type { WebhookAdmin } from '../webhooks/webhook-admin.ts';
import { etagOf } from './preconditions.ts';

/** What the routes work with. */
export interface RouteParts {
  readonly store: Store;
  readonly webhooks: WebhookAdmin;
  readonly upstreams: UpstreamAdmin;
  readonly watch: ChangeWatch;
  readonly onLimit: OnLimit;
  /** Receives the time from a change to its delivery to a waiting client, in seconds. */
  readonly onHandedOn: (seconds: number) => void;
  /**
   * For requests that take their time: to be called before anything is changed, and after what is handed out was read.
   *
   * @throws {NotAuthenticated} when the request's token is not valid any more.
   */
  readonly confirmToken: (request: FastifyRequest) => Promise<void>;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope that a token needs for this route; a route without one is never served. */
    scope?: TokenScope;
  }
  interface FastifyRequest {
    /** Who makes the request; set before anything of it is read. */
    author: Author;
    /** The body had not come in as a whole when the token was checked. */
    isBodyAwaited: boolean;
  }
}

/**
 * The problems that every body can have, also one that a route does not want; a route that reads it has
 * `invalid-record`, too.
 */
export const BODY_PROBLEMS = ['malformed-request', 'too-large', 'unsupported-media-type'] as const;

/** The JSON responses of a route for its description: successful ones, and its problems. */
export function responses(
  good: Readonly<Record<number, TSchema>>,
  ...problems: readonly ProblemKind[]
): Record<number, TSchema> {
  const always: readonly ProblemKind[] = [
    'unauthorized',
    'insufficient-scope',
    'invalid-parameter',
    'too-many-failures',
    'internal-error',
    'database-busy',
    'database-unavailable',
  ];
  return responsesWith(good, [...always, ...problems]);
}

/** Responds with an order as it is now. */
export function sendOrder(reply: FastifyReply, status: number, order: StoredOrder) {
  const { version, changed } = order;
  return reply
    .code(status)
    .header('ETag', etagOf(version))
    .header('Last-Modified', new Date(changed).toUTCString())
    .send(shownOrder(order));
}

/** An order as responses have it. */
export function shownOrder({
  record,
  following,
}: StoredOrder): StoredOrder['record'] & Pick<StoredOrder, 'following'> {
  return { ...record, following };
}

/** A change as responses have it. */
export function shownChange(change: Change): Change & { readonly observedAt?: string | undefined } {
  return { ...change, observedAt: observedAtOf(change) };
}

/** A number of the URL in canonical form. */
export function numberOf(name: string, text: string): string {
  const number = canonicalNumber(text, text.length);
  if (number === undefined) throw invalidParameter(name, 'must be at least 1');
  return number;
}
