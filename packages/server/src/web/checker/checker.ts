/** The order status checker: the pages for customers, and for holders of their share links. */

import type { RequestListener } from 'node:http';
import { BrowserSessions } from '../browser-sessions.ts';
import { InstanceCookie } from '../instance-cookie.ts';
import { OrderEvents } from '../order-events.ts';
import { notFoundOrNotYours, pageServer, SessionEnded } from '../page-server.ts';
import { followRoutes } from './follow-orders.ts';
import type { CheckerParts, CheckerRouteParts } from './layout.ts';
import { myOrdersRoutes } from './my-orders.ts';
import { notificationRoutes } from './notifications.ts';
import { orderRoutes } from './order-page.ts';
import { passwordRoutes } from './passwords.ts';
import { sharedRoutes } from './shared-page.ts';
import { signInRoutes } from './sign-in.ts';
import { tokenRoutes } from './tokens.ts';

/** The checker, ready for requests. */
export interface Checker {
  readonly handler: RequestListener;
  /** Ends live updates of open pages; to be called when no more requests are accepted. */
  stopWaiting(): void;
  close(): Promise<void>;
}

/** Puts the checker together. */
export async function checker(given: CheckerParts): Promise<Checker> {
  const { store, proxies, logger, watch } = given;
  const cookie = new InstanceCookie(store.history, 'orders');
  const sessions = new BrowserSessions(store.sessions, proxies, 'account', cookie, given.onLimit);
  const live = new OrderEvents(store, watch, logger, given.onLimit, given.openPages);
  const stopWaiting = () => {
    watch.stop();
    live.stop();
  };
  const parts: CheckerRouteParts = {
    ...given,
    sessions,
    live,
    async requireAccount(request) {
      const owner = await sessions.ownerOf(request);
      if (owner === undefined) {
        throw (await sessions.hasEnded(request)) ? new SessionEnded('/') : notFoundOrNotYours();
      }
      request.signedIn = { account: owner.loginName };
      return owner;
    },
  };
  const { handler, close } = await pageServer({
    proxies,
    logger,
    logAs: 'page request',
    routes: (pages) => {
      signInRoutes(pages, parts);
      myOrdersRoutes(pages, parts);
      followRoutes(pages, parts);
      orderRoutes(pages, parts);
      notificationRoutes(pages, parts);
      passwordRoutes(pages, parts);
      tokenRoutes(pages, parts);
      sharedRoutes(pages, parts);
    },
  });
  return {
    handler,
    stopWaiting,
    async close() {
      stopWaiting();
      await close();
    },
  };
}
