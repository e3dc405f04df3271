/** The real service on ports of its own, with an order database in a temporary folder. */

import { argon2Sync, randomBytes } from 'node:crypto';
import { type OutgoingHttpHeaders, request as requestHttp } from 'node:http';
import { type Agent, request as requestHttps } from 'node:https';
import type { TestContext } from 'node:test';
import type { OrderRecord } from '@cert-order-status/protocol';
import pino from 'pino';
import { type Service, type ServiceSettings, startService } from '../src/server/service.ts';
import { openStore } from '../src/store/open-store.ts';
import { fillDatabase } from './fill-database.ts';
import { acmeOrder } from './sample-orders.ts';
import { emptyDatabase } from './store/databases.ts';
import { testPair } from './test-pair.ts';

/** The account that every test's database has, and its password. */
export const ACME = { loginName: 'acme-hosting', loginPassword: 'correct horse' };

const pair = await testPair();
/** The hash of {@link ACME}'s password, with as little work as argon2id can be: hundreds of tests log in. */
export const ACME_HASH = cheapHash(ACME.loginPassword);

/** What a test may want otherwise. */
export interface RunOptions {
  /** In the database besides none; the order of the API's documentation unless said otherwise. */
  readonly orders?: readonly OrderRecord[];
  /** Further accounts, with {@link ACME}'s password. */
  readonly accounts?: readonly string[];
  /** An empty database of the run's engine unless it is named. */
  readonly database?: string;
  readonly settings?: Partial<ServiceSettings>;
  /** No certificate: the port speaks plain HTTP, to a proxy. */
  readonly withoutTls?: true;
}

/** A running service and what tests do with it. */
export interface RunningService extends Service {
  readonly database: string;
  /** Every log line so far, parsed. */
  readonly log: readonly Record<string, unknown>[];
  /** The log as text, for secrets to be looked for in. */
  logText(): string;
  /** POSTs a form over https, as an existing client does. */
  ask(form: string | Uint8Array | Record<string, string>, how?: Partial<HttpRequest>): Promise<HttpAnswer>;
}

/** A request of any kind. */
export interface HttpRequest {
  readonly scheme: 'https' | 'http';
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | Uint8Array;
  /** A connection of its own unless said otherwise. */
  readonly agent?: Agent;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export const STATUS_PATH = '/products/!GetDetailedOrderStatus';

/** A hash of a password with as little work as argon2id can be. */
export function cheapHash(password: string): string {
  const nonce = randomBytes(16);
  const parameters = { message: password, nonce, memory: 8, passes: 1, parallelism: 1, tagLength: 32 };
  const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
  return `$argon2id$v=19$m=8,t=1,p=1$${base64(nonce)}$${base64(argon2Sync('argon2id', parameters))}`;
}

/** Starts a service for one test; it is stopped, and its folder removed, when the test ends. */
export async function runService(t: TestContext, options: RunOptions = {}): Promise<RunningService> {
  const { orders = [acmeOrder()], accounts = [], settings = {}, withoutTls } = options;
  const database = options.database ?? (await emptyDatabase(t));
  const store = await openStore(database, 'write');
  for (const loginName of [ACME.loginName, ...accounts]) await store.accounts.add(loginName, ACME_HASH);
  await fillDatabase(store.orders, orders);
  await store.close();

  const lines: string[] = [];
  const logger = pino({ base: null }, { write: (line: string) => lines.push(line) });
  const service = await startService(
    {
      database,
      host: '127.0.0.1',
      port: 0,
      ...(!withoutTls && { tls: { pair } }),
      trustProxy: [],
      probeHost: '127.0.0.1',
      managementHost: '127.0.0.1',
      acceptQueryArguments: false,
      suggestedOrgDetails: 'flat',
      stopTimeoutMs: 2000,
      ...settings,
    },
    logger,
  );
  let isStopped = false;
  const stop = async () => {
    if (isStopped) return;
    isStopped = true;
    await service.stop();
  };
  t.after(stop);
  return {
    ...service,
    database,
    stop,
    get log() {
      return lines.map((line) => JSON.parse(line));
    },
    logText: () => lines.join(''),
    ask: (form, how = {}) =>
      sendRequest({
        scheme: 'https',
        port: service.port,
        method: 'POST',
        path: STATUS_PATH,
        body:
          typeof form === 'string' || form instanceof Uint8Array
            ? form
            : new URLSearchParams(form).toString(),
        ...how,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...how.headers },
      }),
  };
}

/** Sends one request, whatever certificate the server has. */
export function sendRequest({
  scheme,
  port,
  method,
  path,
  headers,
  body,
  agent,
}: HttpRequest): Promise<HttpAnswer> {
  const send = scheme === 'https' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(
      { host: '127.0.0.1', port, method, path, headers, agent: agent ?? false, rejectUnauthorized: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
