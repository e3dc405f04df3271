/** Upstreams on pages: the list, how one is, and what can be done with it. */

import type { Upstream, UpstreamFigures } from '../../upstreams/upstream.ts';
import type { ShownUpstream } from '../../upstreams/upstream-admin.ts';
import { describePace, describeQuietHours, PROBLEM_WORDS } from '../../upstreams/upstream-words.ts';
import { type Html, html } from '../html.ts';
import { shownCount, shownDuration, shownInterval } from '../labels.ts';
import { sentence } from '../notice.ts';
import { badgeOf, time } from '../order-view.ts';
import { table } from '../table.ts';
import {
  changeUpstreamForm,
  passwordField,
  textsOf,
  UPSTREAMS_PATH,
  type UpstreamTexts,
  upstreamPath,
} from './upstream-forms.ts';

const MINUTES_OF_HOUR = 60;
const COLUMNS = [
  'Upstream',
  'State',
  'Followed',
  'Due',
  'Failing',
  'Each order is asked for',
  'Last success',
];

/** All upstreams. */
export function upstreamTable(upstreams: readonly ShownUpstream[]): Html {
  if (upstreams.length === 0) return html`<p class="empty">There is no upstream yet.</p>`;
  return table(
    'Upstreams',
    COLUMNS,
    upstreams.map(
      (upstream) => html`<tr>
<th scope="row"><a href="${upstreamPath(upstream.name)}">${upstream.name}</a></th>
<td>${stateBadge(upstream)}</td>
<td class="number">${shownCount(upstream.figures.followed)}</td><td class="number">${shownCount(upstream.figures.due)}</td>
<td class="number">${shownCount(upstream.figures.failing + upstream.figures.unknown)}</td>
<td>${pace(upstream)}</td><td>${upstream.lastSuccess === undefined ? 'never' : time(upstream.lastSuccess)}</td>
</tr>`,
    ),
  );
}

const OVERVIEW_COLUMNS = [
  'Upstream',
  'State',
  'Due',
  'Asked in the last hour',
  'Failing',
  'Lag',
  'Budget used',
];

/** The same for the overview: whether the orders are asked for in time. */
export function upstreamOverview(upstreams: readonly ShownUpstream[]): Html {
  return table(
    'Upstreams and their budgets',
    OVERVIEW_COLUMNS,
    upstreams.map(
      (upstream) => html`<tr>
<th scope="row"><a href="${upstreamPath(upstream.name)}">${upstream.name}</a></th>
<td>${stateBadge(upstream)}</td><td>${shownCount(upstream.figures.due)}</td>
<td>${shownCount(upstream.figures.requestsLastHour)}</td>
<td>${shownCount(upstream.figures.failing + upstream.figures.unknown)}</td>
<td>${shownLag(upstream.figures)}</td><td>${budgetUsed(upstream)}</td>
</tr>`,
    ),
  );
}

function pace({ intervalSeconds, figures: { open, reachedIntervalSeconds } }: ShownUpstream): Html {
  if (open === 0 || reachedIntervalSeconds <= intervalSeconds) return html`${shownInterval(intervalSeconds)}`;
  return html`${shownInterval(reachedIntervalSeconds)} <span class="hint">instead of ${shownInterval(intervalSeconds)}</span>`;
}

function shownLag({ lagSeconds }: UpstreamFigures): string {
  return lagSeconds < 1 ? 'none' : shownDuration(lagSeconds);
}

function budgetUsed({ requestsPerMinute, figures: { requestsLastHour } }: ShownUpstream): string {
  return `${Math.round((requestsLastHour * 100) / (requestsPerMinute * MINUTES_OF_HOUR))} %`;
}

const PROBLEM_BADGES: Readonly<Record<NonNullable<Upstream['problem']>['kind'], string>> = {
  'login-refused': 'login refused',
  'call-limit': 'call limit reached',
  unreachable: 'not reachable',
  'invalid-response': 'response not understood',
  'api-error': 'request refused',
  'no-password': 'password not readable',
};

function stateBadge({ state, problem }: Pick<Upstream, 'state' | 'problem'>): Html {
  if (state === 'paused') return badgeOf('over', '–', 'paused');
  if (problem === undefined) return badgeOf('good', '✓', 'active');
  return badgeOf(problem.kind === 'call-limit' ? 'waiting' : 'bad', '✕', PROBLEM_BADGES[problem.kind]);
}

