/** The console's first page: how many orders are where, what holds them up, and how long they take. */

import { CHECKS_IN_ORDER_OF_WORK, ORDER_STATUSES } from '@cert-order-status/protocol';
import type { FastifyInstance } from 'fastify';
import type { IssueTimes, PendingReport, Reports } from '../../store/store.ts';
import { type Html, html } from '../html.ts';
import { badge } from '../order-view.ts';
import { sendPage } from '../page-server.ts';
import { CHECK_LABELS, shownDay } from '../words.ts';
import { barChart, lineChart } from './charts.ts';
import { CONSOLE, type ConsoleRouteParts, sendConsolePage } from './frame.ts';
import { signInForm } from './sign-in.ts';

const DAY = 24 * 60 * 60;
const AGES = [
  { from: 0, text: 'under a day' },
  { from: DAY, text: '1 to 3 days' },
  { from: 3 * DAY, text: '3 to 7 days' },
  { from: 7 * DAY, text: '7 to 30 days' },
  { from: 30 * DAY, text: 'over 30 days' },
] as const;
const WEEKS = 12;
/** How long figures are shown before they are counted again, in milliseconds: in a large book that takes its time. */
const FRESH = 10_000;

const AWAITED = [
  { for: 'brandValidation', text: 'Review of names' },
  // The free DV upgrade holds nothing up.
  ...CHECKS_IN_ORDER_OF_WORK.filter((check) => check !== 'freeDVUPStatus').map((check) => ({
    for: check,
    text: CHECK_LABELS[check],
  })),
  { for: 'issue', text: 'Issue' },
] as const;

interface Figures {
  readonly byStatus: Awaited<ReturnType<Reports['ordersByStatus']>>;
  readonly byAge: readonly number[];
  readonly byCheck: readonly PendingReport[];
  readonly times: readonly IssueTimes[];
}

/** Adds the route. */
export function overviewRoutes(
  pages: FastifyInstance,
  { store: { reports }, sessions }: ConsoleRouteParts,
): void {
  let counted: { readonly at: number; readonly figures: Promise<Figures> } | undefined;
  const figures = () => {
    const now = performance.now();
    if (counted === undefined || now - counted.at > FRESH) {
      const counting = count(reports);
      counted = { at: now, figures: counting };
      // What failed is counted again the next time.
      counting.catch(() => {
        counted = undefined;
      });
    }
    return counted.figures;
  };

  pages.get(CONSOLE, async (request, reply) => {
    const owner = await sessions.ownerOf(request);
    if (owner?.scope !== 'admin') return sendPage(reply, { title: 'Console', content: signInForm() });
    request.signedIn = { token: owner.name };
    const page = { title: 'Overview', content: overview(await figures()) };
    return sendConsolePage(reply, owner, CONSOLE, page);
  });
}

async function count(reports: Reports): Promise<Figures> {
  const now = Date.now();
  const [byStatus, byAge, byCheck, times] = await Promise.all([
    reports.ordersByStatus(),
    reports.pendingByAge(
      now,
      AGES.map(({ from }) => from),
    ),
    reports.pendingByCheck(),
    reports.issueTimes(now - WEEKS * 7 * DAY * 1000),
  ]);
  return { byStatus, byAge, byCheck, times };
}

function overview({ byStatus, byAge, byCheck, times }: Figures): Html {
  return html`<h1>Overview</h1>
<ul class="figures">
${ORDER_STATUSES.map(
  (status) =>
    html`<li class="card"><strong>${(byStatus[status] ?? 0).toLocaleString('en')}</strong><a href="${CONSOLE}/orders?status=${status}">${badge(status)}</a></li>`,
)}
</ul>
<div class="charts">
${barChart(
  {
    title: 'Pending orders by age',
    columns: ['Age', 'Orders'],
    rows: AGES.map(({ text }, index) => [text, byAge[index] ?? 0]),
  },
  AGES.map(({ text }, index) => ({ name: text, value: byAge[index] ?? 0, series: 1 })),
)}
${pendingByCheck(byCheck)}
${timesToIssue(times)}
</div>`;
}

function pendingByCheck(byCheck: readonly PendingReport[]): Html {
  const number = (awaited: string, isBegun: boolean) =>
    byCheck
      .filter((report) => report.for === awaited && (report.state === 'in-progress') === isBegun)
      .reduce((sum, { certificates }) => sum + certificates, 0);
  return barChart(
    {
      title: 'Awaited certificates by what holds them up first',
      legend: ['not begun', 'in progress'],
      columns: ['Held up by', 'Not begun', 'In progress'],
      rows: AWAITED.map((awaited) => [awaited.text, number(awaited.for, false), number(awaited.for, true)]),
    },
    AWAITED.flatMap((awaited) => [
      { name: awaited.text, value: number(awaited.for, false), series: 1 as const },
      { name: awaited.text, value: number(awaited.for, true), series: 2 as const },
    ]),
  );
}

function timesToIssue(times: readonly IssueTimes[]): Html {
  const title = `Days from order to first issue, by week, the last ${WEEKS} weeks`;
  if (times.length === 0) {
    return html`<figure class="card"><figcaption>${title}</figcaption><p class="empty">Nothing was issued in that time.</p></figure>`;
  }
  const days = (seconds: number) => Math.round((seconds / DAY) * 100) / 100;
  return lineChart(
    {
      title,
      legend: ['half of the orders took at most', 'nine in ten took at most'],
      columns: ['Week of', 'Orders', 'Median, days', '90 %, days'],
      rows: times.map(({ week, orders, median, p90 }) => [shownDay(week), orders, days(median), days(p90)]),
    },
    'Days',
    times.map(({ week, median, p90 }) => ({ at: new Date(week), one: days(median), two: days(p90) })),
  );
}
