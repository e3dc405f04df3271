/** What every route of the management API has in common. */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { canonicalNumber } from '@cert-order-status/protocol';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type TSchema, Type } from 'typebox';
import type { TokenScope } from '../accounts/tokens.ts';
import type { OnLimit } from '../limits.ts';
import type { Author } from '../orders/change.ts';
import type { StoredOrder } from '../orders/change-request.ts';
import type { ChangeWatch } from '../orders/change-watch.ts';
import type { Store } from '../store/store.ts';
import { etagOf } from './preconditions.ts';
import { invalidParameter, PROBLEMS, type ProblemKind } from './problem.ts';

export type Api = FastifyInstance<
  Server,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What the routes work with. */
export interface RouteParts {
  readonly store: Store;
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
  const byStatus = new Map<number, string[]>();
  for (const kind of [...always, ...problems]) {
    const { status, title } = PROBLEMS[kind];
    byStatus.set(status, [...(byStatus.get(status) ?? []), `${kind}: ${title}.`]);
  }
  const documents = [...byStatus].map(([status, lines]) => {
    const content = { 'application/problem+json': { schema: Type.Ref('Problem#') } };
    return [status, { description: lines.join(' '), content }];
  });
  return { ...Object.fromEntries(documents), ...good };
}

/** Responds with an order as it is now. */
export function sendOrder(reply: FastifyReply, status: number, { record, version, changed }: StoredOrder) {
  return reply
    .code(status)
    .header('ETag', etagOf(version))
    .header('Last-Modified', new Date(changed).toUTCString())
    .send(record);
}

/** A number of the URL in canonical form. */
export function numberOf(name: string, text: string): string {
  const number = canonicalNumber(text, text.length);
  if (number === undefined) throw invalidParameter(name, 'must be at least 1');
  return number;
}
