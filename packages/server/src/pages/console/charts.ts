/** Charts, drawn on the server as SVG that takes its colours from the page. */

import * as Plot from '@observablehq/plot';
import { raw } from 'hono/html';
import { parseHTML } from 'linkedom';
import { type Html, html } from '../html.ts';

const WIDTH = 440;
/** How wide a letter of a label is, about. */
const LETTER = 6.6;
/** The page's own, light or dark. */
const COLOURS = { 1: 'var(--accent)', 2: 'var(--waiting)' } as const;

/** What a chart is called, and the figures it shows: for whoever cannot see it. */
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

/** Bars below one another, in the order in which they are given; those of one name are stacked. */
export function barChart(texts: ChartTexts, bars: readonly Bar[]): Html {
  const names = [...new Set(bars.map(({ name }) => name))];
  const longest = Math.max(0, ...names.map((name) => name.length));
  return figure(texts, {
    height: 60 + names.length * 34,
    marginLeft: 16 + longest * LETTER,
    x: { label: null, grid: true, nice: true, tickFormat: wholeNumber },
    y: { label: null, domain: names },
    color: { type: 'identity' },
    marks: [
      Plot.barX(bars, { x: 'value', y: 'name', fill: ({ series }: Bar) => COLOURS[series] }),
      Plot.ruleX([0]),
    ],
  });
}

/** A point in time, with the values of both lines there. */
interface Point {
  readonly at: Date;
  readonly one: number;
  readonly two: number;
}

/** Not every point has room for its date. */
const MOST_DATES = 6;

function isNamed(_point: Point, index: number, { length }: readonly Point[]): boolean {
  return index % Math.ceil(length / MOST_DATES) === 0;
}

/** Two lines over time, told apart by their points, too. */
export function lineChart(texts: ChartTexts, unit: string, points: readonly Point[]): Html {
  const line = (y: 'one' | 'two', colour: string, symbol: 'square' | 'triangle') => [
    Plot.lineY(points, { x: 'at', y, stroke: colour, strokeWidth: 2.5 }),
    Plot.dot(points, { x: 'at', y, symbol, r: 4.5, fill: colour }),
  ];
  return figure(texts, {
    height: 260,
    x: { label: null, type: 'utc', ticks: points.filter(isNamed).map(({ at }) => at), tickFormat: '%-d %b' },
    y: { label: unit, grid: true, zero: true, nice: true },
    marks: [Plot.ruleY([0]), ...line('two', COLOURS[2], 'triangle'), ...line('one', COLOURS[1], 'square')],
  });
}

function wholeNumber(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en') : '';
}

function figure({ title, legend, columns, rows }: ChartTexts, options: Plot.PlotOptions): Html {
  const { document } = parseHTML('<!DOCTYPE html><html><body></body></html>');
  const svg = Plot.plot({
    ...options,
    document: document as unknown as NonNullable<Plot.PlotOptions['document']>,
    width: WIDTH,
  });
  // The page's own style sheet has what is needed of it; a style in the page would be refused.
  svg.querySelector('style')?.remove();
  // The whole of it has one name, and its figures a table.
  for (const part of svg.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
  svg.setAttribute('font-size', '12');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', title);
  return html`<figure class="card"><figcaption>${title}</figcaption>
${legend === undefined ? '' : html`<ul class="legend"><li class="one">${legend[0]}</li><li class="two">${legend[1]}</li></ul>`}
${raw(svg.outerHTML)}
<details><summary>The figures</summary><div class="table" role="region" aria-label="${title}" tabindex="0"><table>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map(([name, ...values]) => html`<tr><th scope="row">${name}</th>${values.map((value) => html`<td class="number">${value}</td>`)}</tr>`)}</tbody>
</table></div></details></figure>`;
}
