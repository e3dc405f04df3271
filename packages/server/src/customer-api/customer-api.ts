/** The customer API, beside GetDetailedOrderStatus: JSON over HTTPS, for programs that follow an account's orders. */

import type { RequestListener } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { Type } from 'typebox';
import { normalTarget } from '../http/request-target.ts';
import { describeApi, newJsonApi, responsesWith } from '../json-api/json-api.ts';
import { Problem } from '../json-api/problem.ts';
import { validatorCompiler } from '../json-api/validation.ts';
import type { ServiceMetrics } from '../metrics/service-metrics.ts';
import type { ChangeWatch } from '../orders/change-watch.ts';
import type { History } from '../orders/history.ts';
import { AccountCursors } from './account-cursors.ts';
import { AccountFeed } from './account-feed.ts';
import { AccountWaits } from './account-waits.ts';
import { changesRoute } from './changes-route.ts';
import {
  type Customer,
  CustomerAuthentication,
  type CustomerAuthenticationParts,
} from './customer-authentication.ts';
import { COMPONENTS } from './schemas.ts';

const DOCUMENT_PATH = '/v1/openapi.json';
/** No route has a body. */
const BODY_LIMIT_BYTES = 1024;

const DESCRIPTION = [
  "Follows the changes of an account's orders: one request that waits takes the place of asking for the status of each order.",
  'Requests have an API token of the account as a bearer token (page "API tokens" of the order status checker), or its login and ' +
    "password in Basic (UTF-8; a login that contains ':' needs a token).",
  '**Errors** are problem documents (RFC 9457).',
].join('\n\n');

/** Of all instances: what is compiled of a schema is compiled once. */
const VALIDATORS = validatorCompiler(COMPONENTS);

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Served to all; every other route needs the credentials of an account. */
    isPublic?: true;
  }
  interface FastifyRequest {
    /** The account that sent the request; set before anything of it is read. */
    customer: Customer;
  }
}

/** What the API depends on. */
export interface CustomerApiParts extends Omit<CustomerAuthenticationParts, 'onUseFailure'> {
  /** Only read. */
  readonly history: Pick<History, 'afterOfAccount' | 'accountSpan' | 'latest' | 'accountsChangedAfter'>;
  /** What cursors are encrypted with: of the database, the same for all nodes. */
  readonly cursorSecret: Buffer;
  /** Of the same history. */
  readonly watch: ChangeWatch;
  readonly waitsPerAccount?: number | undefined;
  readonly logger: Logger;
  readonly metrics?: ServiceMetrics | undefined;
}

/** The API, ready for requests. */
export interface CustomerApi {
  readonly handler: RequestListener;
  /** Ends long polls; to be called when no more requests are accepted. */
  stopWaiting(): void;
  /** To be called after the last request, before the store is closed. */
  close(): Promise<void>;
}

/** Puts the API together. */
export async function customerApi(parts: CustomerApiParts): Promise<CustomerApi> {
  const { history, watch, logger, metrics, proxies, onLimit } = parts;
  const authentication = new CustomerAuthentication({
    ...parts,
    onUseFailure: (error) => logger.error({ err: error }, 'the use of an API token was not recorded'),
  });
  const waits = new AccountWaits(history, watch, {
    perAccount: parts.waitsPerAccount,
    onLimit,
    onFailure: (error) => logger.error({ err: error }, 'changes could not be watched for requests that wait'),
  });
  const api = newJsonApi({
    logger,
    components: COMPONENTS,
    validators: VALIDATORS,
    documentPath: DOCUMENT_PATH,
    bodyLimitBytes: BODY_LIMIT_BYTES,
  });
  api.decorateRequest('customer');
  api.addHook('onRequest', async (request) => {
    if (!proxies.isHttps(request.raw)) {
      const detail = 'the request could be read on its way: use https, and replace credentials that it had';
      throw new Problem('not-https', detail);
    }
    if (request.is404 || request.routeOptions.config.isPublic) return;
    request.customer = await authentication.authenticate(request.raw);
  });
  api.addHook('onResponse', async (request, reply) => {
    metrics?.followed(reply.statusCode);
    logger.info(lineOf(request, reply, proxies.clientAddress(request.raw)), 'customer request');
  });
  await describeApi(api, {
    title: 'cert-order-status customer API',
    description: DESCRIPTION,
    securitySchemes: {
      token: { type: 'http', scheme: 'bearer', description: 'An API token of the account.' },
      password: { type: 'http', scheme: 'basic', description: 'Login and password of the account.' },
    },
  });
  await api.register(async (routes) => {
    routes.get(
      DOCUMENT_PATH,
      {
        config: { isPublic: true },
        schema: {
          operationId: 'getDescription',
          summary: 'This description (OpenAPI 3.1)',
          response: responsesWith({ 200: Type.Object({}, { description: 'The document.' }) }, ['not-https']),
        },
      },
      async () => api.swagger(),
    );
    changesRoute(routes, {
      feed: new AccountFeed(history, new AccountCursors(parts.cursorSecret)),
      waits,
      onHandedOn: (seconds) => metrics?.handedOn(seconds),
    });
  });
  await api.ready();
  return {
    handler(request, response) {
      request.url = normalTarget(request.url ?? '');
      api.routing(request, response);
    },
    stopWaiting() {
      waits.stop();
    },
    async close() {
      await api.close();
      await authentication.settled();
    },
  };
}

function lineOf({ customer, method, routeOptions }: FastifyRequest, reply: FastifyReply, address: string) {
  return {
    account: customer?.loginName,
    token: customer?.token?.name,
    method,
    // As it was declared: the address itself is text of the client.
    route: routeOptions.url,
    httpStatus: reply.statusCode,
    durationMs: Math.round(reply.elapsedTime * 1000) / 1000,
    address,
  };
}
