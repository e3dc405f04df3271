/** The operator's console, beside the management API: where orders get stuck, and what may be done about it. */

import type { RequestListener } from 'node:http';
import { BrowserSessions } from '../browser-sessions.ts';
import { InstanceCookie } from '../instance-cookie.ts';
import { notFoundOrNotYours, pageServer, SessionEnded } from '../page-server.ts';
import { accountTokenRoutes } from './account-tokens.ts';
import { accountRoutes } from './accounts.ts';
import { CONSOLE, type ConsoleParts, type ConsoleRouteParts } from './layout.ts';
import { orderRoutes } from './order-page.ts';
import { overviewRoutes } from './overview.ts';
import { searchRoutes } from './search.ts';
import { signInRoutes } from './sign-in.ts';
import { tokenRoutes } from './tokens.ts';
import { upstreamRoutes } from './upstreams.ts';
import { webhookConsoleRoutes } from './webhooks.ts';

/** The console, ready for requests. */
export interface Console {
  readonly handler: RequestListener;
  close(): Promise<void>;
}

/** Whether a request is for the console, and not for the management API on the same port. */
export function isForConsole(url: string | undefined): boolean {
  const [path = ''] = (url ?? '').split('?', 1);
  return path === '/' || path === CONSOLE || path.startsWith(`${CONSOLE}/`) || path.startsWith('/assets/');
}

/** Puts the console together. */
export function operatorConsole(given: ConsoleParts): Promise<Console> {
  const { store, proxies, logger } = given;
  const cookie = new InstanceCookie(store.history, 'console');
  const sessions = new BrowserSessions(store.sessions, proxies, 'token', cookie, given.onLimit);
  const parts: ConsoleRouteParts = {
    ...given,
    sessions,
    async requireOperator(request) {
      const owner = await sessions.ownerOf(request);
      if (owner?.scope !== 'admin') {
        throw (await sessions.hasEnded(request)) ? new SessionEnded(CONSOLE) : notFoundOrNotYours();
      }
      request.signedIn = { token: owner.name };
      return owner;
    },
  };
  return pageServer({
    proxies,
    logger,
    logAs: 'console request',
    routes: (pages) => {
      pages.get('/', async (_request, reply) => reply.redirect(CONSOLE, 303));
      signInRoutes(pages, parts);
      overviewRoutes(pages, parts);
      searchRoutes(pages, parts);
      orderRoutes(pages, parts);
      accountRoutes(pages, parts);
      accountTokenRoutes(pages, parts);
      webhookConsoleRoutes(pages, parts);
      upstreamRoutes(pages, parts);
      tokenRoutes(pages, parts);
    },
  });
}
