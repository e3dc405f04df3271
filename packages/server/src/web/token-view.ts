/** Tokens on pages: making one, and the list in which each can be revoked. */

import { count } from '@cert-order-status/protocol';
import { TOKEN_NAME_LIMIT } from '../accounts/token-admin.ts';
import type { TokenSummary } from '../accounts/tokens.ts';
import { type Html, html } from './html.ts';
import type { Notice } from './notice.ts';
import { time } from './order-view.ts';
import { table } from './table.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long a token can be made to last, in days; 0 is for ever. */
const LIFETIMES = [30, 90, 365, 0] as const;

/** The field for a new token's name. */
export function tokenNameField(): Html {
  return html`<label class="grow">What it is for<input name="name" required maxlength="${TOKEN_NAME_LIMIT}" autocomplete="off"></label>`;
}

/** The field for how long a new token lasts. */
export function lifetimeField(): Html {
  return html`<label>Lasts<select name="days">${LIFETIMES.map((days) => html`<option value="${days}">${days === 0 ? 'for ever' : count(days, 'day')}</option>`)}</select></label>`;
}

/**
 * When a token made now ends.
 *
 * @param days what {@link lifetimeField} sent.
 * @returns undefined for a value that the field does not have.
 */
export function expiryOfDays(days: string): { readonly expiresAtMs: number | undefined } | undefined {
  const lifetime = LIFETIMES.find((known) => String(known) === days);
  if (lifetime === undefined) return undefined;
  return { expiresAtMs: lifetime > 0 ? Date.now() + lifetime * DAY_MS : undefined };
}

/** Says that a token was made, and shows it for the only time. */
export function tokenMade(name: string, { token }: { readonly token: string }): Notice {
  const secret = { name: 'The token, which is not shown again', value: token };
  return { kind: 'good', text: `Token ${name} is made.`, secret };
}

/** Says that a token was revoked. */
export function tokenRevoked(name: string): Notice {
  return { kind: 'good', text: `Token ${name} is revoked.` };
}

const COLUMNS = ['Token', 'Scope', 'Made', 'Last used', 'Ends', 'Change'];

/**
 * The list.
 *
 * @param action where the form that revokes is sent to: `act` is `revoke`, `name` the token's.
 */
export function tokenTable(tokens: readonly TokenSummary[], action: string): Html {
  return table(
    'Tokens',
    COLUMNS,
    tokens.map(
      ({ name, scope, created, expires, revoked, lastUsed }) => html`<tr>
<th scope="row">${name}</th><td>${scope}</td><td>${time(created)}</td>
<td>${lastUsed === undefined ? 'never' : time(lastUsed)}</td>
<td>${revoked === undefined ? (expires === undefined ? 'never' : time(expires)) : html`<span>revoked ${time(revoked)}</span>`}</td>
<td>${
        revoked === undefined
          ? html`<form method="post" action="${action}"><input type="hidden" name="name" value="${name}">
<details><summary>Revoke<span class="hidden"> ${name}</span></summary>
<p class="hint">Requests with it are refused at once. This cannot be undone.</p><button class="danger" name="act" value="revoke">Revoke it<span class="hidden">, ${name}</span></button></details></form>`
          : ''
      }</td>
</tr>`,
    ),
  );
}
