/** The tokens of the management API: making and revoking them. */

import { count } from '@cert-order-status/protocol';
import type { FastifyInstance } from 'fastify';
import { TOKEN_NAME_LIMIT, TokenAdmin } from '../../accounts/token-admin.ts';
import { TOKEN_SCOPES, type TokenSummary } from '../../accounts/tokens.ts';
import { type Html, html } from '../html.ts';
import type { Notice } from '../notice.ts';
import { time } from '../order-view.ts';
import { formOf } from '../page-server.ts';
import { table } from '../table.ts';
import { CONSOLE, type ConsoleRouteParts } from './layout.ts';
import { listRoutes } from './list-routes.ts';

const PATH = `${CONSOLE}/tokens`;
const DAY_MS = 24 * 60 * 60 * 1000;
/** How long a token can be made to last, in days; 0 is for ever. */
const LIFETIMES = [30, 90, 365, 0] as const;

/** Adds the routes. */
export function tokenRoutes(pages: FastifyInstance, parts: ConsoleRouteParts): void {
  const admin = new TokenAdmin(parts.store.tokens);
  listRoutes(pages, parts, {
    title: 'Tokens',
    path: PATH,
    list: (range) => admin.list(range),
    view: (tokens) => html`${createForm()}${tokenTable(tokens)}`,
    change: async (request, owner) => {
      const { act, name, scope, days } = formOf(request, 'act', 'name', 'scope', 'days');
      const notice = act === 'revoke' ? await revoke(admin, name) : await create(admin, name, scope, days);
      if (notice.kind === 'good') parts.logger.info({ token: owner.name, act, name }, 'a token was changed');
      return notice;
    },
  });
}

async function create(admin: TokenAdmin, name: string, wanted: string, days: string): Promise<Notice> {
  const scope = TOKEN_SCOPES.find((known) => known === wanted);
  const lifetime = LIFETIMES.find((known) => String(known) === days);
  if (scope === undefined || lifetime === undefined) {
    return { kind: 'bad', text: 'Choose a scope and a lifetime.' };
  }
  const expiresAtMs = lifetime > 0 ? Date.now() + lifetime * DAY_MS : undefined;
  const { token } = await admin.create({ name, scope, expiresAtMs });
  const secret = { name: 'The token, which is not shown again', value: token };
  return { kind: 'good', text: `Token ${name} is made.`, secret };
}

async function revoke(admin: TokenAdmin, name: string): Promise<Notice> {
  await admin.revoke(name);
  return { kind: 'good', text: `Token ${name} is revoked.` };
}

function createForm(): Html {
  return html`<form class="inline card" method="post" action="${PATH}">
<label class="grow">What it is for<input name="name" required maxlength="${TOKEN_NAME_LIMIT}" autocomplete="off"></label>
<label>Scope<select name="scope">${TOKEN_SCOPES.map((scope) => html`<option>${scope}</option>`)}</select></label>
<label>Lasts<select name="days">${LIFETIMES.map((days) => html`<option value="${days}">${days === 0 ? 'for ever' : count(days, 'day')}</option>`)}</select></label>
<button name="act" value="create">Make a token</button>
</form>`;
}

const COLUMNS = ['Token', 'Scope', 'Made', 'Last used', 'Ends', 'Change'];

function tokenTable(tokens: readonly TokenSummary[]): Html {
  return table(
    'Tokens',
    COLUMNS,
    tokens.map(
      ({ name, scope, created, expires, revoked, lastUsed }) => html`<tr>
<th scope="row">${name}</th><td>${scope}</td><td>${time(created)}</td>
<td>${lastUsed === undefined ? 'never' : time(lastUsed)}</td>
<td>${revoked === undefined ? (expires === undefined ? 'never' : time(expires)) : html`revoked ${time(revoked)}`}</td>
<td>${
        revoked === undefined
          ? html`<form method="post" action="${PATH}"><input type="hidden" name="name" value="${name}">
<details><summary>Revoke<span class="hidden"> ${name}</span></summary>
<p class="hint">Requests with it are refused at once. This cannot be undone.</p><button class="danger" name="act" value="revoke">Revoke it<span class="hidden">, ${name}</span></button></details></form>`
          : ''
      }</td>
</tr>`,
    ),
  );
}
