/** The client of one service, for one account. */

import {
  type Credentials,
  codePointLength,
  encodeStatusRequest,
  endpointUnder,
  LOGIN_NAME_LIMIT,
  LOGIN_PASSWORD_LIMIT,
  type ReceivedOrderStatus,
  type ResponseFormat,
} from '@cert-order-status/protocol';
import { changesUrlBeside } from './base-url.ts';
import { ChangeFeed, LATEST } from './feed/change-feed.ts';
import { ChangeNotices, type ChangeNoticesOptions } from './feed/change-notices.ts';
import { FeedCredentials } from './feed/feed-credentials.ts';
import { type ChangesOptions, followFeed } from './feed/follow-feed.ts';
import { isCursor, type OrderChange } from './feed/order-change.ts';
import { leavable } from './leavable.ts';
import { LONGEST_TIMER_MS } from './pause.ts';
import { proxySettings } from './proxy.ts';
import { type OrderStatusQuery, statusQueryOf } from './query.ts';
import { DEFAULT_RETRY, RetryBudget, type RetryPolicy, withRetries } from './retry.ts';
import { sendOnce } from './send-once.ts';
import { type StatusUpdate, type WatchOptions, watchStatus } from './watch.ts';

/** Which service, and who asks. */
export interface OrderStatusClientOptions {
  /**
   * The service: https, and never assumed. A path in front of the API's is kept, and the whole address of an endpoint
   * is taken as it is.
   */
  readonly baseUrl: string | URL;
  /** Case-sensitive, at most 64 characters (spec, section 1). Only a client that has a token may go without. */
  readonly loginName?: string | undefined;
  /** Case-sensitive, at most 128 characters (spec, section 1). Only a client that has a token may go without. */
  readonly loginPassword?: string | undefined;
  /**
   * An API token of the account, for the change feed alone: a status takes login and password. Left out, the feed gets
   * login and password, too.
   */
  readonly token?: string | undefined;
  /** In the platform's place, for example to trust certain certificates. It must not follow redirects on its own. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /**
   * An HTTP proxy to reach the service through, such as `http://proxy.example.com:3128`, with a login and a password if
   * it needs them; or `environment` for the one in HTTPS_PROXY, but for the hosts in NO_PROXY. Needs Node, and excludes
   * `fetch`. Left out, the platform's fetch decides: Node's uses the environment's proxy when NODE_USE_ENV_PROXY is 1.
   */
  readonly proxy?: string | URL | undefined;
  /**
   * The longest that one call may take, with all its attempts and the pauses between them, in milliseconds. Default
   * 60,000.
   */
  readonly timeoutMs?: number | undefined;
  /** What differs from {@link RetryPolicy}'s defaults. `{ attempts: 1 }` never asks again. */
  readonly retry?: Partial<RetryPolicy> | undefined;
  /** The largest answer that is read, in bytes. Default 16 MiB. */
  readonly maxResponseBytes?: number | undefined;
  /**
   * The format to ask for: `form` (default), or `json`, which services of revision 1.2 refuse with an
   * UnrecognisedArgumentError. What comes back is read in either format, with the same result.
   */
  readonly responseFormat?: ResponseFormat | undefined;
  /** Ends every call of this client when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** What one call may differ in. */
export interface CallOptions {
  /** Ends this call when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;

/**
 * Asks a service of the GetDetailedOrderStatus API. It keeps no state beyond its budget of retries, and can be used
 * for any number of calls at once.
 */
export class OrderStatusClient {
  /** The base URL of a service. */
  readonly endpoint: string;
  /** Undefined for a client that has only a token. */
  readonly loginName: string | undefined;
  readonly #loginPassword: string | undefined;
  readonly #feed: ChangeFeed;
  readonly #fetch: typeof globalThis.fetch;
  readonly #timeoutMs: number;
  readonly #retry: RetryPolicy;
  readonly #budget: RetryBudget;
  readonly #maxResponseBytes: number;
  readonly #responseFormat: ResponseFormat;
  readonly #signal: AbortSignal | undefined;