/** What is wrong, and what to do about it; nothing while requests succeed. */
export function problemView({ problem, notBefore, state }: ShownUpstream): Html {
  if (problem === undefined) return html``;
  const { what, advice } = PROBLEM_WORDS[problem.kind];
  return html`<section class="card problem" aria-labelledby="problem-heading"><h2 id="problem-heading">${sentence(what)}</h2>
<p class="address">${problem.message}</p>
<p>${problem.failures === 1 ? 'One request has' : `${shownCount(problem.failures)} requests in a row have`} failed since ${time(problem.since)}.${
    notBefore === undefined || state === 'paused'
      ? ''
      : html` The next one is made on ${time(notBefore)} or later.`
  }</p>
<p><strong>What to do:</strong> ${advice}. What is known of the orders stays.</p></section>`;
}

/** How an upstream's orders are followed. */
export function upstreamFigures(upstream: ShownUpstream): Html {
  const { figures } = upstream;
  const tiles: readonly (readonly [number, string])[] = [
    [figures.followed, 'followed'],
    [figures.waiting, 'not answered yet'],
    [figures.open, 'open'],
    [figures.due, 'due'],
    [figures.failing, 'failing'],
    [figures.unknown, 'unknown there'],
  ];
  return html`<ul class="figures">
${tiles.map(([number, text]) => html`<li class="card"><strong>${shownCount(number)}</strong>${text}</li>`)}
</ul>`;
}

/** How an upstream is, and what was chosen. */
export function upstreamFacts(upstream: ShownUpstream): Html {
  const { figures, requestsPerMinute, lastRequest, lastSuccess } = upstream;
  const budget = `${shownCount(figures.requestsLastHour)} of ${shownCount(requestsPerMinute * MINUTES_OF_HOUR)} in the last hour (${budgetUsed(upstream)})`;
  const facts: readonly (readonly [string, string | Html])[] = [
    ['State', stateBadge(upstream)],
    ['Base URL', html`<span class="address">${upstream.baseUrl}</span>`],
    ['Login there', upstream.loginName],
    ['Orders of', upstream.account ?? 'any account, named with each order'],
    ['Pace', sentence(describePace(upstream, figures))],
    ['Requests', budget],
    ['Lag', shownLag(figures)],
    ['Quiet hours', describeQuietHours(upstream)],
    ['Last request', lastRequest === undefined ? 'never' : time(lastRequest)],
    ['Last success', lastSuccess === undefined ? 'never' : time(lastSuccess)],
    [
      'Validity periods',
      upstream.asksValidityPeriod ? 'asked for' : 'not asked for: it does not know showValidityPeriod',
    ],
    ['Roots', upstream.roots === undefined ? "Node's own" : "its own, beside Node's"],
    ['Added', time(upstream.created)],
  ];
  return html`<dl class="card">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/**
 * What can be done with an upstream.
 *
 * @param given what the form that changes it had sent, when it was refused.
 */
export function upstreamActs(upstream: ShownUpstream, given: UpstreamTexts | undefined): Html {
  const { name, state, roots } = upstream;
  const action = upstreamPath(name);
  const isActive = state === 'active';
  return html`<form class="inline" method="post" action="${action}">
<label>Order number; empty: one that is followed<input name="orderNumber" inputmode="numeric" pattern=" *[0-9]{1,18} *" title="digits only" autocomplete="off"></label>
<button class="secondary" name="act" value="test">Test it</button>
<button class="secondary" name="act" value="${isActive ? 'pause' : 'resume'}">${isActive ? 'Pause' : 'Resume'}</button>
</form>
<details class="card" ${given === undefined ? '' : html`open`}><summary>Change it</summary>${changeUpstreamForm(given ?? textsOf(name, upstream), action, roots !== undefined)}</details>
<div class="cards">
<details class="card"><summary>New password</summary><form class="stacked" method="post" action="${action}">
<p class="hint">The password that the account has at the upstream. Requests go on at once with it.</p>
${passwordField('Its password', true)}
<button name="act" value="password">Set the password</button></form></details>
<details class="card"><summary>Remove it</summary><form class="stacked" method="post" action="${UPSTREAMS_PATH}">
<input type="hidden" name="name" value="${name}">
<p class="hint">Its password is deleted, and nothing is asked for any more. Its orders stay as they were last known, and may be fed by hand. This cannot be undone.</p>
<button class="danger" name="act" value="remove">Remove the upstream</button></form></details>
</div>`;
}
