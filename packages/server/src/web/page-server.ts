/** What all pages have in common: how requests come in, are logged, and how responses are protected. */

import type { IncomingHttpHeaders, IncomingMessage, RequestListener } from 'node:http';
import { parse as parseForm } from 'node:querystring';
import { canonicalNumber, count, ORDER_NUMBER_DIGITS } from '@cert-order-status/protocol';
import cookies from '@fastify/cookie';
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Logger } from 'pino';
import { HashQueueFull } from '../accounts/hash-queue.ts';
import { ACCEPTED_CODINGS, contentCodingOf } from '../http/content-coding.ts';
import { readBody } from '../http/read-body.ts';
import { allowBody, hasBody } from '../http/request-body.ts';
import { normalTarget } from '../http/request-target.ts';
import { RouteMethods } from '../http/route-methods.ts';
import type { TrustedProxies } from '../http/trusted-proxies.ts';
import { StoreBusy, StoreUnavailable } from '../store/store.ts';
import { assetRoutes } from './assets.ts';
import { documentOf, type Page } from './document.ts';
import { refuseFormsWithoutPages, withoutTrailingSlashes } from './form-route.ts';
import { html, textOf } from './html.ts';

/** The largest form that is read, in bytes. */
const BODY_LIMIT_BYTES = 64 * 1024;

/** No content from other hosts, nothing inline, no framing. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Robots-Tag': 'noindex',
  'Cache-Control': 'no-store',
  // Browsers heed it for names alone, so a service that is tried out at an address is not concerned.
  'Strict-Transport-Security': 'max-age=31536000',
};

/** An error that is shown as a page. */
export class PageError extends Error {
  readonly status: number;
  readonly page: Page;

  constructor(status: number, title: string, text: string) {
    super(title);
    this.status = status;
    this.page = { title, content: html`<h1>${title}</h1><p>${text}</p><p><a href="/">Start page</a></p>` };
  }
}

/** The page needs a session, and that of the browser has ended: the page with the sign-in form says so. */
export class SessionEnded extends Error {
  readonly signInPath: string;

  constructor(signInPath: string) {
    super('the session has ended');
    this.signInPath = signInPath;
  }
}

/**
 * The same page for what does not exist, what belongs to another account, and what has ended: it does not reveal which.
 */
export function notFoundOrNotYours(): PageError {
  return new PageError(
    404,
    'Not found, or not yours',
    'This page does not exist, or you may not see it, or you are no longer signed in. Sign in and try again, or ask the person who gave you the link for a new one.',
  );
}

function notUnderstood(status: number): PageError {
  return new PageError(status, 'Not understood', 'Go back and try again.');
}

/** What pages depend on. */
export interface PageServerParts {
  readonly proxies: TrustedProxies;
  readonly logger: Logger;
  /** What the log calls a request. */
  readonly logAs: string;
  /** Adds the routes. */
  readonly routes: (pages: FastifyInstance) => void;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The account or the token that is signed in, for the log. */
    signedIn?: { readonly account?: string; readonly token?: string };
  }
}

