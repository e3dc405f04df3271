/** The tokens of the management API: making and revoking them. */

import type { FastifyInstance } from 'fastify';
import { TokenAdmin } from '../../accounts/token-admin.ts';
import { TOKEN_SCOPES } from '../../accounts/tokens.ts';
import { type Html, html } from '../html.ts';
import { type Notice, UNKNOWN_ACT } from '../notice.ts';
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
      const notice = await change(admin, act, { name, scope, days });
      if (notice.kind === 'good') parts.logger.info({ token: owner.name, act, name }, 'a token was changed');
      return notice;
    },
  });
}

async function change(
  admin: TokenAdmin,
  act: string,
  form: { readonly name: string; readonly scope: string; readonly days: string },
): Promise<Notice> {
  const { name } = form;
  switch (act) {
    case 'create': {
      const scope = TOKEN_SCOPES.find((known) => known === form.scope);
      const expiry = expiryOfDays(form.days);
      if (scope === undefined || expiry === undefined) {
        return { kind: 'bad', text: 'Choose a scope and a lifetime.' };
      }
      return tokenMade(name, await admin.create({ name, scope, ...expiry }));
    }
    case 'revoke':
      await admin.revoke(name);
      return tokenRevoked(name);
    default:
      return UNKNOWN_ACT;
  }
}

function createForm(): Html {
  return html`<form class="inline card" method="post" action="${PATH}">
${tokenNameField()}
<label>Scope<select name="scope">${TOKEN_SCOPES.map((scope) => html`<option>${scope}</option>`)}</select></label>
${lifetimeField()}
<button name="act" value="create">Make a token</button>
</form>`;
}
