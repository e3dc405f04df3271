/** The webhook endpoints of an account: where the customer is told of each change of an order. */

import type { FastifyInstance } from 'fastify';
import { html } from '../html.ts';
import { webhookRoutes } from '../webhook-pages.ts';
import { passwordProblem } from './check-login.ts';
import { type CheckerRouteParts, sendAccountPage } from './layout.ts';

const PATH = '/notifications';

/** Adds the routes. */
export function notificationRoutes(pages: FastifyInstance, parts: CheckerRouteParts): void {
  const { logger, webhooks, proxies, requireAccount } = parts;
  webhookRoutes(pages, {
    path: PATH,
    viewer: 'customer',
    introduction: html`Each change of your orders is sent to your endpoints within seconds, as a signed webhook. Check the signature with
the endpoint's secret.`,
    logger,
    webhooks,
    titleOf: () => 'Notifications',
    formsOf: () => ({
      listPath: PATH,
      endpointPath: (endpointID) => `${PATH}/${endpointID}`,
      orderPath: (orderNumber) => `/orders/${orderNumber}`,
      needsPassword: true,
    }),
    async visitorOf(request) {
      const owner = await requireAccount(request);
      const { loginName, accountID } = owner;
      return {
        owner: { accountID },
        loginName,
        author: { account: loginName, address: proxies.clientAddress(request.raw) },
        send: (reply, page, status) => sendAccountPage(reply, owner, PATH, page, status),
        passwordProblem: (request) => passwordProblem(parts, request, loginName),
      };
    },
  });
}
