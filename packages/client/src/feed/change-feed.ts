/**
 * The change feed of an account, request by request. Credentials are sent to no service that may not know the route:
 * it is asked without them first, and only its own 401 with its own realm lets them follow.
 */

import { parseJson } from '@cert-order-status/protocol';
import { connectionFailure } from '../connection-failure.ts';
import { TransportError } from '../errors.ts';
import { readBody, refuseRedirect, releaseBody } from '../response-body.ts';
import { within } from '../retry.ts';
import { retryAfterOf } from '../retry-after.ts';
import type { FeedCredentials } from './feed-credentials.ts';
import { FeedError, FeedNotOfferedError, UnknownCursorError } from './feed-errors.ts';
import { type FeedPage, readFeedPage, readProblem } from './order-change.ts';

/** As a cursor: begins with the next change. */
export const LATEST = 'latest';

/** How long a request waits for a change, in seconds: the service and most proxies allow 55. */
export const LONG_POLL_SECONDS = 50;

/** What the service's challenge begins with. */
const OUR_CHALLENGE = /^Bearer realm="cert-order-status"(?:$|[ ,])/i;
/** The most changes of a page: fewer when a page with so many is more than the client reads. */
const PAGE_LIMITS = [100, 10, 1] as const;
/** The most of an error that is read, in bytes. */
const PROBLEM_LIMIT_BYTES = 65_536;
/** The most of an error's text that is repeated, in UTF-16 code units. */
const DETAIL_LIMIT = 500;

const OK = 200;
const UNAUTHORIZED = 401;
const GONE = 410;

/** Where the feed is, and how it is read. */
export interface ChangeFeedParts {
  readonly url: URL;
  readonly credentials: FeedCredentials;
  /** In bytes. */
  readonly maxResponseBytes: number;
  /** The longest that a response may take, beside the time that it was asked to wait. */
  readonly attemptTimeoutMs: number;
  readonly fetch: typeof globalThis.fetch;
}

/** Which part of the feed is read. */
export interface FeedPosition {
  /** A cursor, {@link LATEST}, or undefined for the first change that there is. */
  readonly after: string | undefined;
  /** How long to wait for a change when there is none yet. */
  readonly waitSeconds: number;
}

/** Reads the feed of one service, for one account. */
export class ChangeFeed {
  readonly #parts: ChangeFeedParts;
  /** Whether the service offers it; undefined as long as that is not known. */
  #isOffered: boolean | undefined;

  constructor(parts: ChangeFeedParts) {
    this.#parts = parts;
  }

  /** Forgets that the service does not offer the feed, which is then asked anew. */
  forget(): void {
    this.#isOffered = undefined;
  }

  /**
   * Reads one page.
   *
   * @throws FeedNotOfferedError, UnknownCursorError or another FeedError, TransportError; RangeError when the
   * credentials cannot be sent; or the reason with which the signal was aborted.
   */
  async page(position: FeedPosition, signal: AbortSignal): Promise<FeedPage> {
    const { attemptTimeoutMs } = this.#parts;
    this.#isOffered ??= await within(attemptTimeoutMs, (stop) => this.#askWithoutCredentials(stop), signal);
    if (!this.#isOffered) {
      throw new FeedNotOfferedError(`${this.#parts.url.host} does not offer the change feed`);
    }
    const timeoutMs = attemptTimeoutMs + position.waitSeconds * 1000;
    let unreadable: unknown;
    for (const limit of PAGE_LIMITS) {
      try {
        const body = await within(timeoutMs, (stop) => this.#read({ ...position, limit }, stop), signal);
        const json = parseJson(new TextDecoder().decode(body));
        if (json.ok) return advancing(readFeedPage(json.value), position.after);
        unreadable = new TransportError(
          'not-a-response',
          `the response of the change feed ${json.problem.message}`,
        );
        // A JSON text that is not read may hold too many values.
        if (!json.isJson) break;
      } catch (error) {
        if (!(error instanceof TransportError && error.reason === 'too-large')) throw error;
        unreadable = error;
      }
    }
    throw unreadable;
  }

  /** Whether a request without credentials gets the 401 of our service. */
  async #askWithoutCredentials(signal: AbortSignal): Promise<boolean> {
    const response = await this.#send(this.#parts.url, {}, signal);
    const { status, headers, redirected } = response;
    // Its body is not read: it may have no end.
    releaseBody(response);
    if (isPassing(status)) throw unexpectedStatus(response);
    return (
      !redirected && status === UNAUTHORIZED && OUR_CHALLENGE.test(headers.get('www-authenticate') ?? '')
    );
  }

  async #read(
    { after, waitSeconds, limit }: FeedPosition & { readonly limit: number },
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const { url, credentials, maxResponseBytes } = this.#parts;
    const address = new URL(url);
    address.searchParams.set('limit', String(limit));
    if (after !== undefined) address.searchParams.set('after', after);
    if (waitSeconds > 0) address.searchParams.set('wait', String(waitSeconds));
    const response = await this.#send(address, { Authorization: credentials.authorization() }, signal);
    try {
      const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
      const isError = type === 'application/problem+json';
      const isPage = type === 'application/json' && response.status === OK;
      // What is not of our service may be another one by now: it is asked without credentials again.
      if (!isError && !isPage && !isPassing(response.status)) this.forget();
      refuseRedirect(response, url);
      if (isError) throw await this.#errorOf(response, signal);
      if (response.status !== OK) throw unexpectedStatus(response);
      if (!isPage)
        throw new TransportError('not-a-response', `the response is ${type}, not JSON: of a proxy?`);
      return await readBody(response, maxResponseBytes, signal);
    } finally {
      releaseBody(response);
    }
  }

  async #send(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    try {
      return await this.#parts.fetch(url, {
        headers: { Accept: 'application/json', ...headers },
        redirect: 'manual',
        // A cache between client and service could hand out what is for others.
        cache: 'no-store',
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw connectionFailure(url, error);
    }
  }

  async #errorOf(response: Response, signal: AbortSignal): Promise<FeedError> {
    const { status, headers } = response;
    const body = await readBody(response, PROBLEM_LIMIT_BYTES, signal).catch((error: unknown) => {
      // The status says enough.
      if (error instanceof TransportError) return new Uint8Array();
      throw error;
    });
    const { type, detail } = readProblem(body);
    const error = {
      status,
      type: type && this.#parts.credentials.hideIn(type).slice(0, DETAIL_LIMIT),
      detail: detail && this.#parts.credentials.hideIn(detail).slice(0, DETAIL_LIMIT),
      retryAfterMs: retryAfterOf(headers),
    };
    return status === GONE ? new UnknownCursorError(error) : new FeedError(error);
  }
}

/** A service that hands out the same changes again and again would be followed for ever. */
function advancing(page: FeedPage, after: string | undefined): FeedPage {
  if (page.changes.length === 0 || page.cursor !== after) return page;
  throw new TransportError('not-a-response', 'the change feed does not go on: its cursor stays the same');
}

/** Says nothing about what the service offers. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 429 || status === 408;
}

function unexpectedStatus({ status, headers }: Response): TransportError {
  return new TransportError('http-status', `HTTP status ${status} from the change feed`, {
    status,
    retryAfterMs: retryAfterOf(headers),
  });
}
