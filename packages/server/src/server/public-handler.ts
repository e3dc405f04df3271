/**
 * What the public listener serves: the API's path, a health check, the customer API, the pages if there are any, and
 * 404 for everything else.
 */

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { encodeApiError, NOT_HTTPS } from '@cert-order-status/protocol';
import type { Logger } from 'pino';
import { formResponse, refuse, textResponse } from '../http/response.ts';
import { refusalOfOtherMethods } from '../http/route-methods.ts';
import type { TrustedProxies } from '../http/trusted-proxies.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * The API's path, case-sensitive: as live services have it, as the spec's heading spells it, and as documented for some
 * products.
 */
const STATUS_PATHS = new Set(
  [
    '/products/!GetDetailedOrderStatus',
    '/products!/GetDetailedOrderStatus',
    '/products/download/!GetDetailedOrderStatus',
  ].flatMap((path) => [path, path.replace('!', '%21')]),
);

/** The paths of the customer API, those that it does not have included. */
const CUSTOMER_API_PATH = /^\/v1(?:\/|$)/;

/** Paths that programs request, misspelt or of sibling calls: a program never gets a page. */
const API_LIKE_PATH = /^\/+products|GetDetailedOrderStatus/i;

/** Routes the requests of the public listener. */
export function publicHandler(
  statusEndpoint: Handler,
  customerApi: RequestListener,
  logger: Logger,
  pages?: RequestListener,
): RequestListener {
  return (request, response) => {
    const path = pathOf(request.url ?? '');
    if (STATUS_PATHS.has(path)) {
      statusEndpoint(request, response).catch((error) => {
        // Not even a response could be written; only this connection ends.
        logger.error({ err: error }, 'a request could not be answered');
        response.destroy();
      });
    } else if (path === '/healthz') {
      refuse(request, response, refusalOfOtherMethods(request.method) ?? textResponse(200, 'ok'));
    } else if (CUSTOMER_API_PATH.test(path)) {
      customerApi(request, response);
    } else if (pages !== undefined && !API_LIKE_PATH.test(path)) {
      pages(request, response);
    } else {
      refuse(request, response, textResponse(404, 'not found'));
      // The path is text of the client and stays out of the log.
      logger.info({ httpStatus: 404 }, 'request');
    }
  };
}

/** Routes the requests of the plain-HTTP listener: only a trusted proxy gets to hear anything but -1 there. */
export function plainHttpHandler(
  handler: RequestListener,
  proxies: TrustedProxies,
  logger: Logger,
): RequestListener {
  return (request, response) => {
    if (proxies.isPeerOf(request)) {
      handler(request, response);
      return;
    }
    refuse(request, response, formResponse(encodeApiError(NOT_HTTPS)));
    logger.info({ errorCode: NOT_HTTPS.errorCode, address: proxies.clientAddress(request) }, 'request');
  };
}

/** Without the query; a request to a proxy carries the whole address, `https://host/path`. */
function pathOf(url: string): string {
  const target = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = target.indexOf('?');
  return mark === -1 ? target : target.slice(0, mark);
}