  /**
   * @throws TypeError when the base URL is not https, or something is missing or of a wrong type.
   * @throws RangeError when a login, a password or a number is out of its range.
   */
  constructor(options: OrderStatusClientOptions) {
    this.endpoint = endpointUnder(options.baseUrl).href;
    const { token } = options;
    if (token === undefined || options.loginName !== undefined || options.loginPassword !== undefined) {
      this.loginName = credential('loginName', options.loginName, LOGIN_NAME_LIMIT);
      this.#loginPassword = credential('loginPassword', options.loginPassword, LOGIN_PASSWORD_LIMIT);
    }
    if (token !== undefined) requireToken(token);
    this.#timeoutMs = milliseconds('timeoutMs', options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    this.#retry = policyOf(options.retry);
    this.#fetch = fetchOf(options, this.#retry.attemptTimeoutMs);
    this.#budget = new RetryBudget(this.#retry.perMinute);
    this.#maxResponseBytes = atLeast('maxResponseBytes', options.maxResponseBytes ?? MAX_RESPONSE_BYTES, 1);
    this.#responseFormat = formatOf(options.responseFormat);
    this.#signal = options.signal;
    this.#feed = new ChangeFeed({
      url: changesUrlBeside(new URL(this.endpoint)),
      credentials: new FeedCredentials({
        token,
        loginName: this.loginName,
        loginPassword: this.#loginPassword,
      }),
      maxResponseBytes: this.#maxResponseBytes,
      attemptTimeoutMs: this.#retry.attemptTimeoutMs,
      fetch: this.#fetch,
    });
  }

