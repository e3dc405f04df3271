/**
 * Charts, drawn on the server as SVG that takes its colours from the page, each with a table of its figures beside it.
 */

import { type Html, html } from '../html.ts';
import { shownCount } from '../labels.ts';
import { table } from '../table.ts';

/** In the SVG's own units, which are pixels on a wide screen. */
const WIDTH = 440;
/** How wide a letter of a label is, about. */
const LETTER = 6.6;
const BAR_HEIGHT = 30;
const ROW_HEIGHT = 34;
const LINE_CHART_HEIGHT = 260;
const MARGIN = { top: 24, right: 16, bottom: 24, left: 40 };
/** Nothing is written above bars. */
const BARS_TOP = 4;
/** The most grid lines that an axis of values has, the one at zero not counted. */
const TICKS_LIMIT = 6;
/** The most dates that the time axis names: not every point has room for its date. */
const DATES_LIMIT = 6;
/** The page's own, light or dark. */
const COLOURS = { 1: 'var(--accent)', 2: 'var(--waiting)' } as const;

/** What a chart is called, and the figures it shows, for readers who do not see it. */
export interface ChartTexts {
  readonly title: string;
  /** What the two colours mean, if there are two. */
  readonly legend?: readonly [string, string];
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** One bar, or one part of it. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Which of two series it is of. */
  readonly series: 1 | 2;
}

/** A point in time, with the values of both lines there. */
interface Point {
  readonly at: Date;
  readonly one: number;
  readonly two: number;
}

/** Bars below one another, in the order in which they are given; those of one name are stacked. */
export function barChart(texts: ChartTexts, bars: readonly Bar[]): Html {
  const byName = Object.entries(Object.groupBy(bars, ({ name }) => name));
  const totals = byName.map(([, parts = []]) => parts.reduce((sum, { value }) => sum + value, 0));
  const ticks = ticksUpTo(Math.max(...totals), 1);
  const left = 16 + Math.max(...byName.map(([name]) => name.length)) * LETTER;
  const bottom = BARS_TOP + byName.length * ROW_HEIGHT;
  const x = scale(ticks, left, WIDTH - MARGIN.right);
  return figure(
    texts,
    bottom + MARGIN.bottom,
    html`${ticks.map(
      (tick) => html`<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="${BARS_TOP}" y2="${bottom}"/>
<text x="${x(tick)}" y="${bottom + 18}" text-anchor="middle">${shownCount(tick)}</text>`,
    )}
${byName.map(([name, parts = []], row) => {
  const top = BARS_TOP + row * ROW_HEIGHT + (ROW_HEIGHT - BAR_HEIGHT) / 2;
  let from = 0;
  const rectangles = parts.map(({ value, series }) => {
    const start = x(from);
    from += value;
    return html`<rect x="${start}" y="${top}" width="${rounded(x(from) - start)}" height="${BAR_HEIGHT}" fill="${COLOURS[series]}"/>`;
  });
  return html`<text x="${left - 8}" y="${top + BAR_HEIGHT / 2}" text-anchor="end" dominant-baseline="central">${name}</text>${rectangles}`;
})}
<line class="axis" x1="${left}" x2="${left}" y1="${BARS_TOP}" y2="${bottom}"/>`,
  );
}

/** Two lines over time, told apart by their points, too. */
export function lineChart(texts: ChartTexts, unit: string, points: readonly Point[]): Html {
  const ticks = ticksUpTo(Math.max(...points.flatMap(({ one, two }) => [one, two])));
  const bottom = LINE_CHART_HEIGHT - MARGIN.bottom;
  const y = scale(ticks, bottom, MARGIN.top);
  const times = points.map(({ at }) => at.getTime());
  // A single point stands in the middle.
  const [first, last] =
    times.length > 1 ? [Math.min(...times), Math.max(...times)] : [0, 2 * (times[0] ?? 0)];
  const x = scale([first, last], MARGIN.left, WIDTH - 2 * MARGIN.right);
  const line = (values: 'one' | 'two', colour: string, symbol: string) =>
    html`<polyline points="${points.map((point) => `${x(point.at.getTime())},${y(point[values])}`).join(' ')}" fill="none" stroke="${colour}" stroke-width="2.5"/>
${points.map((point) => html`<path transform="translate(${x(point.at.getTime())} ${y(point[values])})" d="${symbol}" fill="${colour}"/>`)}`;
  const isNamed = (index: number) => index % Math.ceil(points.length / DATES_LIMIT) === 0;
  return figure(
    texts,
    LINE_CHART_HEIGHT,
    html`<text x="4" y="12">↑ ${unit}</text>
${ticks.map(
  (
    tick,
  ) => html`<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(tick)}" y2="${y(tick)}"/>
<text x="${MARGIN.left - 8}" y="${y(tick)}" text-anchor="end" dominant-baseline="central">${shownCount(tick)}</text>`,
)}
<line class="axis" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${bottom}" y2="${bottom}"/>
${points.map(({ at }, index) => (isNamed(index) ? html`<text x="${x(at.getTime())}" y="${bottom + 18}" text-anchor="middle">${DATE.format(at)}</text>` : ''))}
${line('two', COLOURS[2], TRIANGLE)}
${line('one', COLOURS[1], SQUARE)}`,
  );
}

const SQUARE = 'M-4-4h8v8h-8z';
const TRIANGLE = 'M0-6 5.5 4h-11z';
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/**
 * Round values from 0 to the first that is at least the largest, at most {@link TICKS_LIMIT} beside 0, in steps of 1, 2
 * or 5 times a power of ten.
 *
 * @param smallest the least step.
 */
function ticksUpTo(largest: number, smallest = 0): number[] {
  const least = Math.max(largest, Number.EPSILON) / TICKS_LIMIT;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = Math.max(smallest, ([1, 2, 5, 10].find((each) => each * power >= least) ?? 10) * power);
  const count = Math.max(1, Math.ceil(largest / step));
  // Multiplied, not added up: sums of tenths drift.
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

/** Maps values, from the first to the last of a domain, to a stretch of the drawing. */
function scale(domain: readonly number[], start: number, end: number): (value: number) => number {
  const [from = 0] = domain;
  const to = domain.at(-1) ?? 1;
  return (value) => rounded(start + ((value - from) / (to - from)) * (end - start));
}

/** A tenth of a unit is less than a pixel. */
function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function figure({ title, legend, columns, rows }: ChartTexts, height: number, drawing: Html): Html {
  return html`<figure class="card"><figcaption>${title}</figcaption>
${legend === undefined ? '' : html`<ul class="legend"><li class="one">${legend[0]}</li><li class="two">${legend[1]}</li></ul>`}
<svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${title}">
${drawing}
</svg>
<details><summary>The figures</summary>${table(title, columns, rows.map(figureRow))}</details></figure>`;
}

function figureRow([name, ...values]: readonly (string | number)[]): Html {
  return html`<tr><th scope="row">${name}</th>${values.map((value) => html`<td class="number">${value}</td>`)}</tr>`;
}
