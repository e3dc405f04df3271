/** An order as the pages show it. */

import {
  type CertificateExplanation,
  type CertificateRecord,
  CHECKS_IN_ORDER_OF_WORK,
  certificateMeaning,
  count,
  explain,
  LATER_TEXT_FIELDS,
  ORGANIZATION_DETAILS,
  type OrderRecord,
  type OrganizationDetail,
  type SuggestedOrgDetailsRecord,
} from '@cert-order-status/protocol';
import type { OrderSummary } from '../orders/order-views.ts';
import { FIELD_LABELS } from './field-labels.ts';
import { type Html, html } from './html.ts';
import { andMore, CHECK_LABELS, CHECK_STATES, shownCount, shownTime, toneOf } from './labels.ts';
import { certificatePages, earlierPages, type OrderPaging } from './order-paging.ts';
import { pageLinks } from './pager.ts';
import type { HistoryEvent } from './public-history.ts';

/** What there is to see: certificates and history as far as the page shows them. */
export interface OrderDetails {
  readonly record: OrderRecord;
  /** How many certificates the order has. */
  readonly certificateCount: number;
  readonly paging: OrderPaging;
  readonly history: readonly HistoryEvent[];
  /** The version before which there are changes that are not in the history; none when left out. */
  readonly earlierChanges?: number | undefined;
  /** How old what is known is; left out for an order that is fed here. */
  readonly asOf?: Html | undefined;
  /** Left out for those who may not see it. */
  readonly chain?: ShownChain | undefined;
}

/** The order, those it replaces, and those that replace it, the oldest first; only itself when there are no others. */
export interface ShownChain {
  readonly orders: readonly ChainLink[];
  /** Whether there are more than are shown. */
  readonly more: boolean;
}

/** An order among those that replace one another. */
interface ChainLink {
  readonly orderNumber: string;
  readonly orderStatus: string;
  /** Where it can be seen. */
  readonly path: string;
}

/** Who looks at an order: who has to act is called accordingly, and operators see a history of their own. */
type Audience = 'applicant' | 'operator';

const ACTORS = {
  applicant: { applicant: 'You', CA: 'The certificate authority' },
  operator: { applicant: 'The applicant', CA: 'The certificate authority' },
} as const satisfies Record<Audience, object>;

const ORGANIZATION_STATUS: Readonly<Record<string, string>> = {
  Found: 'These organisations were found for the order:',
  NotFound: 'No organisation was found for the order.',
  NotYetCompleted: 'The search for the organisation is not finished yet.',
  NotApplicable: 'No organisation has to be found for the order.',
};

const ORGANIZATION_LABELS: Readonly<Record<OrganizationDetail, string>> = {
  organizationName: 'Name',
  streetAddress: 'Street',
  localityName: 'Town',
  stateOrProvinceName: 'State or province',
  postalCode: 'Postal code',
  countryName: 'Country',
  dunsNumber: 'D-U-N-S number',
  telephoneNumber: 'Telephone',
};

const DAY_MS = 86_400_000;

/** The whole of it, from its heading on. */
export function orderView(shown: OrderDetails, audience: Audience = 'applicant'): Html {
  const { record, chain } = shown;
  const [explanation] = explain({ orders: [record] }).orders;
  return html`<header class="order-head" data-about="Order ${record.orderNumber}">
<h1>Order ${record.orderNumber} ${badge(record.orderStatus)}</h1>
<p class="summary">${explanation?.summary}.${record.orderDateTime === undefined ? '' : html` Ordered on ${time(record.orderDateTime)}.`}</p>
${shown.asOf === undefined ? '' : html`<p class="hint">${shown.asOf}</p>`}
</header>
${chain !== undefined && chain.orders.length > 1 ? chainView(chain, record.orderNumber) : ''}
${certificatesView(shown, explanation?.certificates ?? [], audience)}
${record.suggestedOrgDetails === undefined ? '' : organizations(record.suggestedOrgDetails)}
${audience === 'applicant' ? historyView(shown) : ''}`;
}

