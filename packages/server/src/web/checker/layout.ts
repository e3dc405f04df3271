/** What the checker's pages have in common: who is signed in, and what stands around a page. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Authenticator } from '../../accounts/authenticator.ts';
import type { HashQueue } from '../../accounts/hash-queue.ts';
import type { SessionOwner } from '../../accounts/sessions.ts';
import type { TrustedProxies } from '../../http/trusted-proxies.ts';
import type { OnLimit } from '../../limits.ts';
import type { ChangeWatch } from '../../orders/change-watch.ts';
import type { Store } from '../../store/store.ts';
import type { FollowedOrderAdmin } from '../../upstreams/followed-order-admin.ts';
import type { WebhookAdmin } from '../../webhooks/webhook-admin.ts';
import type { BrowserSessions } from '../browser-sessions.ts';
import { navigationOf } from '../document.ts';
import type { Html } from '../html.ts';
import type { OpenPageLimits } from '../open-pages.ts';
import type { OrderEvents } from '../order-events.ts';
import { sendPage } from '../page-server.ts';

const LINKS = [
  { path: '/', text: 'Orders' },
  { path: '/notifications', text: 'Notifications' },
  { path: '/passwords', text: 'Passwords' },
  { path: '/tokens', text: 'API tokens' },
];

/** What the checker depends on. */
export interface CheckerParts {
  /** Opened to write: sessions and links are made here. */
  readonly store: Store;
  readonly webhooks: WebhookAdmin;
  readonly followedOrders: FollowedOrderAdmin;
  readonly login: Authenticator;
  /** Where hashes of new passwords take their turn, too. */
  readonly hashes: HashQueue;
  readonly proxies: TrustedProxies;
  readonly logger: Logger;
  readonly onLimit: OnLimit;
  /** Of the history in the store. */
  readonly watch: ChangeWatch;
  /** How many pages may be kept up to date at a time. */
  readonly openPages: OpenPageLimits;
}

/** What its routes have in common. */
export interface CheckerRouteParts extends CheckerParts {
  readonly sessions: BrowserSessions<'account'>;
  readonly live: OrderEvents;
  /** @throws the page that says "not found, or not yours" without a session. */
  requireAccount(request: FastifyRequest): Promise<AccountOwner>;
}

/** An account that is signed in. */
export type AccountOwner = Extract<SessionOwner, { kind: 'account' }>;

/** Sends a page to an account that is signed in. */
export function sendAccountPage(
  reply: FastifyReply,
  { loginName }: AccountOwner,
  current: string,
  page: { readonly title: string; readonly content: Html },
  status = 200,
): FastifyReply {
  const navigation = navigationOf(LINKS, current, { signOut: '/sign-out', who: loginName });
  return sendPage(reply, { ...page, navigation }, status);
}
