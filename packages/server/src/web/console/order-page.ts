/** An order as the operator sees it: every change with who and why, and forms for what the rules allow next. */

import {
  type CertificateRecord,
  CHECK_STATUSES,
  CHECKS,
  type CheckStatus,
  count,
} from '@cert-order-status/protocol';
import type { FastifyInstance } from 'fastify';
import type { Change } from '../../orders/change.ts';
import { type OrderPatch, patchOrder, type StoredOrder } from '../../orders/change-request.ts';
import { describeRefusal } from '../../orders/describe-refusal.ts';
import type { Difference } from '../../orders/differences.ts';
import { type LegalCertificateChanges, legalChanges } from '../../orders/legal-changes.ts';
import { isPersonal, withoutPersonalData } from '../../orders/personal-data.ts';
import { asOf, awaitedOrderView, readFollowing, type ShownFollowing } from '../as-of.ts';
import { formRoute } from '../form-route.ts';
import { type Html, html } from '../html.ts';
import { CHECK_LABELS, CHECK_STATES, shownCount } from '../labels.ts';
import { readChain, readChanges } from '../load-order.ts';
import { noticeView } from '../notice.ts';
import {
  CERTIFICATES_PER_PAGE,
  earlierPages,
  type OrderPaging,
  orderPagingOf,
  orderQuery,
  withCertificates,
} from '../order-paging.ts';
import { orderView, time } from '../order-view.ts';
import { formOf, notFoundOrNotYours, orderNumberOf } from '../page-server.ts';
import { pageLinks } from '../pager.ts';
import { authorOf, type ConsoleRouteParts, sendConsolePage, type TokenOwner } from './layout.ts';
import { consoleOrderPath } from './search.ts';
import { upstreamPath } from './upstream-forms.ts';

/** How many fields of one change are shown: it may be one of every check of two thousand certificates. */
const DIFFERENCES_SHOWN = 50;

/** What the forms send. */
const FIELDS = ['version', 'about', 'status', 'reason', 'serialNumber', ...CHECKS] as const;
/** What a form about the order itself names; those about a certificate name its number within the order. */
const THE_ORDER = 'order';
type Fields = Readonly<Record<(typeof FIELDS)[number], string>>;

/** Adds the routes. */
export function orderRoutes(
  pages: FastifyInstance,
  { store, requireOperator, onChange }: ConsoleRouteParts,
): void {
  const page = async (orderNumber: string, given: OrderPaging, problem?: string) => {
    // Whole, as the rules for the order's next step look at every certificate.
    const [order, following] = await Promise.all([
      store.orders.get(orderNumber),
      readFollowing(store, orderNumber),
    ]);
    if (order === undefined) {
      if (following === undefined) throw notFoundOrNotYours();
      return { title: `Order ${orderNumber}`, content: awaitedPage(following) };
    }
    const { record, version } = order;
    const certificateCount = record.certificates.length;
    const paging = withCertificates(given, certificateCount);
    const certificates = record.certificates.slice(paging.from, paging.from + CERTIFICATES_PER_PAGE);
    const [chain, { changes, earlierChanges }] = await Promise.all([
      readChain(store, orderNumber, consoleOrderPath),
      readChanges(store.history, orderNumber, version, paging),
    ]);
    const known = following && asOf(following);
    const shown = {
      record: { ...record, certificates },
      certificateCount,
      paging,
      history: [],
      chain,
      asOf: known,
    };
    return {
      title: `Order ${orderNumber}`,
      content: html`${noticeView(problem === undefined ? undefined : { kind: 'bad', text: problem })}
<p class="hint">Account <strong>${record.account}</strong>, version ${version}${following && html`, ${followedAt(following)}`}</p>
${orderView({ ...shown, record: withoutPersonalData(shown.record) }, 'operator')}
${following === undefined ? forms(order, certificates, paging) : followingNotes(following)}
<section aria-labelledby="changes-heading"><h2 id="changes-heading">Changes</h2>
${changesView(changes)}
${pageLinks('Pages of changes', earlierPages('changes', paging, earlierChanges, 'changes-heading'))}
</section>`,
    };
  };

  pages.get(`${consoleOrderPath(':orderNumber')}`, async (request, reply) => {
    const owner = await requireOperator(request);
    const content = await page(orderNumberOf(request), orderPagingOf(request));
    return sendConsolePage(reply, owner, '', content);
  });

  formRoute(
    pages,
    `${consoleOrderPath(':orderNumber')}/change`,
    consoleOrderPath(':orderNumber'),
    async (request, reply) => {
      const owner = await requireOperator(request);
      const orderNumber = orderNumberOf(request);
      const paging = orderPagingOf(request);
      const problem = await change(owner, orderNumber, formOf(request, ...FIELDS));
      if (problem !== undefined) {
        return sendConsolePage(reply, owner, '', await page(orderNumber, paging, problem), 409);
      }
      onChange();
      return reply.redirect(consoleOrderPath(orderNumber) + orderQuery(paging), 303);
    },
  );

  async function change(owner: TokenOwner, orderNumber: string, fields: Fields): Promise<string | undefined> {
    const patch = patchOf(fields);
    if (patch === undefined)
      return 'Not done: the form was of an earlier version of this page. Please fill it in again.';
    const request = patchOrder(orderNumber, patch, { versions: [fields.version] });
    const [outcome] = await store.orders.change([request], authorOf(owner));
    return outcome?.kind === 'refused' ? `Not done: ${describeRefusal(outcome.refusal)}.` : undefined;
  }
}

