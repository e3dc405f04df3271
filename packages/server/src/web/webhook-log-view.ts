/** The log of a webhook endpoint on pages: its events, and each attempt to deliver them. */

import { count } from '@cert-order-status/protocol';
import type { EventState, LoggedAttempt, LoggedEvent } from '../webhooks/webhook-queue.ts';
import { type Html, html } from './html.ts';
import { shownCount, shownSecond } from './labels.ts';
import { badgeOf } from './order-view.ts';
import { table } from './table.ts';
import type { WebhookForms } from './webhook-view.ts';

const COLUMNS = ['Event', 'Of', 'State', 'Attempts', 'Change'];

/** Events of an endpoint. */
export function deliveryLog(events: readonly LoggedEvent[], endpointPath: string, forms: WebhookForms): Html {
  if (events.length === 0) return html`<p class="empty">There is nothing in the log of the past 30 days.</p>`;
  return table(
    'Delivery log',
    COLUMNS,
    events.map(
      (event) => html`<tr>
<th scope="row"><div>${event.type}<p class="hint"><code>${event.eventID}</code></p></div></th>
<td><div>${event.orderNumber === undefined ? '' : html`<a href="${forms.orderPath(event.orderNumber)}">Order ${event.orderNumber}</a><br>`}${moment(event.at)}</div></td>
<td><div>${eventState(event)}</div></td>
<td>${attemptsView(event)}</td>
<td>${event.state === 'queued' || event.type === 'ping' ? '' : resendForm(event, endpointPath)}</td>
</tr>`,
    ),
  );
}

const STATES: Readonly<Record<EventState, Html>> = {
  queued: badgeOf('waiting', '◐', 'queued'),
  delivered: badgeOf('good', '✓', 'delivered'),
  'given-up': badgeOf('bad', '✕', 'given up'),
};

function eventState({ state, nextAttempt }: LoggedEvent): Html {
  if (state !== 'queued') return STATES[state];
  const next =
    nextAttempt === undefined
      ? 'waits for an earlier event of the order'
      : html`next attempt ${moment(nextAttempt)}`;
  return html`${STATES.queued}<p class="hint">${next}</p>`;
}

function attemptsView({ eventID, attempts, latestAttempts }: LoggedEvent): Html {
  if (attempts === 0) return html`none`;
  const earlier = attempts - latestAttempts.length;
  return html`<details><summary>${count(attempts, 'attempt')}<span class="hidden"> of event ${eventID}</span></summary>
<ol class="attempts" reversed start="${attempts}">${latestAttempts.map(attemptView)}</ol>
${earlier > 0 ? html`<p class="hint">and ${shownCount(earlier)} earlier</p>` : ''}</details>`;
}

function attemptView({ at, status, error, durationMs, response }: LoggedAttempt): Html {
  return html`<li>${moment(at)}: ${error ?? `HTTP status ${status}`}, after ${shownCount(durationMs)} ms
${response === undefined || response === '' ? '' : html`<pre>${response}</pre>`}</li>`;
}

function resendForm({ eventID, type }: LoggedEvent, endpointPath: string): Html {
  return html`<form method="post" action="${endpointPath}"><input type="hidden" name="eventID" value="${eventID}">
<button class="quiet" name="act" value="resend">Resend<span class="hidden"> ${type} ${eventID}</span></button></form>`;
}

function moment(at: string): Html {
  return html`<time datetime="${at}">${shownSecond(at)}</time>`;
}
