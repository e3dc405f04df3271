/** The forms of an upstream: what they show, and what they send. */

import type { FastifyRequest } from 'fastify';
import { AdminError } from '../../accounts/admin-error.ts';
import {
  DEFAULT_INTERVAL_SECONDS,
  DEFAULT_REQUESTS_PER_MINUTE,
  MOST_REQUESTS_PER_MINUTE,
  UPSTREAM_NAME_LIMIT,
  type UpstreamChoice,
} from '../../upstreams/upstream.ts';
import type { NewUpstream, UpstreamChange } from '../../upstreams/upstream-admin.ts';
import { type Html, html } from '../html.ts';
import { formOf } from '../page-server.ts';
import { CONSOLE } from './layout.ts';

/** Where the list of upstreams is. */
export const UPSTREAMS_PATH = `${CONSOLE}/upstreams`;

/** Where the page of an upstream is. */
export function upstreamPath(name: string): string {
  return `${UPSTREAMS_PATH}/${encodeURIComponent(name)}`;
}

const FIELDS = [
  'name',
  'baseUrl',
  'loginName',
  'account',
  'interval',
  'intervalUnit',
  'lastSteps',
  'lastStepsUnit',
  'requestsPerMinute',
  'quietFrom',
  'quietTo',
  'timeZone',
] as const;
/** The texts of a form's fields, without password and certificates. */
export type UpstreamTexts = Readonly<Record<(typeof FIELDS)[number], string>>;

const UNITS = [
  ['days', 86_400],
  ['hours', 3600],
  ['minutes', 60],
  ['seconds', 1],
] as const;

/** How much of a URL, and of certificates, a form takes, in characters; the command line takes more. */
const URL_LENGTH = 2048;
const ROOTS_LENGTH = 40_000;

/** What a form sent, to be shown in it again when it was refused. */
export function sentTexts(request: FastifyRequest): UpstreamTexts {
  return formOf(request, ...FIELDS);
}

/** What the form of a new upstream shows at first. */
export const NEW_UPSTREAM: UpstreamTexts = textsOf('', {
  baseUrl: '',
  loginName: '',
  intervalSeconds: DEFAULT_INTERVAL_SECONDS,
  requestsPerMinute: DEFAULT_REQUESTS_PER_MINUTE,
});

/** What the form of an upstream shows. */
export function textsOf(name: string, choice: UpstreamChoice): UpstreamTexts {
  const [interval, intervalUnit] = intervalTexts(choice.intervalSeconds);
  const [lastSteps, lastStepsUnit] = intervalTexts(choice.lastStepsIntervalSeconds);
  return {
    name,
    baseUrl: choice.baseUrl,
    loginName: choice.loginName,
    account: choice.account ?? '',
    interval,
    intervalUnit,
    lastSteps,
    lastStepsUnit,
    requestsPerMinute: String(choice.requestsPerMinute),
    quietFrom: choice.quietHours?.from ?? '',
    quietTo: choice.quietHours?.to ?? '',
    timeZone: choice.quietHours?.timeZone ?? '',
  };
}

/** In the largest unit that has it as a whole number. */
function intervalTexts(seconds: number | undefined): readonly [string, string] {
  if (seconds === undefined) return ['', 'hours'];
  const [unit, unitSeconds] = UNITS.find(([, each]) => seconds % each === 0) ?? ['seconds', 1];
  return [String(seconds / unitSeconds), unit];
}

/** A new upstream, as its form sent it. */
export function sentUpstream(request: FastifyRequest): NewUpstream {
  const texts = sentTexts(request);
  const { roots } = formOf(request, 'roots');
  return {
    baseUrl: texts.baseUrl.trim(),
    loginName: texts.loginName,
    account: texts.account || undefined,
    roots: roots.trim() || undefined,
    intervalSeconds: secondsOf(texts.interval, texts.intervalUnit),
    lastStepsIntervalSeconds: lastStepsOf(texts),
    requestsPerMinute: Number(texts.requestsPerMinute || Number.NaN),
    quietHours: quietHoursOf(texts),
  };
}

/** A change of an upstream, as its form sent it. */
export function sentChange(request: FastifyRequest): UpstreamChange {
  const sent = sentUpstream(request);
  const { loginPassword, removeRoots } = formOf(request, 'loginPassword', 'removeRoots');
  return {
    ...sent,
    account: sent.account ?? null,
    roots: removeRoots === '' ? sent.roots : null,
    lastStepsIntervalSeconds: sent.lastStepsIntervalSeconds ?? null,
    quietHours: sent.quietHours ?? null,
    loginPassword: loginPassword || undefined,
  };
}

/** The passwords of forms are as they were typed. */
export function sentPassword(request: FastifyRequest): string {
  return formOf(request, 'loginPassword').loginPassword;
}

function lastStepsOf({ lastSteps, lastStepsUnit }: UpstreamTexts): number | undefined {
  return lastSteps.trim() === '' ? undefined : secondsOf(lastSteps, lastStepsUnit);
}