function followedAt({ order: { upstream } }: ShownFollowing): Html {
  return html`followed at <a href="${upstreamPath(upstream)}">${upstream}</a>`;
}

/** An order without an answer. */
function awaitedPage(following: ShownFollowing): Html {
  return html`<p class="hint">Account <strong>${following.order.account}</strong>, ${followedAt(following)}</p>
${awaitedOrderView(following)}
${followingNotes(following)}`;
}

/** What operators alone see of an order that is followed. */
function followingNotes({ order: { nextRequest, problem, notes } }: ShownFollowing): Html {
  const lines = [
    ...(problem === undefined ? [] : [html`The latest response: ${problem}`]),
    ...notes.map((note) => html`Not taken over: ${note}`),
    nextRequest === undefined
      ? html`It is not asked for any more.`
      : html`It is asked for next on ${time(nextRequest)}, or as soon as its turn comes.`,
  ];
  return html`<section aria-labelledby="following-heading"><h2 id="following-heading">Following</h2>
<p>What is observed at the upstream alone changes this order.</p>
<ul class="lines">${lines.map((line) => html`<li>${line}</li>`)}</ul>
</section>`;
}

/**
 * What a form changes: what was left as it was is not in it. Undefined for a form that does not say what it is about: a
 * certificate's must never change the order.
 */
function patchOf({
  about,
  status,
  reason,
  serialNumber,
  version: _,
  ...checks
}: Fields): OrderPatch | undefined {
  const given = (name: string, value: string) => (value === '' ? {} : { [name]: value });
  if (about === THE_ORDER) {
    return { order: { ...given('orderStatus', status), ...given('orderStatusReason', reason) } };
  }
  if (!/^[1-9]\d{0,3}$/.test(about)) return undefined;
  const patch = {
    ...given('certificateStatus', status),
    ...given('certificateStatusReason', reason),
    ...given('serialNumber', serialNumber),
    ...Object.fromEntries(Object.entries(checks).filter(([, state]) => state !== '')),
  };
  return { certificatesByNumber: new Map([[Number(about), patch]]) };
}

/** What a form is about. */
interface FormTarget {
  /** Where it is sent. */
  readonly action: string;
  readonly version: number;
}

/** Only for what may be changed, of the order and of the certificates that the page shows. */
function forms(
  { record, version }: StoredOrder,
  certificates: readonly CertificateRecord[],
  paging: OrderPaging,
): Html {
  const legal = legalChanges(record, certificates);
  const changeable = certificates
    .map((certificate, index) => ({
      certificate,
      number: paging.from + index + 1,
      changes: legal.certificates.get(certificate) ?? NO_CHANGES,
    }))
    .filter(({ changes }) => changes.certificateStatus.length > 0 || changes.checks.size > 0);
  if (legal.orderStatus.length === 0 && changeable.length === 0) return html``;
  const target = { action: `${consoleOrderPath(record.orderNumber)}/change${orderQuery(paging)}`, version };
  return html`<section aria-labelledby="next-heading"><h2 id="next-heading">Next steps</h2>
<div class="next">
${legal.orderStatus.length === 0 ? '' : orderForm(target, legal.orderStatus)}
${changeable.map((each) => certificateForms(target, each))}
</div>
${certificates.length < record.certificates.length ? html`<p class="hint">Only the certificates on this page have forms.</p>` : ''}
</section>`;
}

function formFor({ action, version }: FormTarget, title: string, content: Html): Html {
  return html`<form class="step" method="post" action="${action}">
<h3>${title}</h3>
<input type="hidden" name="version" value="${version}">
${content}
</form>`;
}

function orderForm(target: FormTarget, words: readonly string[]): Html {
  return formFor(
    target,
    'The order',
    html`<input type="hidden" name="about" value="${THE_ORDER}">
<div class="fields"><label>Becomes<select name="status" required><option value="">choose</option>${words.map((word) => html`<option>${word}</option>`)}</select></label>
${words.includes('Rejected') ? html`<label class="wide">Reason, if it is rejected<input name="reason" maxlength="1024"></label>` : ''}</div>
<button class="secondary">Change the order</button>`,
  );
}

