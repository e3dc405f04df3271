/** The management API: JSON over HTTPS, for the systems that report changes of orders, and for operators. */

import type { RequestListener } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { TokenLogin } from '../accounts/token-login.ts';
import type { TrustedProxies } from '../http/trusted-proxies.ts';
import { newJsonApi } from '../json-api/json-api.ts';
import { Problem } from '../json-api/problem.ts';
import { validatorCompiler } from '../json-api/validation.ts';
import type { OnLimit } from '../limits.ts';
import type { ServiceMetrics } from '../metrics/service-metrics.ts';
import { ChangeWatch } from '../orders/change-watch.ts';
import type { Store } from '../store/store.ts';
import type { UpstreamAdmin } from '../upstreams/upstream-admin.ts';
import type { WebhookAdmin } from '../webhooks/webhook-admin.ts';
import { accountRoutes } from './account-routes.ts';
import { accountTokenRoutes } from './account-token-routes.ts';
import { Authentication, requireScope } from './authentication.ts';
import { batchRoute } from './batch-route.ts';
import { BODY_LIMIT_BYTES, readJsonBodies, readNdjsonBodies } from './bodies.ts';
import { changeRoutes } from './change-routes.ts';
import { followedOrderRoutes } from './followed-order-routes.ts';
import { describeManagementApi } from './openapi.ts';
import { orderRoutes } from './order-routes.ts';
import type { RouteParts } from './route.ts';
import { COMPONENTS } from './schemas.ts';
import { searchRoute } from './search-route.ts';
import { upstreamRoutes } from './upstream-routes.ts';
import { webhookRoutes } from './webhook-routes.ts';

/** Of all instances: what is compiled of a schema is compiled once. */
const VALIDATORS = validatorCompiler(COMPONENTS);

/** What the API depends on. */
export interface ManagementParts {
  /** Opened to write. */
  readonly store: Store;
  readonly webhooks: WebhookAdmin;
  readonly upstreams: UpstreamAdmin;
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
  webhooks,
  upstreams,
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
    webhooks,
    upstreams,
    watch,
    onLimit,
    onHandedOn: (seconds) => metrics?.handedOn(seconds),
    confirmToken: (request) => authentication.confirm(request.raw),
  };

  const api = newJsonApi({
    logger,
    components: COMPONENTS,
    validators: VALIDATORS,
    documentPath: '/openapi.json',
    bodyLimitBytes: BODY_LIMIT_BYTES,
    onProblem: ({ kind }) => {
      if (kind === 'too-large') onLimit('managementBody');
    },
  });
  readJsonBodies(api);

  api.decorateRequest('author');
  api.decorateRequest('isBodyAwaited', false);
  const routes: string[] = [];
  api.addHook('onRoute', (route) => {
    if (route.config?.scope === undefined) throw new Error(`${route.url} names no scope`);
    // Every GET route is one of HEAD, too, which the description does not repeat.
    if (route.method === 'HEAD') return;
    // Fastify writes a colon of the path as two, and a parameter with one.
    const path = route.url.replace(/(?<!:):(\w+)/g, '{$1}').replace('::', ':');
    routes.push(`${route.method} ${path}`);
  });
  api.addHook('onRequest', async (request) => {
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

  await describeManagementApi(api);
  await api.register(async (routes) => {
    const typed = routes.withTypeProvider<TypeBoxTypeProvider>();
    orderRoutes(typed, parts);
    searchRoute(typed, parts);
    changeRoutes(typed, parts);
    accountRoutes(typed, parts);
    accountTokenRoutes(typed, parts);
    webhookRoutes(typed, parts);
    upstreamRoutes(typed, parts);
    followedOrderRoutes(typed, parts);
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