  /**
   * Asks for the status of an order or of a certificate. Failures that may pass are retried, within `timeout`.
   *
   * @returns the order asked about, for queryType 2 followed by those that replace it.
   * @throws ErrorCodeError when the service answers with an error code: a class for each, such as
   * PermissionDeniedError.
   * @throws TransportError when there is no response of the API.
   * @throws TypeError or RangeError, before anything is sent, when the query is not one.
   * @throws what a signal was aborted with, usually a DOMException named AbortError.
   */
  async getDetailedOrderStatus(
    query: OrderStatusQuery,
    options: CallOptions = {},
  ): Promise<ReceivedOrderStatus> {
    const credentials = this.#login();
    const responseFormat = this.#responseFormat;
    const question = {
      endpoint: new URL(this.endpoint),
      body: encodeStatusRequest({ credentials, query: statusQueryOf(query) }, responseFormat),
      loginPassword: credentials.loginPassword,
      responseFormat,
      maxResponseBytes: this.#maxResponseBytes,
      fetch: this.#fetch,
    };
    const signal = eitherOf(this.#signal, options.signal);
    const ask = (attempt: AbortSignal) => sendOnce(question, attempt);
    return withRetries(ask, this.#retry, this.#budget, this.#timeoutMs, signal);
  }

  /**
   * Follows an order: yields its status, and again whenever something in it has changed, with what changed. It ends
   * when the order is settled (or `until` says so) and goes on through failures that may pass. Leaving the loop, or
   * aborting the signal, ends it at once.
   *
   * ```js
   * for await (const { status, changes } of client.watch({ orderNumber })) console.log(changes.join('\n'));
   * ```
   *
   * @throws from the loop what {@link getDetailedOrderStatus} throws, transient failures excepted.
   */
  watch(query: OrderStatusQuery, options: WatchOptions = {}): AsyncIterableIterator<StatusUpdate> {
    const { signal, ...policy } = options;
    if (policy.intervalMs !== undefined) milliseconds('intervalMs', policy.intervalMs);
    const canonical = statusQueryOf(query) as OrderStatusQuery;
    return watchStatus(
      (stop) => this.getDetailedOrderStatus(canonical, { signal: stop }),
      policy,
      eitherOf(this.#signal, signal),
    );
  }

  /**
   * Follows the changes of all of the account's orders, over one request that waits: yields each once, in order. Only
   * cert-order-status offers this feed, and only there are credentials sent: the token, else login and password. It
   * goes on through failures that may pass, and has no end of its own. Leaving the loop, or aborting the signal, ends
   * it.
   *
   * ```js
   * for await (const change of client.changes({ after: stored })) console.log(change.orderNumber, change.kind);
   * ```
   *
   * @throws RangeError at once for a cursor that is none.
   * @throws from the loop FeedNotOfferedError where there is no feed, UnknownCursorError after which changes may have
   * been missed, another FeedError when the credentials are refused, TransportError, and RangeError for a login that
   * contains `:` without a token.
   */
  changes(options: ChangesOptions = {}): AsyncIterableIterator<OrderChange> {
    const { signal, after, onFailure } = options;
    if (after !== undefined && !isCursor(after))
      throw new RangeError('after: is not a cursor of the change feed');
    return leavable(
      (stop) => followFeed(this.#feed, { after, onFailure }, this.#retry, stop),
      eitherOf(this.#signal, signal),
    );
  }

  /**
   * The place behind the last change so far, for `changes({ after })`. A program that wants to know how its orders
   * stand takes it first, and then asks for their status: so nothing is missed in between.
   *
   * @throws what {@link changes} throws; failures that may pass are retried, within `timeoutMs`.
   */
  async latestCursor(options: CallOptions = {}): Promise<string> {
    const signal = eitherOf(this.#signal, options.signal);
    const read = (attempt: AbortSignal) => this.#feed.page({ after: LATEST, waitSeconds: 0 }, attempt);
    const { cursor } = await withRetries(read, this.#retry, this.#budget, this.#timeoutMs, signal);
    return cursor;
  }

  /**
   * Notices of the account's changes for {@link watch}: one connection for any number of watches, each of which then
   * learns of a change within a second. They are received until they are closed: a program that does not close them
   * does not end.
   *
   * ```js
   * const notices = client.changeNotices();
   * for await (const { changes } of client.watch({ orderNumber }, { notices })) console.log(changes.join('\n'));
   * notices.close();
   * ```
   *
   * Where there is no feed, or it fails, watches poll.
   */
  changeNotices(options: ChangeNoticesOptions = {}): ChangeNotices {
    return new ChangeNotices(this.#feed, this.#retry, options, eitherOf(this.#signal, options.signal));
  }

  #login(): Credentials {
    if (this.loginName === undefined || this.#loginPassword === undefined) {
      throw new TypeError(
        'loginName: a status needs login and password; a token is for the change feed alone',
      );
    }
    return { loginName: this.loginName, loginPassword: this.#loginPassword };
  }
}

/** RFC 6750, section 2.1; the value itself is never in the error. */
function requireToken(token: string): void {
  if (typeof token === 'string' && /^[A-Za-z0-9._~+/-]{1,512}=*$/.test(token)) return;
  throw new RangeError('token: is no API token: those consist of letters, digits and ._~+/-');
}

function formatOf(given: ResponseFormat = 'form'): ResponseFormat {
  if (given === 'form' || given === 'json') return given;
  throw new TypeError("responseFormat: must be 'form' or 'json'");
}

function fetchOf(
  { fetch, proxy }: OrderStatusClientOptions,
  tunnelTimeoutMs: number,
): typeof globalThis.fetch {
  if (proxy === undefined) {
    // Looked up at each call, as programs that instrument the platform's fetch expect.
    return fetch ?? ((...request) => globalThis.fetch(...request));
  }
  if (fetch !== undefined)
    throw new TypeError('proxy: cannot be used together with fetch, which makes the connections');
  const settings = proxySettings(proxy);
  // Loaded only where it is used, so that the library runs wherever there is a fetch.
  const made = import('./https-fetch.ts').then(({ httpsFetch }) =>
    httpsFetch({ proxy: settings, tunnelTimeoutMs }),
  );
  // A platform without node:https says so at the first call.
  made.catch(() => {});
  return async (...request) => (await made)(...request);
}

function eitherOf(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return AbortSignal.any([one, other]);
}

/** The value itself is never in the error: it may be in the wrong place, and a password. */
function credential(name: string, value: string | undefined, limit: number): string {
  if (typeof value !== 'string' || value === '')
    throw new TypeError(`${name}: must be a string that is not empty`);
  if (!value.isWellFormed() || value.includes('\0')) {
    throw new RangeError(`${name}: holds a character that the API cannot carry`);
  }
  if (codePointLength(value) > limit) throw new RangeError(`${name}: has more than ${limit} characters`);
  return value;
}

function policyOf(given: Partial<RetryPolicy> = {}): RetryPolicy {
  const policy = { ...DEFAULT_RETRY, ...given };
  atLeast('retry.attempts', policy.attempts, 1);
  atLeast('retry.firstPauseMs', policy.firstPauseMs, 0);
  atLeast('retry.longestPauseMs', policy.longestPauseMs, 0);
  atLeast('retry.callLimitPauseMs', policy.callLimitPauseMs, 0);
  milliseconds('retry.attemptTimeoutMs', policy.attemptTimeoutMs);
  atLeast('retry.perMinute', policy.perMinute, 0);
  return policy;
}

function atLeast(name: string, value: number, least: number): number {
  if (typeof value === 'number' && value >= least) return value;
  throw new RangeError(`${name}: must be a number, at least ${least}`);
}

function milliseconds(name: string, value: number): number {
  if (atLeast(name, value, 1) <= LONGEST_TIMER_MS) return value;
  throw new RangeError(
    `${name}: ${value} ms is longer than a timer can be (${LONGEST_TIMER_MS} ms, 24.8 days)`,
  );
}