/** A certificate with its number within the order, and what may become of it. */
interface ChangeableCertificate {
  readonly certificate: CertificateRecord;
  readonly number: number;
  readonly changes: LegalCertificateChanges;
}

const NO_CHANGES: LegalCertificateChanges = { certificateStatus: [], checks: new Map() };

function certificateForms(
  target: FormTarget,
  { certificate, number, changes: { certificateStatus, checks } }: ChangeableCertificate,
): Html {
  const { certificateID, FQDN } = certificate;
  const name = FQDN ?? `Certificate ${certificateID ?? number}`;
  const which = html`<input type="hidden" name="about" value="${number}">`;
  const needsReason = certificateStatus.some((word) => word === 'Rejected' || word === 'Revoked');
  return html`${
    certificateStatus.length === 0
      ? ''
      : formFor(
          target,
          name,
          html`${which}
<div class="fields"><label>Becomes<select name="status" required><option value="">choose</option>${certificateStatus.map((word) => html`<option>${word}</option>`)}</select></label>
${certificateStatus.includes('Issued') ? html`<label>Serial number, if it is issued<input name="serialNumber" pattern="([0-9A-Fa-f]{2}){1,20}" title="an even number of hex digits, at most 40" spellcheck="false"></label>` : ''}
${needsReason ? html`<label class="wide">Reason, if it is rejected or revoked<input name="reason" maxlength="1024"></label>` : ''}</div>
<button class="secondary">Change the certificate</button>`,
        )
  }${
    checks.size === 0
      ? ''
      : formFor(
          target,
          `${name}: checks`,
          html`${which}
<div class="fields">${[...checks].map(
            ([check, states]) => html`<label>${CHECK_LABELS[check]}<select name="${check}">
<option value="">stays ${stateWord(certificate[check])}</option>
${CHECK_STATUSES.filter((state) => states.includes(state)).map((state) => html`<option value="${state}">${CHECK_STATES[state].word}</option>`)}
</select></label>`,
          )}</div>
<button class="secondary">Change the checks</button>`,
        )
  }`;
}

function stateWord(state: CheckStatus | undefined): string {
  return state === undefined ? 'as it is' : CHECK_STATES[state].word;
}

/** All changes in one table, each with a heading row of its own. */
function changesView(changes: readonly Change[]): Html {
  if (changes.length === 0) return html`<p class="empty">No change is on record.</p>`;
  return html`<div class="table" role="region" aria-label="Changes of the order" tabindex="0"><table class="diff">
<thead><tr><th scope="col">Field</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>
${changes.map(
  (change) => html`<tbody>
<tr class="change"><th colspan="3" scope="rowgroup">${changeHeading(change)}</th></tr>
${changeRows(change)}
</tbody>`,
)}
</table></div>`;
}

function changeHeading({ at, by, version, reason, waivedRules }: Change): Html {
  const name = by.kind === 'command line' ? `${by.name} on the command line` : `${by.kind} ${by.name}`;
  return html`${time(at)}, by ${name} <span class="hint">Version ${version}${reason === undefined ? '' : html` · forced: ${reason}`}${waivedRules === undefined ? '' : html` · against the rules ${waivedRules.join(', ')}`}</span>`;
}

function changeRows(change: Change): Html {
  if (change.kind === 'created') {
    const { orderStatus, certificates } = change.order;
    return html`<tr><td colspan="3">The order was added: ${orderStatus}, with ${count(certificates.length, 'certificate')}.</td></tr>`;
  }
  const more = change.differences.length - DIFFERENCES_SHOWN;
  return html`${change.differences.slice(0, DIFFERENCES_SHOWN).map(differenceRow)}
${more > 0 ? html`<tr><td colspan="3" class="hint">And ${shownCount(more)} more, which <code>cert-order-status order history ${change.orderNumber}</code> shows.</td></tr>` : ''}`;
}

function differenceRow({ certificate, certificateID, field, before, after }: Difference): Html {
  const isOfOrder = certificate === undefined && certificateID === undefined;
  return html`<tr class="difference">
<th scope="row"><code>${field}</code>${isOfOrder ? '' : html` <span class="hint">of ${certificateID ?? `number ${certificate}`}</span>`}</th>
${isPersonal(field) ? PERSONAL : html`<td>${valueView('before', '−', before)}</td><td>${valueView('after', '+', after)}</td>`}
</tr>`;
}

/** The account itself sees personal data on its page; the management API returns it. */
const PERSONAL = html`<td colspan="2"><span class="hint">personal data, not shown here</span></td>`;

function valueView(side: 'before' | 'after', sign: string, value: unknown): Html {
  if (value === undefined) return html`<span class="hint">not set</span>`;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return html`<span class="${side}"><span aria-hidden="true">${sign} </span>${text}</span>`;
}
