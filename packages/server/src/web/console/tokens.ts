/** The tokens of the management API. */

import { formatDateTime, textProblem } from '@cert-order-status/protocol';
import type { FastifyInstance } from 'fastify';
import { digestOf, newToken, TOKEN_NAME_LIMIT } from '../../accounts/bearer-token.ts';
import { TOKEN_SCOPES, type TokenSummary } from '../../accounts/tokens.ts';
import { type Html, html } from '../html.ts';
import { type Notice, noticeView } from '../notice.ts';
import { time } from '../order-view.ts';
import { formOf, queryOf } from '../page-server.ts';
import { pager } from '../pager.ts';
import { CONSOLE, type ConsoleRouteParts, sendConsolePage } from './layout.ts';

const PATH = `${CONSOLE}/tokens`;
const PAGE_LENGTH = 50;
const DAY = 24 * 60 * 60;
/** How long a token can be made to last, in days; 0 is for ever. */
const LIFETIMES = [30, 90, 365, 0] as const;

/** Adds the routes. */
export function tokenRoutes(
  pages: FastifyInstance,
  { store: { tokens }, requireOperator, logger }: ConsoleRouteParts,
): void {
  const page = async (after: string, said?: Notice) => {
    const found = await tokens.list({ after, limit: PAGE_LENGTH + 1 });
    const shown = found.slice(0, PAGE_LENGTH);
    const next = found.length > PAGE_LENGTH ? shown.at(-1)?.name : undefined;
    return {
      title: 'Tokens',
      content: html`<h1>Tokens</h1>${noticeView(said)}${createForm()}${table(shown)}${pager(PATH, {}, after !== '', next)}`,
    };
  };

  pages.get(PATH, async (request, reply) => {
    const owner = await requireOperator(request);
    return sendConsolePage(reply, owner, PATH, await page(queryOf(request, 'after').after));
  });

  pages.post(PATH, async (request, reply) => {
    const owner = await requireOperator(request);
    const { act, name, scope, days } = formOf(request, 'act', 'name', 'scope', 'days');
    const said = act === 'revoke' ? await revoke(name) : await create(name, scope, days);
    if (said.kind === 'good') logger.info({ token: owner.name, act, name }, 'a token was changed');
    return sendConsolePage(reply, owner, PATH, await page('', said), said.kind === 'good' ? 200 : 422);
  });

  async function create(name: string, wanted: string, days: string): Promise<Notice> {
    const problem = textProblem(name, TOKEN_NAME_LIMIT);
    if (problem !== undefined) return { kind: 'bad', text: `The name ${problem}.` };
    const scope = TOKEN_SCOPES.find((known) => known === wanted);
    const lifetime = LIFETIMES.find((known) => String(known) === days);
    if (scope === undefined || lifetime === undefined)
      return { kind: 'bad', text: 'Choose a scope and a lifetime.' };
    const token = newToken();
    const expires = lifetime > 0 ? formatDateTime(Math.floor(Date.now() / 1000) + lifetime * DAY) : undefined;
    const isAdded = await tokens.add({ name, scope, digest: digestOf(token), expires });
    if (!isAdded)
      return { kind: 'bad', text: 'There is or was a token of that name already; choose another.' };
    return {
      kind: 'good',
      text: `Token ${name} is made.`,
      secret: { name: 'The token, which is not shown again', value: token },
    };
  }

  async function revoke(name: string): Promise<Notice> {
    const result = await tokens.revoke(name);
    if (result === 'unknown token') return { kind: 'bad', text: 'There is no such token.' };
    return { kind: 'good', text: `Token ${name} is revoked.` };
  }
}

function createForm(): Html {
  return html`<form class="inline card" method="post" action="${PATH}">
<label class="grow">What it is for<input name="name" required maxlength="${TOKEN_NAME_LIMIT}" autocomplete="off"></label>
<label>Scope<select name="scope">${TOKEN_SCOPES.map((scope) => html`<option>${scope}</option>`)}</select></label>
<label>Lasts<select name="days">${LIFETIMES.map((days) => html`<option value="${days}">${days === 0 ? 'for ever' : `${days} days`}</option>`)}</select></label>
<button name="act" value="create">Make a token</button>
</form>`;
}

function table(tokens: readonly TokenSummary[]): Html {
  return html`<div class="table" role="region" aria-label="Tokens" tabindex="0"><table>
<thead><tr><th scope="col">Token</th><th scope="col">Scope</th><th scope="col">Made</th><th scope="col">Last used</th><th scope="col">Ends</th><th scope="col">Change</th></tr></thead>
<tbody>
${tokens.map(
  ({ name, scope, created, expires, revoked, lastUsed }) => html`<tr>
<th scope="row">${name}</th><td>${scope}</td><td>${time(created)}</td>
<td>${lastUsed === undefined ? 'never' : time(lastUsed)}</td>
<td>${revoked === undefined ? (expires === undefined ? 'never' : time(expires)) : html`revoked ${time(revoked)}`}</td>
<td>${
    revoked === undefined
      ? html`<form method="post" action="${PATH}"><input type="hidden" name="name" value="${name}">
<details><summary>Revoke<span class="hidden"> ${name}</span></summary>
<p class="hint">What uses it is refused at once, for ever.</p><button class="danger" name="act" value="revoke">Revoke it<span class="hidden">, ${name}</span></button></details></form>`
      : ''
  }</td>
</tr>`,
)}
</tbody></table></div>`;
}
