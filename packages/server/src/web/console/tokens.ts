/** The tokens of the management API: making and revoking them. */

import type { FastifyInstance } from 'fastify';
import { TokenAdmin } from '../../accounts/token-admin.ts';
import { TOKEN_SCOPES } from '../../accounts/tokens.ts';
import { type Html, html } from '../html.ts';
import type { Notice } from '../notice.ts';
import { formOf } from '../page-server.ts';
import {
  expiryOfDays,
  lifetimeField,
  tokenMade,
  tokenNameField,
  tokenRevoked,
  tokenTable,
} from '../token-view.ts';
import { CONSOLE, type ConsoleRouteParts } from './layout.ts';
import { listRoutes } from './list-routes.ts';

const PATH = `${CONSOLE}/tokens`;

/** Adds the routes. */
export function tokenRoutes(pages: FastifyInstance, parts: ConsoleRouteParts): void {
  const admin = new TokenAdmin(parts.store.tokens);
  listRoutes(pages, parts, {
    title: 'Tokens',
    path: PATH,
    list: (range) => admin.list(range),
    view: (tokens) => html`${createForm()}${tokenTable(tokens, PATH)}`,
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
  const expiry = expiryOfDays(days);
  if (scope === undefined || expiry === undefined) {
    return { kind: 'bad', text: 'Choose a scope and a lifetime.' };
  }
  return tokenMade(name, await admin.create({ name, scope, ...expiry }));
}

async function revoke(admin: TokenAdmin, name: string): Promise<Notice> {
  await admin.revoke(name);
  return tokenRevoked(name);
}

function createForm(): Html {
  return html`<form class="inline card" method="post" action="${PATH}">
${tokenNameField()}
<label>Scope<select name="scope">${TOKEN_SCOPES.map((scope) => html`<option>${scope}</option>`)}</select></label>
${lifetimeField()}
<button name="act" value="create">Make a token</button>
</form>`;
}
