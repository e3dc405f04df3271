/** Signing in to the checker, with an account's login and password, and out again. */

import { codePointLength, LOGIN_NAME_LIMIT, LOGIN_PASSWORD_LIMIT } from '@cert-order-status/protocol';
import type { FastifyInstance } from 'fastify';
import { type Html, html } from '../html.ts';
import { formOf, sendPage } from '../page-server.ts';
import { saidView } from '../said.ts';
import type { CheckerRouteParts } from './frame.ts';

/** What nobody's login can be: so that one that is too long costs no less than one that is wrong. */
const NOBODY = { loginName: 'x'.repeat(LOGIN_NAME_LIMIT + 1), loginPassword: 'x' };

const WRONG =
  'That did not work: the login or the password is wrong, or the account is disabled. Both are the ones that the API is asked with.';

/** Adds the routes. */
export function signInRoutes(
  pages: FastifyInstance,
  { store, login, proxies, sessions }: CheckerRouteParts,
): void {
  pages.post('/sign-in', async (request, reply) => {
    const { loginName, loginPassword } = formOf(request, 'loginName', 'loginPassword');
    const isPossible = fits(loginName, LOGIN_NAME_LIMIT) && fits(loginPassword, LOGIN_PASSWORD_LIMIT);
    // The same check, with the same turns and the same cost, as the API's.
    const result = await login.read(
      isPossible ? { loginName, loginPassword } : NOBODY,
      proxies.callerAddress(request.raw),
      async (name) => {
        const account = await store.accounts.find(name);
        return account === undefined ? { account } : { account };
      },
    );
    if ('denied' in result) {
      const content = signInForm({ problem: WRONG, loginName });
      return sendPage(reply, { title: 'Sign in', content }, 422);
    }
    const { accountID, credentialVersion } = result.account;
    await sessions.signIn(request, reply, { kind: 'account', loginName, accountID, credentialVersion });
    request.signedIn = { account: loginName };
    return reply.redirect('/', 303);
  });

  pages.post('/sign-out', async (request, reply) => {
    await sessions.signOut(request, reply);
    return reply.redirect('/', 303);
  });
}

/** The form, with what went wrong before, if anything did. */
export function signInForm({ problem, loginName = '' }: { problem?: string; loginName?: string } = {}): Html {
  return html`<div class="narrow">
<h1>Where is my certificate?</h1>
<p>Sign in with your account to see how your orders stand, and what they wait for.</p>
${saidView(problem === undefined ? undefined : { kind: 'bad', text: problem })}
<form class="stacked card" method="post" action="/sign-in">
<label>Login<input name="loginName" value="${loginName}" required autocomplete="username" autocapitalize="none" spellcheck="false"></label>
<label>Password<input name="loginPassword" type="password" required autocomplete="current-password"></label>
<button>Sign in</button>
</form>
<p class="hint">Has somebody sent you a link to an order? Open the link; no account is needed.</p>
</div>`;
}

function fits(text: string, limit: number): boolean {
  return text !== '' && codePointLength(text) <= limit && !text.includes('\0');
}
