/** Signing in to the checker, with an account's login and password, and out again. */

import type { FastifyInstance } from 'fastify';
import { formRoute } from '../form-route.ts';
import { type Html, html } from '../html.ts';
import { noticeView } from '../notice.ts';
import { formOf, sendPage } from '../page-server.ts';
import { checkLogin } from './check-login.ts';
import type { CheckerRouteParts } from './layout.ts';

const WRONG =
  'That did not work: the login or the password is wrong, or the account is disabled. Both are the ones that the API is asked with.';

/** For a browser whose session has ended. */
export const SIGNED_OUT =
  'You are signed out: your session has ended, or the account has another password, is disabled, or may not be used from your network. Sign in. A form that you sent since then has changed nothing.';

/** Adds the routes. */
export function signInRoutes(pages: FastifyInstance, parts: CheckerRouteParts): void {
  const { sessions } = parts;
  formRoute(pages, '/sign-in', '/', async (request, reply) => {
    const { loginName, loginPassword } = formOf(request, 'loginName', 'loginPassword');
    const result = await checkLogin(parts, request, loginName, loginPassword);
    if ('denied' in result) {
      const content = signInForm({ problem: WRONG, loginName });
      return sendPage(reply, { title: 'Sign in', content }, 422);
    }
    const { accountID, credentialVersion } = result.account;
    await sessions.signIn(request, reply, { kind: 'account', loginName, accountID, credentialVersion });
    request.signedIn = { account: loginName };
    return reply.redirect('/', 303);
  });

  formRoute(pages, '/sign-out', '/', async (request, reply) => {
    await sessions.signOut(request, reply);
    return reply.redirect('/', 303);
  });
}

/** The form, with what went wrong before, if anything did. */
export function signInForm({
  problem,
  loginName = '',
}: {
  problem?: string | undefined;
  loginName?: string;
} = {}): Html {
  return html`<div class="narrow">
<h1>Where is my certificate?</h1>
<p>Sign in with your account to see how your orders stand, and what they wait for.</p>
${noticeView(problem === undefined ? undefined : { kind: 'bad', text: problem })}
<form class="stacked card" method="post" action="/sign-in">
<label>Login<input name="loginName" value="${loginName}" required autocomplete="username" autocapitalize="none" spellcheck="false"></label>
<label>Password<input name="loginPassword" type="password" required autocomplete="current-password"></label>
<button>Sign in</button>
</form>
<p class="hint">Have you received a link to an order? Open the link; no account is needed.</p>
</div>`;
}