function certificatesView(
  { record: { certificates }, certificateCount, paging }: OrderDetails,
  explanations: readonly CertificateExplanation[],
  audience: Audience,
): Html {
  const { from } = paging;
  return html`<section data-key="certificates" aria-labelledby="certificates-heading">
<h2 id="certificates-heading">${certificateCount === 1 ? 'Certificate' : `${shownCount(certificateCount)} certificates`}</h2>
${
  certificates.length < certificateCount
    ? html`<p class="hint">Those numbered ${shownCount(from + 1)} to ${shownCount(from + certificates.length)} are shown.</p>`
    : ''
}
${certificates.map((certificate, index) => certificateView(certificate, from + index + 1, explanations[index], audience))}
${pageLinks('Pages of certificates', certificatePages(paging, certificateCount))}
</section>`;
}

function historyView({ history, earlierChanges, paging }: OrderDetails): Html {
  const isWhole = earlierChanges === undefined && paging.changesBefore === undefined;
  return html`<section data-key="history" aria-labelledby="history-heading">
<h2 id="history-heading">History</h2>
${history.length > 0 ? timeline(history) : html`<p>${isWhole ? 'Nothing has changed since the order was recorded.' : 'There is nothing to show here.'}</p>`}
${pageLinks('Pages of the history', earlierPages('changes', paging, earlierChanges, 'history-heading'))}
</section>`;
}

/** A state of an order or a certificate. */
export function badge(status: string | undefined): Html {
  if (status === undefined) return html``;
  const { mood, symbol } = toneOf(status);
  return html`<span class="badge ${mood}"><span aria-hidden="true">${symbol} </span><span data-fact="status">${status}</span></span>`;
}

/** A word with its colour and symbol. */
export function badgeOf(mood: 'good' | 'bad' | 'waiting' | 'over', symbol: string, word: string): Html {
  return html`<span class="badge ${mood}"><span aria-hidden="true">${symbol} </span>${word}</span>`;
}

/** An order's certificates in a list: what the first is for, and how many others there are. */
export function certificatesCell({ FQDN, objectType, certificateCount }: OrderSummary): Html {
  const others = certificateCount - 1;
  return html`${FQDN ?? objectType ?? 'Certificate'}${others > 0 ? html` <span class="hint">${andMore(others)}</span>` : ''}`;
}

/** A moment. */
export function time(moment: string): Html {
  return html`<time datetime="${moment}">${shownTime(moment)}</time>`;
}

function certificateView(
  certificate: CertificateRecord,
  number: number,
  explanation: CertificateExplanation | undefined,
  audience: Audience,
): Html {
  const { certificateID, FQDN, objectType, certificateStatus, serialNumber } = certificate;
  const more = LATER_TEXT_FIELDS.filter((field) => certificate[field] !== undefined);
  const key = certificateID ?? `number-${number}`;
  const facts = [
    objectType,
    certificateID === undefined ? undefined : `Certificate ID ${certificateID}`,
    serialNumber === undefined ? undefined : html`Serial number <code>${serialNumber}</code>`,
    ...validityFacts(certificate),
  ].filter((fact) => fact !== undefined);
  return html`<article class="card" id="certificate-${key}" data-about="${`Certificate ${number}${FQDN === undefined ? '' : `, ${FQDN}`}`}" aria-labelledby="name-${key}">
<h3 id="name-${key}"><span class="name">${FQDN ?? `Certificate ${certificateID ?? number}`}</span> ${badge(certificateStatus)}</h3>
<p class="facts">${facts.map((fact, index) => html`${index === 0 ? '' : ' · '}${fact}`)}</p>
<ol class="steps" aria-label="Checks">
${CHECKS_IN_ORDER_OF_WORK.map((check) => {
  const state = certificate[check];
  if (state === undefined) return '';
  const { word, symbol } = CHECK_STATES[state];
  return html`<li class="${state}"><span class="dot" aria-hidden="true">${symbol}</span><span class="check">${CHECK_LABELS[check]}</span> <span class="state" data-fact="${CHECK_LABELS[check]}">${word}</span></li>`;
})}
</ol>
<p class="summary">${explanation?.summary}.</p>
${
  more.length === 0
    ? ''
    : html`<details><summary>More about this certificate</summary><dl class="more">
${more.map((field) => html`<div><dt>${FIELD_LABELS[field]}</dt><dd>${certificate[field]}</dd></div>`)}
</dl></details>`
}
${
  explanation === undefined || explanation.waitsFor.length === 0
    ? ''
    : html`<h4>What it waits for</h4><ul class="waits">
${explanation.waitsFor.map(({ who, text }) => html`<li><strong class="actor ${who}">${ACTORS[audience][who]}:</strong> ${text}.</li>`)}
</ul>`
}
</article>`;
}

