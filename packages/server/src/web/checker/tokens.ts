/** The API tokens of an account: with one, a program follows its orders without the password. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AccountTokenAdmin } from '../../accounts/account-token-admin.ts';
import { type Html, html } from '../html.ts';
import { type Notice, noticeOfError, noticeView, UNKNOWN_ACT } from '../notice.ts';
import { formOf } from '../page-server.ts';
import {
  expiryOfDays,
  lifetimeField,
  tokenMade,
  tokenNameField,
  tokenRevoked,
  tokenTable,
} from '../token-view.ts';
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
    const notice = await change(request, owner).catch(noticeOfError);
    if (notice.kind === 'good') {
      const address = proxies.clientAddress(request.raw);
      logger.info({ account: owner.loginName, act, name, address }, 'an account token was changed');
    }
    return sendAccountPage(reply, owner, PATH, await page(owner, notice), notice.kind === 'good' ? 200 : 422);
  });

  /**
   * A session is not enough to make a token, which outlasts the session and a change of the password: that needs the
   * password. Revoking needs none.
   */
  async function change(request: FastifyRequest, { loginName }: AccountOwner): Promise<Notice> {
    const { act, name, days } = formOf(request, 'act', 'name', 'days');
    switch (act) {
      case 'create': {
        const expiry = expiryOfDays(days);
        if (expiry === undefined) return { kind: 'bad', text: 'Choose a lifetime.' };
        const problem = await passwordProblem(parts, request, loginName);
        if (problem !== undefined) return problem;
        return tokenMade(name, await admin.create(loginName, { name, ...expiry }));
      }
      case 'revoke':
        await admin.revoke(loginName, name);
        return tokenRevoked(name);
      default:
        return UNKNOWN_ACT;
    }
  }
}

function createForm(): Html {
  return html`<form class="inline card" method="post" action="${PATH}">
${tokenNameField()}
${lifetimeField()}
<label>Current password<input name="current" type="password" required autocomplete="current-password"></label>
<button name="act" value="create">Make a token</button>
</form>`;
}
