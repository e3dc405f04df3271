/** The content of the console's first page; loaded when it is first shown. */

import { CHECKS_IN_ORDER_OF_WORK, ORDER_MEANINGS, orderWord } from '@cert-order-status/protocol';
import type { IssueTimes, PendingReport } from '../../orders/reports.ts';
import { type Html, html } from '../html.ts';
import { CHECK_LABELS, shownCount, shownDay } from '../labels.ts';
import { badge } from '../order-view.ts';
import { barChart, lineChart } from './charts.ts';
import { CONSOLE } from './layout.ts';
import { AGES, DAY_SECONDS, type Figures, WEEKS } from './overview-figures.ts';
import { upstreamOverview } from './upstream-view.ts';

const AWAITED = [
  { for: 'brandValidation', text: 'Review of names' },
  // The free DV upgrade holds nothing up.
  ...CHECKS_IN_ORDER_OF_WORK.filter((check) => check !== 'freeDVUPStatus').map((check) => ({
    for: check,
    text: CHECK_LABELS[check],
  })),
  { for: 'issue', text: 'Issue' },
] as const;

/** The page's content. */
export function overview({ byMeaning, byAge, byCheck, times, upstreams }: Figures): Html {
  return html`<h1>Overview</h1>
<ul class="figures">
${ORDER_MEANINGS.filter((meaning) => meaning !== 'unknown' || byMeaning[meaning] !== undefined).map(
  (meaning) => {
    const word = orderWord(meaning);
    return html`<li class="card"><strong>${shownCount(byMeaning[meaning] ?? 0)}</strong><a href="${CONSOLE}/orders?status=${word}">${badge(word)}</a></li>`;
  },
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
</div>
${
  upstreams.length === 0
    ? ''
    : html`<section aria-labelledby="upstreams-heading"><h2 id="upstreams-heading">Upstreams</h2>
${upstreamOverview(upstreams)}</section>`
}`;
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
  const days = (seconds: number) => Math.round((seconds / DAY_SECONDS) * 100) / 100;
  return lineChart(
    {
      title,
      legend: ['half of the orders took at most', 'nine in ten took at most'],
      columns: ['Week of', 'Orders', 'Median, days', '90 %, days'],
      rows: times.map(({ weekMs, orders, medianSeconds, p90Seconds }) => [
        shownDay(weekMs),
        orders,
        days(medianSeconds),
        days(p90Seconds),
      ]),
    },
    'Days',
    times.map(({ weekMs, medianSeconds, p90Seconds }) => ({
      at: new Date(weekMs),
      one: days(medianSeconds),
      two: days(p90Seconds),
    })),
  );
}
