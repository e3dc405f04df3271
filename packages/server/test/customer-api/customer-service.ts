/** The real service with an API token of its account, and what a customer's program does with it. */

import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders } from 'node:http';
import type { Agent } from 'node:https';
import type { TestContext } from 'node:test';
import { AccountTokenAdmin } from '../../src/accounts/account-token-admin.ts';
import { openStore } from '../../src/store/open-store.ts';
import {
  ACME,
  type HttpAnswer,
  type RunningService,
  type RunOptions,
  runService,
  sendRequest,
} from '../running-service.ts';

/** A change as the feed has it. */
export interface SeenChange {
  readonly cursor: string;
  readonly orderNumber: string;
  readonly version: number;
  readonly kind: string;
  readonly at: string;
  readonly observedAt?: string;
  readonly order?: Record<string, unknown>;
  readonly differences?: readonly Record<string, unknown>[];
}

/** A response, with its body as JSON. */
export interface FeedAnswer extends HttpAnswer {
  // biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects there
  readonly json: any;
}

/** How a request is sent; with the token of {@link ACME} unless said otherwise. */
export interface FeedRequest {
  /** The Authorization header; null for none. */
  readonly authorization?: string | null;
  readonly headers?: OutgoingHttpHeaders;
  readonly port?: number;
  readonly scheme?: 'https' | 'http';
  readonly agent?: Agent;
  readonly method?: string;
}

/** A service whose feed can be followed. */
export interface CustomerService extends RunningService {
  readonly token: string;
  /** For example `get('/v1/changes?wait=1')`. */
  get(path: string, request?: FeedRequest): Promise<FeedAnswer>;
}

/**
 * Starts a service with an empty order database unless the options say otherwise.
 *
 * @param options.token one that the account has already; a new one when left out.
 */
export async function runCustomerService(
  t: TestContext,
  options: RunOptions & { readonly token?: string } = {},
): Promise<CustomerService> {
  const service = await runService(t, { orders: [], ...options });
  const token = options.token ?? (await newAccountToken(service.database));
  return Object.assign(service, {
    token,
    get: (path: string, request: FeedRequest = {}) =>
      getFeed(path, { port: service.port, authorization: `Bearer ${token}`, ...request }),
  });
}

/** Makes a token of an account. */
export async function newAccountToken(
  database: string,
  loginName: string = ACME.loginName,
  name = 'watcher',
): Promise<string> {
  const store = await openStore(database, 'write');
  const created = await new AccountTokenAdmin(store).create(loginName, { name, expiresAtMs: undefined });
  await store.close();
  return created.token;
}

/** The header with login and password. */
export function basic(loginName: string, loginPassword: string): string {
  return `Basic ${Buffer.from(`${loginName}:${loginPassword}`).toString('base64')}`;
}

/** Sends one request. */
export async function getFeed(
  path: string,
  { authorization = null, headers = {}, port = 0, scheme = 'https', agent, method = 'GET' }: FeedRequest,
): Promise<FeedAnswer> {
  const given = { ...(authorization !== null && { Authorization: authorization }), ...headers };
  const answer = await sendRequest({
    scheme,
    port,
    method,
    path,
    headers: given,
    body: '',
    ...(agent !== undefined && { agent }),
  });
  const isJson = /^application\/(?:problem\+)?json/.test(String(answer.headers['content-type']));
  return { ...answer, json: isJson && answer.body !== '' ? JSON.parse(answer.body) : undefined };
}

/** Reads all there is after a cursor; from the start when left out. */
export async function readAll(
  service: CustomerService,
  { after, limit = 100, ...request }: FeedRequest & { after?: string; limit?: number } = {},
): Promise<{ readonly changes: SeenChange[]; readonly cursor: string }> {
  const changes: SeenChange[] = [];
  for (let cursor = after; ; ) {
    const query = `limit=${limit}${cursor === undefined ? '' : `&after=${cursor}`}`;
    const { json, status, body } = await service.get(`/v1/changes?${query}`, request);
    assert.equal(status, 200, body);
    changes.push(...json.changes);
    cursor = json.cursor as string;
    if (json.changes.length === 0) return { changes, cursor };
  }
}