/** Makes the server of some pages. */
export async function pageServer({ proxies, logger, logAs, routes }: PageServerParts): Promise<{
  readonly handler: RequestListener;
  close(): Promise<void>;
}> {
  const loggerInstance: FastifyBaseLogger = logger;
  const pages = fastify({
    loggerInstance,
    // A line a request is written below, with the names of this project.
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: (_error, _request, reply) => sendError(notFoundOrNotYours(), reply),
    bodyLimit: BODY_LIMIT_BYTES,
  });
  const methods = new RouteMethods();
  pages.addHook('onRoute', ({ method, url }) => methods.add(method, url));
  pages.decorateRequest('signedIn');
  await pages.register(cookies);
  pages.removeAllContentTypeParsers();
  pages.addContentTypeParser(
    'application/x-www-form-urlencoded',
    async (_request: unknown, stream: IncomingMessage) => {
      const body = await readBody(stream, BODY_LIMIT_BYTES);
      if (body === 'too large') throw notUnderstood(413);
      if (body === 'aborted') throw notUnderstood(400);
      return parseForm(body.toString());
    },
  );
  pages.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS);
    if (!proxies.isHttps(request.raw)) {
      const origin = proxies.originOf(request.raw);
      if ((request.method === 'GET' || request.method === 'HEAD') && origin !== undefined) {
        return reply.redirect(origin + request.url, 308);
      }
      throw new PageError(403, 'Not over https', 'What was sent could be read on its way. Use https.');
    }
    if (request.method === 'POST') {
      if (!request.is404) refuseOtherSites(request.headers, proxies.originOf(request.raw));
      return undefined;
    }
    const plain = withoutTrailingSlashes(request.url);
    return plain === undefined ? undefined : reply.redirect(plain, 308);
  });
  pages.addHook('preParsing', async ({ raw }, reply) => {
    if (contentCodingOf(raw.headers) !== undefined && hasBody(raw)) {
      reply.header('Accept-Encoding', ACCEPTED_CODINGS);
      throw new PageError(415, 'Not understood', 'The form was sent compressed, which is not read here.');
    }
    allowBody(raw, reply.raw);
  });
  pages.addHook('onResponse', async (request, reply) => {
    const { raw, method, routeOptions, signedIn } = request;
    const route = routeOptions.url ?? 'none';
    logger.info(
      {
        ...signedIn,
        method,
        // As it was declared: the address itself may contain a secret, or any text of the client.
        route: route.startsWith('/s/') ? '/s/…' : route,
        httpStatus: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime * 1000) / 1000,
        address: proxies.clientAddress(raw),
      },
      logAs,
    );
  });
  pages.setNotFoundHandler(({ url }, reply) => {
    const allowed = methods.allowed(normalTarget(url));
    if (allowed === undefined) return sendError(notFoundOrNotYours(), reply);
    return sendError(notUnderstood(405), reply.header('Allow', allowed));
  });
  pages.setErrorHandler((error: FastifyError | PageError | SessionEnded, _request, reply) => {
    if (error instanceof PageError) return sendError(error, reply);
    if (error instanceof SessionEnded) return reply.redirect(error.signInPath, 303);
    const { statusCode = 500 } = error;
    if (error instanceof HashQueueFull || error instanceof StoreBusy || error instanceof StoreUnavailable) {
      const seconds = error instanceof HashQueueFull ? error.retryAfterSeconds : 1;
      reply.header('Retry-After', seconds);
      return sendError(new PageError(503, 'Busy', `Try again in ${count(seconds, 'second')}.`), reply);
    }
    if (statusCode < 500) return sendError(notUnderstood(statusCode), reply);
    logger.error({ err: error }, 'a page failed');
    return sendError(
      new PageError(
        500,
        'Something went wrong',
        "The fault is the service's, not yours. Try again; if it stays, tell those who run the service.",
      ),
      reply,
    );
  });
  refuseFormsWithoutPages(pages);
  assetRoutes(pages);
  routes(pages);
  await pages.ready();
  return { handler: (request, response) => pages.routing(request, response), close: () => pages.close() };
}

/** Sends a page. */
export function sendPage(reply: FastifyReply, page: Page, status = 200): FastifyReply {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .send(textOf(documentOf(page)));
}

/** The order that the address names, `:orderNumber` in the route. */
export function orderNumberOf(request: FastifyRequest): string {
  const { orderNumber } = paramsOf(request, 'orderNumber');
  const number = canonicalNumber(orderNumber, ORDER_NUMBER_DIGITS);
  if (number === undefined) throw notFoundOrNotYours();
  return number;
}

/** The fields of a form, each as a text; what was not sent, or sent twice, is empty. */
export function formOf<Names extends string>(
  { body }: FastifyRequest,
  ...names: readonly Names[]
): Readonly<Record<Names, string>> {
  return textsOf(body, names);
}

/** The same of the address's query. */
export function queryOf<Names extends string>(
  { query }: FastifyRequest,
  ...names: readonly Names[]
): Readonly<Record<Names, string>> {
  return textsOf(query, names);
}

/** The same of what the route names in the address, as `:linkID`. */
export function paramsOf<Names extends string>(
  { params }: FastifyRequest,
  ...names: readonly Names[]
): Readonly<Record<Names, string>> {
  return textsOf(params, names);
}

function textsOf<Names extends string>(
  sent: unknown,
  names: readonly Names[],
): Readonly<Record<Names, string>> {
  const given = new Map<string, unknown>(
    typeof sent === 'object' && sent !== null ? Object.entries(sent) : [],
  );
  const texts = names.map((name) => {
    const value = given.get(name);
    return [name, typeof value === 'string' ? value : ''];
  });
  return Object.fromEntries(texts) as Record<Names, string>;
}

function sendError({ status, page }: PageError, reply: FastifyReply): FastifyReply {
  return sendPage(reply, page, status);
}

/**
 * CSRF protection: browsers say where a form comes from. SameSite already withholds the cookies of another site's form;
 * this check also protects the sign-in, which needs no cookie.
 */
function refuseOtherSites(headers: IncomingHttpHeaders, ownOrigin: string | undefined): void {
  const site = headers['sec-fetch-site'];
  const isOwn =
    site === undefined ? ownOrigin !== undefined && headers.origin === ownOrigin : site === 'same-origin';
  if (!isOwn) {
    throw new PageError(
      403,
      'From another site',
      'The form was not sent from this site. Open the page here, and send it again.',
    );
  }
}
