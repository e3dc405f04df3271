/** The accounts: who may ask. */

import { LOGIN_NAME_LIMIT, textProblem } from '@cert-order-status/protocol';
import type { FastifyInstance } from 'fastify';
import { allowedAddressesProblem } from '../../accounts/allowed-addresses.ts';
import { generatePassword } from '../../accounts/new-password.ts';
import { hashPassword } from '../../accounts/password-hash.ts';
import { type Html, html } from '../html.ts';
import { type Notice, noticeView } from '../notice.ts';
import { time } from '../order-view.ts';
import { formOf, queryOf } from '../page-server.ts';
import { pager } from '../pager.ts';
import { CONSOLE, type ConsoleRouteParts, sendConsolePage } from './layout.ts';

const PATH = `${CONSOLE}/accounts`;
const PAGE_LENGTH = 50;
/** How far the orders of an account are counted: a page of large accounts is as soon there as any. */
const ORDERS_COUNTED = 1000;

/** Adds the routes. */
export function accountRoutes(
  pages: FastifyInstance,
  { store: { accounts }, requireOperator, logger }: ConsoleRouteParts,
): void {
  const page = async (after: string, said?: Notice) => {
    const found = await accounts.list({
      after,
      limit: PAGE_LENGTH + 1,
      countUpTo: ORDERS_COUNTED + 1,
    });
    const shown = found.slice(0, PAGE_LENGTH);
    const next = found.length > PAGE_LENGTH ? shown.at(-1)?.loginName : undefined;
    return {
      title: 'Accounts',
      content: html`<h1>Accounts</h1>${noticeView(said)}${addForm()}${table(shown)}${pager(PATH, {}, after !== '', next)}`,
    };
  };

  pages.get(PATH, async (request, reply) => {
    const owner = await requireOperator(request);
    return sendConsolePage(reply, owner, PATH, await page(queryOf(request, 'after').after));
  });

  pages.post(PATH, async (request, reply) => {
    const owner = await requireOperator(request);
    const { act, loginName, allowedAddresses } = formOf(request, 'act', 'loginName', 'allowedAddresses');
    const said = await change(act, loginName, allowedAddresses);
    if (said.kind === 'good')
      logger.info({ token: owner.name, act, account: loginName }, 'an account was changed');
    return sendConsolePage(reply, owner, PATH, await page('', said), said.kind === 'good' ? 200 : 422);
  });

  async function change(act: string, loginName: string, allowedAddresses: string): Promise<Notice> {
    switch (act) {
      case 'add': {
        const problem = textProblem(loginName, LOGIN_NAME_LIMIT);
        if (problem !== undefined) return { kind: 'bad', text: `The login ${problem}.` };
        const password = generatePassword();
        if (!(await accounts.add(loginName, await hashPassword(password)))) {
          return { kind: 'bad', text: 'There is an account with that login already.' };
        }
        return { kind: 'good', text: `Account ${loginName} is added.`, secret: shown(password) };
      }
      case 'reset': {
        const password = generatePassword();
        if (!(await accounts.setPasswordHash(loginName, await hashPassword(password))))
          return unknown(loginName);
        return {
          kind: 'good',
          text: `Account ${loginName} has a new password; no other works.`,
          secret: shown(password),
        };
      }
      case 'allow': {
        const networks = allowedAddresses.split(/[\s,]+/).filter((network) => network !== '');
        const problem = allowedAddressesProblem(networks);
        if (problem !== undefined) return { kind: 'bad', text: `That cannot be: ${problem}.` };
        if (!(await accounts.setAllowedAddresses(loginName, networks))) return unknown(loginName);
        return { kind: 'good', text: `Account ${loginName} may ask from ${shownNetworks(networks)}.` };
      }
      case 'disable':
      case 'enable': {
        const result = await accounts.setDisabled(loginName, act === 'disable');
        if (result === 'unknown account') return unknown(loginName);
        return { kind: 'good', text: `Account ${loginName} is ${act}d.` };
      }
      default:
        return { kind: 'bad', text: 'That is nothing that can be done here.' };
    }
  }
}

function unknown(loginName: string): Notice {
  return { kind: 'bad', text: `There is no account ${loginName}.` };
}

function shownNetworks(networks: readonly string[]): string {
  return networks.length === 0 ? 'anywhere' : networks.join(', ');
}

function shownCount(orders: number): string {
  const isWhole = orders <= ORDERS_COUNTED;
  return isWhole ? orders.toLocaleString('en') : `over ${ORDERS_COUNTED.toLocaleString('en')}`;
}

function addForm(): Html {
  return html`<form class="inline card" method="post" action="${PATH}">
<label class="grow">New account's login<input name="loginName" required maxlength="64" autocapitalize="none" spellcheck="false" autocomplete="off"></label>
<button name="act" value="add">Add</button>
</form>`;
}

function table(
  accounts: readonly {
    readonly loginName: string;
    readonly disabled: boolean;
    readonly created: string;
    readonly orders: number;
    readonly allowedAddresses: readonly string[];
  }[],
): Html {
  return html`<div class="table" role="region" aria-label="Accounts" tabindex="0"><table>
<thead><tr><th scope="col">Login</th><th scope="col">Orders</th><th scope="col">Added</th><th scope="col">State</th><th scope="col">May ask from</th><th scope="col">Change</th></tr></thead>
<tbody>
${accounts.map(
  ({ loginName, disabled, created, orders, allowedAddresses }) => html`<tr>
<th scope="row">${loginName}</th>
<td class="number"><a href="${CONSOLE}/orders?account=${encodeURIComponent(loginName)}">${shownCount(orders)}</a></td>
<td>${time(created)}</td><td>${disabled ? 'disabled' : 'in use'}</td><td>${shownNetworks(allowedAddresses)}</td>
<td><form class="acts" method="post" action="${PATH}"><input type="hidden" name="loginName" value="${loginName}">
<button class="quiet" name="act" value="${disabled ? 'enable' : 'disable'}">${disabled ? 'Enable' : 'Disable'}<span class="hidden"> ${loginName}</span></button>
<details><summary>New password<span class="hidden"> for ${loginName}</span></summary>
<p class="hint">The one it has stops working at once.</p><button class="danger" name="act" value="reset">Make one<span class="hidden"> for ${loginName}</span></button></details>
<details><summary>Addresses<span class="hidden"> that ${loginName} may ask from</span></summary>
<label>Networks, such as 10.0.0.0/8; none: from anywhere<input name="allowedAddresses" value="${allowedAddresses.join(', ')}" spellcheck="false" autocomplete="off"></label>
<button class="quiet" name="act" value="allow">Set<span class="hidden"> for ${loginName}</span></button></details></form></td>
</tr>`,
)}
</tbody></table></div>`;
}

function shown(password: string): NonNullable<Notice['secret']> {
  return { name: 'Its password, which is not shown again', value: password };
}
