/** The accounts: adding them, setting their passwords, and from where they may send requests. */

import type { FastifyInstance } from 'fastify';
import { AccountAdmin, describeAllowedAddresses } from '../../accounts/account-admin.ts';
import type { AccountSummary } from '../../accounts/accounts.ts';
import { AdminError } from '../../accounts/admin-error.ts';
import { type Html, html } from '../html.ts';
import { shownCount } from '../labels.ts';
import { type Notice, UNKNOWN_ACT } from '../notice.ts';
import { time } from '../order-view.ts';
import { formOf } from '../page-server.ts';
import { table } from '../table.ts';
import { accountTokensPath } from './account-tokens.ts';
import { CONSOLE, type ConsoleRouteParts } from './layout.ts';
import { listRoutes } from './list-routes.ts';
import { webhooksPath } from './webhooks.ts';

const PATH = `${CONSOLE}/accounts`;
/** How far the orders of an account are counted: a page of large accounts is as soon there as any. */
const ORDERS_COUNTED = 1000;

/** Adds the routes. */
export function accountRoutes(pages: FastifyInstance, parts: ConsoleRouteParts): void {
  const admin = new AccountAdmin(parts.store.accounts);
  listRoutes(pages, parts, {
    title: 'Accounts',
    path: PATH,
    list: (range) => admin.list(range, ORDERS_COUNTED + 1),
    view: (accounts) => html`${addForm()}${accountTable(accounts)}`,
    change: async (request, owner) => {
      const { act, loginName, allowedAddresses } = formOf(request, 'act', 'loginName', 'allowedAddresses');
      const notice = await change(admin, act, loginName, allowedAddresses);
      if (notice.kind === 'good') {
        parts.logger.info({ token: owner.name, act, account: loginName }, 'an account was changed');
      }
      return notice;
    },
  });
}

async function change(
  admin: AccountAdmin,
  act: string,
  loginName: string,
  allowedAddresses: string,
): Promise<Notice> {
  switch (act) {
    case 'add':
      return add(admin, loginName);
    case 'reset': {
      const password = await admin.resetPassword(loginName);
      return good(`Account ${loginName} has a new password; no other works.`, password);
    }
    case 'allow': {
      const networks = allowedAddresses.split(/[\s,]+/).filter((network) => network !== '');
      await admin.allow(loginName, networks);
      return good(`Account ${loginName} may send requests from ${describeAllowedAddresses(networks)}.`);
    }
    case 'disable':
    case 'enable':
      await admin.setDisabled(loginName, act === 'disable');
      return good(`Account ${loginName} is ${act}d.`);
    default:
      return UNKNOWN_ACT;
  }
}

function orderCount(orders: number): string {
  return orders <= ORDERS_COUNTED ? shownCount(orders) : `over ${shownCount(ORDERS_COUNTED)}`;
}

function addForm(): Html {
  return html`<form class="inline card" method="post" action="${PATH}">
<label class="grow">New account's login<input name="loginName" required maxlength="64" autocapitalize="none" spellcheck="false" autocomplete="off"></label>
<button name="act" value="add">Add</button>
</form>`;
}

const COLUMNS = ['Login', 'Orders', 'Added', 'State', 'Allowed from', 'Change'];

function accountTable(accounts: readonly AccountSummary[]): Html {
  return table(
    'Accounts',
    COLUMNS,
    accounts.map(
      ({ loginName, disabled, created, orders, allowedAddresses }) => html`<tr>
<th scope="row">${loginName}</th>
<td class="number"><a href="${CONSOLE}/orders?account=${encodeURIComponent(loginName)}">${orderCount(orders)}</a></td>
<td>${time(created)}</td><td>${disabled ? 'disabled' : 'in use'}</td><td>${describeAllowedAddresses(allowedAddresses)}</td>
<td><p><a href="${accountTokensPath(loginName)}">Tokens<span class="hidden"> of ${loginName}</span></a> · <a href="${webhooksPath(loginName)}">Webhooks<span class="hidden"> of ${loginName}</span></a></p><form class="acts" method="post" action="${PATH}"><input type="hidden" name="loginName" value="${loginName}">
<button class="quiet" name="act" value="${disabled ? 'enable' : 'disable'}">${disabled ? 'Enable' : 'Disable'}<span class="hidden"> ${loginName}</span></button>
<details><summary>New password<span class="hidden"> for ${loginName}</span></summary>
<p class="hint">The current password stops working at once.</p><button class="danger" name="act" value="reset">Make one<span class="hidden"> for ${loginName}</span></button></details>
<details><summary>Addresses<span class="hidden"> that ${loginName} may send requests from</span></summary>
<label>Networks, such as 10.0.0.0/8; none: from anywhere<input name="allowedAddresses" value="${allowedAddresses.join(', ')}" spellcheck="false" autocomplete="off"></label>
<button class="quiet" name="act" value="allow">Set<span class="hidden"> for ${loginName}</span></button></details></form></td>
</tr>`,
    ),
  );
}

async function add(admin: AccountAdmin, loginName: string): Promise<Notice> {
  try {
    return good(`Account ${loginName} is added.`, await admin.add(loginName));
  } catch (error) {
    if (!(error instanceof AdminError) || error.kind !== 'already-exists') throw error;
    return { kind: 'bad', text: 'There is an account with that login already.' };
  }
}

/** @param password one that only this page ever shows. */
function good(text: string, password?: string): Notice {
  const secret =
    password === undefined ? undefined : { name: 'Its password, which is not shown again', value: password };
  return { kind: 'good', text, secret };
}
