/** Signing in to the console with an admin token, and out again. */

import type { FastifyInstance } from 'fastify';
import { isExpired } from '../../accounts/expiry.ts';
import { formRoute } from '../form-route.ts';
import { type Html, html } from '../html.ts';
import { noticeView } from '../notice.ts';
import { formOf, sendPage } from '../page-server.ts';
import { CONSOLE, type ConsoleRouteParts } from './layout.ts';

const WRONG = 'That did not work: the token is unknown, revoked or expired, or its scope is not admin.';
/** For a browser whose session has ended. */
export const SIGNED_OUT =
  'You are signed out: your token was revoked or has expired, or your session has ended. Sign in. A form that you sent since then has changed nothing.';
const TOO_MANY = 'Too many sign-ins from your address have failed. Wait some minutes, and try again.';

/** Adds the routes. */
export function signInRoutes(
  pages: FastifyInstance,
  { store, sessions, proxies, tokenLogin, logger }: ConsoleRouteParts,
): void {
  formRoute(pages, `${CONSOLE}/sign-in`, CONSOLE, async (request, reply) => {
    const secret = formOf(request, 'token').token.trim();
    const check = await tokenLogin.check(
      secret,
      'console',
      proxies.clientAddress(request.raw),
      ({ scope, expires }) => scope === 'admin' && !isExpired(expires),
    );
    if (check.outcome !== 'good') {
      const isThrottled = check.outcome === 'throttled';
      const content = signInForm(isThrottled ? TOO_MANY : WRONG);
      return sendPage(reply, { title: 'Sign in', content }, isThrottled ? 429 : 422);
    }
    const { name, scope } = check.found;
    await sessions.signIn(request, reply, { kind: 'token', name, scope });
    request.signedIn = { token: name };
    await store.tokens.use(name);
    logger.info({ token: name }, 'signed in to the console');
    return reply.redirect(CONSOLE, 303);
  });

  formRoute(pages, `${CONSOLE}/sign-out`, CONSOLE, async (request, reply) => {
    await sessions.signOut(request, reply);
    return reply.redirect(CONSOLE, 303);
  });
}

/** The form, with what went wrong before, if anything did. */
export function signInForm(problem?: string): Html {
  return html`<div class="narrow">
<h1>Console</h1>
${noticeView(problem === undefined ? undefined : { kind: 'bad', text: problem })}
<form class="stacked card" method="post" action="${CONSOLE}/sign-in">
<label>Admin token<input name="token" type="password" required autocomplete="current-password" spellcheck="false"></label>
<button>Sign in</button>
</form>
<p class="hint"><code>cert-order-status token create NAME --scope admin</code> makes one.</p>
</div>`;
}
