/** The real service with its management API, and tokens of each scope. */

import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders } from 'node:http';
import type { Agent } from 'node:https';
import type { TestContext } from 'node:test';
import { digestOfSecret } from '../../src/accounts/secret.ts';
import { newToken } from '../../src/accounts/token-admin.ts';
import { TOKEN_SCOPES, type TokenScope } from '../../src/accounts/tokens.ts';
import { openStore } from '../../src/store/open-store.ts';
import {
  type HttpAnswer,
  type RunningService,
  type RunOptions,
  runService,
  sendRequest,
} from '../running-service.ts';

const NAMES = { read: 'reader', write: 'writer', admin: 'admin' } as const satisfies Record<
  TokenScope,
  string
>;

/** A request to the management API. */
export interface ManagementRequest {
  /** `write` unless said otherwise; null for none at all. */
  readonly token?: string | null;
  readonly headers?: OutgoingHttpHeaders;
  /** What is not a text becomes JSON. */
  readonly body?: unknown;
  readonly type?: string;
  readonly scheme?: 'https' | 'http';
  /** Keeps connections for those who send many requests. */
  readonly agent?: Agent;
}

/** An answer, with its body as JSON if it is JSON. */
interface ManagementAnswer extends HttpAnswer {
  // biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects there
  readonly json: any;
}

/** A service whose management API can be asked. */
export interface ManagedService extends RunningService {
  readonly tokens: Readonly<Record<TokenScope, string>>;
  /** For example `manage('GET /v1/orders')`. */
  manage(route: string, request?: ManagementRequest): Promise<ManagementAnswer>;
}

/** Starts a service with an empty order database unless the options say otherwise. */
export async function runManagedService(t: TestContext, options: RunOptions = {}): Promise<ManagedService> {
  const service = await runService(t, {
    orders: [],
    ...options,
    settings: { managementPort: 0, ...options.settings },
  });
  const tokens = Object.fromEntries(TOKEN_SCOPES.map((scope) => [scope, newToken()])) as Record<
    TokenScope,
    string
  >;
  const store = await openStore(service.database, 'write');
  for (const scope of TOKEN_SCOPES) {
    await store.tokens.add({ name: NAMES[scope], scope, digest: digestOfSecret(tokens[scope]) });
  }
  await store.close();
  return Object.assign(service, {
    tokens,
    manage: (route: string, request?: ManagementRequest) =>
      sendManagementRequest(service.managementPort ?? 0, route, { token: tokens.write, ...request }),
  });
}

/** Sends one request on a connection of its own. */
async function sendManagementRequest(
  port: number,
  route: string,
  { token, headers = {}, body, type = 'application/json', scheme = 'https', agent }: ManagementRequest,
): Promise<ManagementAnswer> {
  const [, method = '', path = ''] = /^([A-Z]+) (.*)$/.exec(route) ?? assert.fail(route);
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const answer = await sendRequest({
    scheme,
    port,
    method,
    path,
    headers: {
      ...(typeof token === 'string' && { Authorization: `Bearer ${token}` }),
      ...(text !== undefined && { 'Content-Type': type }),
      ...headers,
    },
    body: text ?? '',
    ...(agent !== undefined && { agent }),
  });
  const isJson = /^application\/(?:problem\+)?json/.test(String(answer.headers['content-type']));
  return { ...answer, json: isJson && answer.body !== '' ? JSON.parse(answer.body) : undefined };
}
