/** The management API: JSON over HTTPS, for the systems that report changes of orders, and for operators. */

import type { RequestListener } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Logger } from 'pino';
import { AdminError } from '../accounts/admin-error.ts';
import type { TokenLogin } from '../accounts/token-login.ts';
import { RouteMethods } from '../http/route-methods.ts';
import type { TrustedProxies } from '../http/trusted-proxies.ts';
import type { OnLimit } from '../limits.ts';
import type { ServiceMetrics } from '../metrics/service-metrics.ts';
import { ChangeWatch } from '../orders/change-watch.ts';
import { type Store, StoreBusy, StoreUnavailable } from '../store/store.ts';
import { accountRoutes } from './account-routes.ts';
import { accountTokenRoutes } from './account-token-routes.ts';
import { Authentication, NotAuthenticated, requireScope, TooManyFailures } from './authentication.ts';
import { batchRoute } from './batch-route.ts';
import { BODY_LIMIT_BYTES, readJsonBodies, readNdjsonBodies } from './bodies.ts';
import { changeRoutes } from './change-routes.ts';
import { describeApi } from './openapi.ts';
import { orderRoutes } from './order-routes.ts';
import { Problem, problemOfAdminError } from './problem.ts';
import type { Api, RouteParts } from './route.ts';
import { COMPONENTS } from './schemas.ts';
import { searchRoute } from './search-route.ts';
import { ValidationProblems, validatorCompiler } from './validation.ts';

const RETRY_AFTER = '1';

const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Strict-Transport-Security': 'max-age=31536000',
};

/** Of all instances: what is compiled of a schema is compiled once. */
const VALIDATORS = validatorCompiler(COMPONENTS);

/** What the API depends on. */
export interface ManagementParts {
  /** Opened to write. */
  readonly store: Store;
  readonly proxies: TrustedProxies;
  readonly tokenLogin: TokenLogin;
  readonly logger: Logger;
  /** Where requests are counted, if they are. */
  readonly metrics?: ServiceMetrics;
}

/** The API, ready for requests. */
export interface ManagementApi {
  readonly handler: RequestListener;
  /** Every route there is, as `GET /v1/orders/{orderNumber}`: what the description is checked against. */
  readonly routes: readonly string[];
  /** Call it after a change that was made outside the API: long polls then return at once. */
  onChange(): void;
  /** Ends long polls; to be called when no more requests are accepted. */
  stopWaiting(): void;
  /** To be called after the last request, before the store is closed. */
  close(): Promise<void>;
}