/** From when to when it is valid, and how many days are left of it. */
function validityFacts({ notBefore, notAfter, certificateStatus }: CertificateRecord): Html[] {
  const facts: Html[] = [];
  if (notBefore !== undefined)
    facts.push(html`Valid from <span data-fact="valid from">${time(notBefore)}</span>`);
  if (notAfter === undefined) return facts;
  const days = Math.floor((Date.parse(notAfter) - Date.now()) / DAY_MS);
  const isInUse = ['issued', 'replaced'].includes(certificateMeaning(certificateStatus));
  const left = isInUse && days >= 0 ? html` (${count(days, 'day')} left)` : '';
  return [...facts, html`Valid until <span data-fact="valid until">${time(notAfter)}</span>${left}`];
}

function chainView({ orders, more }: ShownChain, shown: string): Html {
  return html`<section data-key="chain" aria-labelledby="chain-heading"><h2 id="chain-heading">Replacements</h2>
<ol class="chain">
${orders.map(({ orderNumber, orderStatus, path }) => {
  const name = `Order ${orderNumber}`;
  if (orderNumber === shown)
    return html`<li data-key="${orderNumber}" data-about="${name}" aria-current="true"><strong>${name}</strong> ${badge(orderStatus)}</li>`;
  return html`<li data-key="${orderNumber}" data-about="${name}"><a href="${path}">${name}</a> ${badge(orderStatus)}</li>`;
})}
</ol>
${more ? html`<p class="hint">There are more: see the pages of these orders.</p>` : ''}
</section>`;
}

function organizations({ status, organizations: found = [] }: SuggestedOrgDetailsRecord): Html {
  return html`<section data-key="organizations" aria-labelledby="organizations-heading"><h2 id="organizations-heading">Suggested organisations</h2>
<p>${ORGANIZATION_STATUS[status] ?? status}</p>
<div class="cards">${found.map(
    (organization) => html`<dl class="card">
${ORGANIZATION_DETAILS.filter((detail) => organization[detail] !== undefined).map(
  (detail) => html`<div><dt>${ORGANIZATION_LABELS[detail]}</dt><dd>${organization[detail]}</dd></div>`,
)}
</dl>`,
  )}</div></section>`;
}

function timeline(history: readonly HistoryEvent[]): Html {
  return html`<ol class="timeline">
${history.map(
  ({
    at,
    changedFields: fields,
    more,
  }) => html`<li data-key="${at}" class="event ${fields.some(({ isMilestone }) => isMilestone) ? 'milestone' : ''}">
${time(at)}
<ul>${fields.map(
    ({ certificate, what, to }) =>
      html`<li>${what}${certificate === undefined ? '' : html` <span class="hint">(${certificate})</span>`}: <strong>${to ?? 'no longer set'}</strong></li>`,
  )}${more > 0 ? html`<li class="hint">${andMore(more)}</li>` : ''}</ul></li>`,
)}
</ol>`;
}