/** NaN, which no interval may be, for what is none. */
function secondsOf(text: string, unit: string): number {
  const unitSeconds = UNITS.find(([each]) => each === unit)?.[1] ?? Number.NaN;
  return text.trim() === '' ? Number.NaN : Number(text) * unitSeconds;
}

/** @throws {AdminError} for one time alone. */
function quietHoursOf({ quietFrom, quietTo, timeZone }: UpstreamTexts): UpstreamChoice['quietHours'] {
  if (quietFrom === '' && quietTo === '') return undefined;
  if (quietFrom !== '' && quietTo !== '') return { from: quietFrom, to: quietTo, timeZone: timeZone.trim() };
  const problem = 'must have both times, or none';
  throw new AdminError('invalid', 'quietHours.to', problem, `the quiet hours ${problem}`);
}

/** The form that adds an upstream. */
export function addUpstreamForm(given: UpstreamTexts): Html {
  return html`<form class="stacked card" method="post" action="${UPSTREAMS_PATH}">
<h2>Add an upstream</h2>
<label>Name, with which it is called here<input name="name" required maxlength="${UPSTREAM_NAME_LIMIT}" pattern="[A-Za-z0-9][A-Za-z0-9._\\-]*" title="letters, digits and -._" value="${given.name}" autocapitalize="none" spellcheck="false" autocomplete="off"></label>
${connectionFields(given)}
${passwordField('Its password', true)}
${ownerField(given)}
${paceFields(given)}
${rootsField(false)}
<button name="act" value="add">Add it</button>
</form>`;
}

/** The form that changes one. */
export function changeUpstreamForm(given: UpstreamTexts, action: string, hasRoots: boolean): Html {
  return html`<form class="stacked" method="post" action="${action}">
${connectionFields(given)}
${passwordField('Its password, if the base URL or the login changes; empty: as it is', false)}
${ownerField(given)}
${paceFields(given)}
${rootsField(hasRoots)}
<button name="act" value="change">Change</button></form>`;
}

/** A field for the password of the account at the upstream. */
export function passwordField(label: string, isRequired: boolean): Html {
  return html`<label>${label}<input name="loginPassword" type="password" ${isRequired ? html`required` : ''} autocomplete="new-password"></label>`;
}

function connectionFields({ baseUrl, loginName }: UpstreamTexts): Html {
  return html`<label>Base URL of its API, which begins with https://<input name="baseUrl" type="url" required maxlength="${URL_LENGTH}" value="${baseUrl}" spellcheck="false" autocomplete="off"></label>
<label>Login of the account there<input name="loginName" required maxlength="64" value="${loginName}" autocapitalize="none" spellcheck="false" autocomplete="off"></label>`;
}

function ownerField({ account }: UpstreamTexts): Html {
  return html`<label>The account here that all of its orders belong to; empty: named with each order<input name="account" maxlength="64" value="${account}" autocapitalize="none" spellcheck="false" autocomplete="off"></label>
<p class="hint">Customers of that account may then name further orders to follow.</p>`;
}

function paceFields(given: UpstreamTexts): Html {
  return html`<fieldset><legend>How often it is asked</legend><div class="fields">
${intervalField('Each order, every', 'interval', given.interval, given.intervalUnit, true)}
${intervalField('In the last steps; empty: as any', 'lastSteps', given.lastSteps, given.lastStepsUnit, false)}
<label>Requests a minute in all<input name="requestsPerMinute" type="number" required min="1" max="${MOST_REQUESTS_PER_MINUTE}" value="${given.requestsPerMinute}"></label>
</div></fieldset>
<fieldset><legend>Quiet hours, in which it is not asked; empty: none</legend><div class="fields">
<label>From<input name="quietFrom" type="time" value="${given.quietFrom}"></label>
<label>To<input name="quietTo" type="time" value="${given.quietTo}"></label>
<label>Time zone, such as Europe/Berlin<input name="timeZone" maxlength="64" value="${given.timeZone}" autocapitalize="none" spellcheck="false" autocomplete="off"></label>
</div></fieldset>`;
}

function intervalField(label: string, name: string, value: string, unit: string, isRequired: boolean): Html {
  return html`<div class="interval"><label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="number" min="1" step="any" ${isRequired ? html`required` : ''} value="${value}">
<select name="${name}Unit" aria-label="${label}: unit">${UNITS.map(([each]) => html`<option ${each === unit ? html`selected` : ''}>${each}</option>`)}</select></div>`;
}

function rootsField(hasRoots: boolean): Html {
  return html`<details><summary>Certificates</summary>
<label>Roots in PEM that are trusted for this upstream beside Node's own; empty: ${hasRoots ? 'as they are' : 'none'}<textarea name="roots" rows="4" maxlength="${ROOTS_LENGTH}" spellcheck="false" autocomplete="off"></textarea></label>
${hasRoots ? html`<label><input type="checkbox" name="removeRoots"> Remove those that there are</label>` : ''}</details>`;
}