/** Puts the API together. */
export async function managementApi({
  store,
  proxies,
  tokenLogin,
  logger,
  metrics,
}: ManagementParts): Promise<ManagementApi> {
  const authentication = new Authentication(store.tokens, tokenLogin, logger);
  const watch = new ChangeWatch(store.history);
  const onLimit: OnLimit = (limit) => metrics?.limitReached(limit);
  const parts: RouteParts = {
    store,
    watch,
    onLimit,
    onHandedOn: (seconds) => metrics?.handedOn(seconds),
    confirmToken: (request) => authentication.confirm(request.raw),
  };

  const loggerInstance: FastifyBaseLogger = logger;
  const api: Api = fastify({
    loggerInstance,
    // A line a request is written below, with the names of this project.
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: (_error, _request, reply) =>
      sendProblem(new Problem('malformed-request', 'the address cannot be read'), reply),
    bodyLimit: BODY_LIMIT_BYTES,
    // A login name may take three bytes a character in the address.
    routerOptions: { maxParamLength: 1024 },
  }).withTypeProvider<TypeBoxTypeProvider>();
  api.setValidatorCompiler(VALIDATORS);
  // Responses are what the handlers return; schemas describe them and remove nothing.
  api.setSerializerCompiler(() => JSON.stringify);
  for (const component of COMPONENTS) api.addSchema(component);
  readJsonBodies(api);

  api.decorateRequest('author');
  api.decorateRequest('isBodyAwaited', false);
  const routes: string[] = [];
  const methods = new RouteMethods();
  api.addHook('onRoute', (route) => {
    if (route.config?.scope === undefined) throw new Error(`${route.url} names no scope`);
    methods.add(route.method, route.url);
    // Every GET route is one of HEAD, too, which the description does not repeat.
    if (route.method === 'HEAD') return;
    // Fastify writes a colon of the path as two, and a parameter with one.
    const path = route.url.replace(/(?<!:):(\w+)/g, '{$1}').replace('::', ':');
    routes.push(`${route.method} ${path}`);
  });
  api.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS);
    if (!proxies.isHttps(request.raw)) {
      throw new Problem('not-https', 'the token was sent in the clear: replace it, and use https');
    }
    const token = await authentication.authenticate(request.raw, proxies.clientAddress(request.raw));
    request.author = { kind: 'token', name: token.name };
    request.isBodyAwaited = !request.raw.complete;
    requireScope(token, request.routeOptions.config.scope ?? 'read');
  });
  // A body may take minutes.
  api.addHook('preValidation', async (request) => {
    if (request.isBodyAwaited) await parts.confirmToken(request);
  });
  api.addHook('onResponse', async (request, reply) => {
    metrics?.managed(reply.statusCode);
    logRequest(logger, proxies, request, reply);
  });
  api.setErrorHandler((error: FastifyError | Problem, request, reply) => {
    const problem = problemFor(error, request);
    if (problem.kind === 'too-large') onLimit('managementBody');
    return sendProblem(problem, reply);
  });
  api.setNotFoundHandler(({ url }, reply) => {
    const allowed = methods.allowed(url);
    if (allowed === undefined) {
      return sendProblem(
        new Problem('not-found', 'there is no such route; /openapi.json has them all'),
        reply,
      );
    }
    const detail = `the path has the methods ${allowed}; /openapi.json has all routes`;
    return sendProblem(new Problem('method-not-allowed', detail), reply.header('Allow', allowed));
  });

  await describeApi(api);
  await api.register(async (routes) => {
    const typed = routes.withTypeProvider<TypeBoxTypeProvider>();
    orderRoutes(typed, parts);
    searchRoute(typed, parts);
    changeRoutes(typed, parts);
    accountRoutes(typed, parts);
    accountTokenRoutes(typed, parts);
  });
  await api.register(async (routes) => {
    readNdjsonBodies(routes);
    batchRoute(routes.withTypeProvider<TypeBoxTypeProvider>(), parts);
  });
  await api.ready();
  return {
    handler: (request, response) => api.routing(request, response),
    routes,
    onChange: () => watch.poke(),
    stopWaiting: () => watch.stop(),
    async close() {
      watch.stop();
      await api.close();
      await authentication.settled();
    },
  };
}

function logRequest(
  logger: Logger,
  proxies: TrustedProxies,
  { raw, author, method, routeOptions }: FastifyRequest,
  reply: FastifyReply,
): void {
  logger.info(
    {
      token: author?.name,
      method,
      // As it was declared: the address itself is text of the client.
      route: routeOptions.url,
      httpStatus: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 1000) / 1000,
      address: proxies.clientAddress(raw),
    },
    'management request',
  );
}

function sendProblem(problem: Problem, reply: FastifyReply): FastifyReply {
  const { document } = problem;
  if (problem instanceof NotAuthenticated) reply.header('WWW-Authenticate', problem.challenge);
  if (problem instanceof TooManyFailures) reply.header('Retry-After', problem.retryAfterSeconds);
  if (document.status === 503) reply.header('Retry-After', RETRY_AFTER);
  return reply
    .code(document.status)
    .type('application/problem+json')
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(document);
}

function problemFor(error: FastifyError | Problem, request: FastifyRequest): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ValidationProblems) return error.problem();
  if (error instanceof AdminError) return problemOfAdminError(error);
  if (error instanceof StoreBusy) return new Problem('database-busy', error.message);
  if (error instanceof StoreUnavailable) {
    request.log.error({ err: error }, 'a management request failed');
    return new Problem('database-unavailable', error.message);
  }
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem('unsupported-media-type', 'see /openapi.json for the types that this route reads');
    default:
      request.log.error({ err: error, route: request.routeOptions.url }, 'a management request failed');
      return new Problem('internal-error', 'the log of the service has the reason');
  }
}
