/** Webhook endpoints on pages: the list, the fields of one, and what can be done with it. */

import { CHANGE_EVENT_TYPES, type ChangeEventType } from '@cert-order-status/protocol';
import { DESCRIPTION_LIMIT, type WebhookEndpoint } from '../webhooks/endpoint.ts';
import { type Html, html } from './html.ts';
import { badgeOf, time } from './order-view.ts';
import { table } from './table.ts';

/** How much of a URL a form takes, in characters. */
const URL_LENGTH = 2048;

/** What a form sent, to be shown in it again when it was refused. */
export interface GivenEndpoint {
  readonly url: string;
  readonly description: string;
  readonly eventTypes: readonly ChangeEventType[];
}

/** Of a page: where its forms go, and what is asked for in them. */
export interface WebhookForms {
  /** Where the list is, with its query. */
  readonly listPath: string;
  /** The page of an endpoint. */
  endpointPath(endpointID: string): string;
  /** The page of an order. */
  orderPath(orderNumber: string): string;
  /** Whether the account's password is needed where a secret is made, and where a URL changes. */
  readonly needsPassword: boolean;
}

const COLUMNS = ['URL', 'Events', 'State', 'Last success', 'Added'];

/** The endpoints of an account. */
export function endpointTable(endpoints: readonly WebhookEndpoint[], { endpointPath }: WebhookForms): Html {
  if (endpoints.length === 0) return html`<p class="empty">There is no endpoint yet.</p>`;
  return table(
    'Endpoints',
    COLUMNS,
    endpoints.map(
      (endpoint) => html`<tr>
<th scope="row"><div><a class="address" href="${endpointPath(endpoint.endpointID)}">${endpoint.url}</a>${endpoint.description === undefined ? '' : html`<p class="hint">${endpoint.description}</p>`}</div></th>
<td>${shownTypes(endpoint)}</td>
<td>${stateBadge(endpoint)}</td>
<td>${endpoint.lastSuccess === undefined ? 'never' : time(endpoint.lastSuccess)}</td><td>${time(endpoint.created)}</td>
</tr>`,
    ),
  );
}

function shownTypes({ eventTypes }: WebhookEndpoint): string {
  return eventTypes?.join(', ') ?? 'all';
}

/** The form that adds one. */
export function addEndpointForm(forms: WebhookForms, given?: GivenEndpoint): Html {
  return html`<form class="stacked card" method="post" action="${forms.listPath}">
<h2>Add an endpoint</h2>
${fields(given)}
${forms.needsPassword ? passwordField('Current password') : ''}
<button name="act" value="create">Add it</button>
</form>`;
}

/** How an endpoint is. */
export function endpointFacts(endpoint: WebhookEndpoint): Html {
  const { endpointID, url, description, createdBy, created, lastSuccess, failingSince, reason } = endpoint;
  const facts: readonly (readonly [string, string | Html | undefined])[] = [
    ['URL', html`<span class="address">${url}</span>`],
    ['State', stateBadge(endpoint)],
    ['Reason', reason],
    ['Failing since', failingSince && time(failingSince)],
    ['Last success', lastSuccess === undefined ? 'never' : time(lastSuccess)],
    ['Events', shownTypes(endpoint)],
    ['Description', description],
    ['Added', html`${time(created)}${createdBy === 'operator' ? ' by the operator' : ''}`],
    ['ID', html`<code>${endpointID}</code>`],
  ];
  const shown = facts.filter(([, value]) => value !== undefined);
  return html`<dl class="card">${shown.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/**
 * What can be done with an endpoint.
 *
 * @param canChangeUrl whether its URL can be changed here.
 */
export function endpointActs(endpoint: WebhookEndpoint, forms: WebhookForms, canChangeUrl: boolean): Html {
  const { endpointID, state } = endpoint;
  const action = forms.endpointPath(endpointID);
  const isActive = state === 'active';
  return html`<form class="inline" method="post" action="${action}">
<button class="quiet" name="act" value="test">Send a test</button>
<button class="quiet" name="act" value="${isActive ? 'pause' : 'resume'}">${isActive ? 'Pause' : 'Resume'}</button>
</form>
${state === 'disabled' ? html`<p class="hint">Once resumed, it gets what waits, and what is changed from then on. For what was changed meanwhile, send past events again, since its last success.</p>` : ''}
<div class="cards">
<details class="card"><summary>Change it</summary><form class="stacked" method="post" action="${action}">
${fields({ url: endpoint.url, description: endpoint.description ?? '', eventTypes: endpoint.eventTypes ?? [] }, canChangeUrl)}
${forms.needsPassword && canChangeUrl ? passwordField('Current password, if the URL changes', false) : ''}
<button name="act" value="change">Change</button></form></details>
<details class="card"><summary>Send past events again</summary><form class="stacked" method="post" action="${action}">
<p class="hint">The events of all changes since a moment of the past 30 days, also those that were delivered.</p>
<label>Since, in UTC<input name="since" type="datetime-local" required></label>
<button name="act" value="replay">Send them again</button></form></details>
<details class="card"><summary>New secret</summary><form class="stacked" method="post" action="${action}">
<p class="hint">For 24 hours, both secrets sign. Then the old one does no more.</p>
${forms.needsPassword ? passwordField('Current password') : ''}
<button name="act" value="rotate">Make a new secret</button></form></details>
<details class="card"><summary>Delete it</summary><form class="stacked" method="post" action="${forms.listPath}">
<input type="hidden" name="endpointID" value="${endpointID}">
<p class="hint">Nothing is sent to it any more, and its log is deleted. This cannot be undone.</p>
<button class="danger" name="act" value="remove">Delete the endpoint</button></form></details>
</div>`;
}

function stateBadge({ state, failingSince }: WebhookEndpoint): Html {
  if (state === 'disabled') return badgeOf('bad', '✕', 'disabled');
  if (state === 'paused') return badgeOf('over', '–', 'paused');
  return failingSince === undefined ? badgeOf('good', '✓', 'active') : badgeOf('waiting', '◐', 'failing');
}

function fields(given?: GivenEndpoint, canChangeUrl = true): Html {
  const chosen = new Set<string>(given?.eventTypes);
  return html`${
    canChangeUrl
      ? html`<label>URL, which begins with https://<input name="url" type="url" required maxlength="${URL_LENGTH}" value="${given?.url ?? ''}" spellcheck="false" autocomplete="off"></label>`
      : html`<p class="hint">The operator has added this endpoint, and alone changes its URL.</p>`
  }
<label>Description, not required<input name="description" maxlength="${DESCRIPTION_LIMIT}" value="${given?.description ?? ''}" autocomplete="off"></label>
<fieldset><legend>Events; none chosen: all, also those of later versions</legend><div class="choices">
${CHANGE_EVENT_TYPES.map((type) => html`<label><input type="checkbox" name="${type}" ${chosen.has(type) ? html`checked` : ''}>${type}</label>`)}
</div></fieldset>`;
}

function passwordField(label: string, isRequired = true): Html {
  return html`<label>${label}<input name="current" type="password" ${isRequired ? html`required` : ''} autocomplete="current-password"></label>`;
}
