/** What the console's pages have in common: who is signed in, and what stands around a page. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { SessionOwner } from '../../accounts/sessions.ts';
import type { TokenLogin } from '../../accounts/token-login.ts';
import type { TrustedProxies } from '../../http/trusted-proxies.ts';
import type { OnLimit } from '../../limits.ts';
import type { Author } from '../../orders/change.ts';
import type { Store } from '../../store/store.ts';
import type { UpstreamAdmin } from '../../upstreams/upstream-admin.ts';
import type { WebhookAdmin } from '../../webhooks/webhook-admin.ts';
import type { BrowserSessions } from '../browser-sessions.ts';
import { navigationOf } from '../document.ts';
import type { Html } from '../html.ts';
import { sendPage } from '../page-server.ts';

/** Where the console is. */
export const CONSOLE = '/console';

const LINKS = [
  { path: CONSOLE, text: 'Overview' },
  { path: `${CONSOLE}/orders`, text: 'Orders' },
  { path: `${CONSOLE}/accounts`, text: 'Accounts' },
  { path: `${CONSOLE}/upstreams`, text: 'Upstreams' },
  { path: `${CONSOLE}/tokens`, text: 'Tokens' },
];

/** What the console stands on. */
export interface ConsoleParts {
  /** Opened to write. */
  readonly store: Store;
  readonly webhooks: WebhookAdmin;
  readonly upstreams: UpstreamAdmin;
  readonly proxies: TrustedProxies;
  readonly tokenLogin: TokenLogin;
  readonly logger: Logger;
  readonly onLimit: OnLimit;
  /** Called after each change: waiting clients then return at once. */
  readonly onChange: () => void;
}

/** A token that is signed in. */
export type TokenOwner = Extract<SessionOwner, { kind: 'token' }>;

/** What its routes have in common. */
export interface ConsoleRouteParts extends ConsoleParts {
  readonly sessions: BrowserSessions<'token'>;
  /** @throws the page that says "not found, or not yours" without a session. */
  requireOperator(request: FastifyRequest): Promise<TokenOwner>;
}

/** Whose name the history has for what is done here. */
export function authorOf({ name }: TokenOwner): Author {
  return { kind: 'token', name };
}

/** Sends a page to an operator who is signed in. */
export function sendConsolePage(
  reply: FastifyReply,
  { name }: TokenOwner,
  current: string,
  page: { readonly title: string; readonly content: Html },
  status = 200,
): FastifyReply {
  const navigation = navigationOf(LINKS, current, { signOut: `${CONSOLE}/sign-out`, who: name });
  return sendPage(reply, { ...page, navigation }, status);
}
