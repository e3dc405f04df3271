/** The API tokens of an account: with one, a program follows its orders without the password. */

import type { FastifyInstance } from 'fastify';
import { AccountTokenAdmin } from '../../accounts/account-token-admin.ts';
import { changeAccountToken } from '../account-token-change.ts';
import { type Html, html } from '../html.ts';
import { type Notice, noticeOfError, noticeView } from '../notice.ts';
import { formOf } from '../page-server.ts';
import { lifetimeField, tokenNameField, tokenTable } from '../token-view.ts';
import { passwordProblem } from './check-login.ts';
import { type AccountOwner, type CheckerRouteParts, sendAccountPage } from './layout.ts';

const PATH = '/tokens';
const title = 'API tokens';

/** Adds the routes. */
export function tokenRoutes(pages: FastifyInstance, parts: CheckerRouteParts): void {
  const { store, proxies, logger, onLimit, requireAccount } = parts;
  const admin = new AccountTokenAdmin(store, onLimit);
  const page = async ({ loginName }: AccountOwner, notice?: Notice) => ({
    title,
    content: html`<h1>${title}</h1>
<p>With a token, a program follows your orders without your password. It can read them and nothing else. A token stays valid when the
password changes: revoke it here when it is not needed any more, or may have become known to others.</p>
${noticeView(notice)}
${createForm()}
${tokenTable(await admin.list(loginName), PATH)}`,
  });

  pages.get(PATH, async (request, reply) => {
    const owner = await requireAccount(request);
    return sendAccountPage(reply, owner, PATH, await page(owner));
  });

  pages.post(PATH, async (request, reply) => {
    const owner = await requireAccount(request);
    const { act, name } = formOf(request, 'act', 'name');
    // A session is not enough to make a token, which outlasts the session and a change of the password: that needs the
    // password. Revoking needs none.
    const problem = () => passwordProblem(parts, request, owner.loginName);
    const notice = await changeAccountToken(admin, request, owner.loginName, problem).catch(noticeOfError);
    if (notice.kind === 'good') {
      const address = proxies.clientAddress(request.raw);
      logger.info({ account: owner.loginName, act, name, address }, 'an account token was changed');
    }
    return sendAccountPage(reply, owner, PATH, await page(owner, notice), notice.kind === 'good' ? 200 : 422);
  });
}

function createForm(): Html {
  return html`<form class="inline card" method="post" action="${PATH}">
${tokenNameField()}
${lifetimeField()}
<label>Current password<input name="current" type="password" required autocomplete="current-password"></label>
<button name="act" value="create">Make a token</button>
</form>`;
}
