/** The tokens of one account: making and revoking them for a customer. */

import type { FastifyInstance } from 'fastify';
import { AccountTokenAdmin } from '../../accounts/account-token-admin.ts';
import { changeAccountToken } from '../account-token-change.ts';
import { type Html, html } from '../html.ts';
import { type Notice, noticeOfError, noticeView } from '../notice.ts';
import { formOf, queryOf } from '../page-server.ts';
import { lifetimeField, tokenNameField, tokenTable } from '../token-view.ts';
import { CONSOLE, type ConsoleRouteParts, sendConsolePage } from './layout.ts';

const PATH = `${CONSOLE}/account-tokens`;
const ACCOUNTS = `${CONSOLE}/accounts`;

/** Where the tokens of an account are. */
export function accountTokensPath(loginName: string): string {
  return `${PATH}?account=${encodeURIComponent(loginName)}`;
}

/** Adds the routes. */
export function accountTokenRoutes(
  pages: FastifyInstance,
  { store, logger, onLimit, requireOperator }: ConsoleRouteParts,
): void {
  const admin = new AccountTokenAdmin(store, onLimit);
  const isAccount = async (loginName: string) => (await store.accounts.find(loginName)) !== undefined;
  const page = async (loginName: string, notice?: Notice) => ({
    title: `Tokens of ${loginName}`,
    content: html`<h1>Tokens of ${loginName}</h1>
<p>With a token, a program of the customer follows the orders of this account. A new password does not end it.</p>
${noticeView(notice)}
${createForm(loginName)}
${tokenTable(await admin.list(loginName), accountTokensPath(loginName))}`,
  });

  pages.get(PATH, async (request, reply) => {
    const owner = await requireOperator(request);
    const { account } = queryOf(request, 'account');
    if (!(await isAccount(account))) return reply.redirect(ACCOUNTS, 303);
    return sendConsolePage(reply, owner, ACCOUNTS, await page(account));
  });

  pages.post(PATH, async (request, reply) => {
    const owner = await requireOperator(request);
    const { account } = queryOf(request, 'account');
    if (!(await isAccount(account))) return reply.redirect(ACCOUNTS, 303);
    const { act, name } = formOf(request, 'act', 'name');
    const notice = await changeAccountToken(admin, request, account).catch(noticeOfError);
    if (notice.kind === 'good') {
      logger.info({ token: owner.name, act, account, name }, 'an account token was changed');
    }
    const status = notice.kind === 'good' ? 200 : 422;
    return sendConsolePage(reply, owner, ACCOUNTS, await page(account, notice), status);
  });
}

function createForm(loginName: string): Html {
  return html`<form class="inline card" method="post" action="${accountTokensPath(loginName)}">
${tokenNameField()}
${lifetimeField()}
<button name="act" value="create">Make a token</button>
</form>`;
}
