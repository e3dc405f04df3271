/** The webhook endpoints of one account, as operators see and change them. */

import type { FastifyInstance } from 'fastify';
import { html } from '../html.ts';
import { queryOf } from '../page-server.ts';
import { webhookRoutes } from '../webhook-pages.ts';
import { CONSOLE, type ConsoleRouteParts, sendConsolePage } from './layout.ts';

const PATH = `${CONSOLE}/webhooks`;

/** Where the endpoints of an account are. */
export function webhooksPath(loginName: string): string {
  return `${PATH}?account=${encodeURIComponent(loginName)}`;
}

/** Adds the routes. */
export function webhookConsoleRoutes(
  pages: FastifyInstance,
  { logger, webhooks, requireOperator }: ConsoleRouteParts,
): void {
  webhookRoutes(pages, {
    path: PATH,
    viewer: 'operator',
    introduction: html`Each change of this account's orders is sent to its endpoints. One that is added here may lead to the networks of
<code>--outbound-allow</code>; one that the customer adds may not.`,
    logger,
    webhooks,
    titleOf: (loginName) => `Webhooks of ${loginName}`,
    formsOf: (loginName) => ({
      listPath: webhooksPath(loginName),
      endpointPath: (endpointID) => `${PATH}/${endpointID}`,
      orderPath: (orderNumber) => `${CONSOLE}/orders/${orderNumber}`,
      needsPassword: false,
    }),
    async visitorOf(request) {
      const owner = await requireOperator(request);
      return {
        owner: {},
        loginName: queryOf(request, 'account').account,
        author: { token: owner.name },
        send: (reply, page, status) => sendConsolePage(reply, owner, `${CONSOLE}/accounts`, page, status),
        passwordProblem: async () => undefined,
      };
    },
  });
}
