/** Signing in to the console with an admin token, and out again. */

import type { FastifyInstance } from 'fastify';
import { digestOf } from '../../accounts/bearer-token.ts';
import { type Html, html } from '../html.ts';
import { formOf, sendPage } from '../page-server.ts';
import { saidView } from '../said.ts';
import { CONSOLE, type ConsoleRouteParts } from './frame.ts';

const WRONG = 'That did not work: the token is unknown, revoked or expired, or its scope is not admin.';

/** Adds the routes. */
export function signInRoutes(
  pages: FastifyInstance,
  { store, sessions, proxies, logins, logger }: ConsoleRouteParts,
): void {
  pages.post(`${CONSOLE}/sign-in`, async (request, reply) => {
    const token = await store.tokens.find(digestOf(formOf(request, 'token').token.trim()));
    const isGood =
      token?.scope === 'admin' && (token.expires === undefined || Date.parse(token.expires) > Date.now());
    const address = proxies.callerAddress(request.raw);
    logins.note({ surface: 'console', tokenName: token?.name ?? '', address, succeeded: isGood });
    if (!isGood) return sendPage(reply, { title: 'Sign in', content: signInForm(WRONG) }, 422);
    const { name, scope } = token;
    await sessions.signIn(request, reply, { kind: 'token', name, scope });
    request.signedIn = { token: name };
    await store.tokens.use(name);
    logger.info({ token: name }, 'signed in to the console');
    return reply.redirect(CONSOLE, 303);
  });

  pages.post(`${CONSOLE}/sign-out`, async (request, reply) => {
    await sessions.signOut(request, reply);
    return reply.redirect(CONSOLE, 303);
  });
}

/** The form, with what went wrong before, if anything did. */
export function signInForm(problem?: string): Html {
  return html`<div class="narrow">
<h1>Console</h1>
${saidView(problem === undefined ? undefined : { kind: 'bad', text: problem })}
<form class="stacked card" method="post" action="${CONSOLE}/sign-in">
<label>Admin token<input name="token" type="password" required autocomplete="current-password" spellcheck="false"></label>
<button>Sign in</button>
</form>
<p class="hint"><code>cert-order-status token create NAME --scope admin</code> makes one.</p>
</div>`;
}
