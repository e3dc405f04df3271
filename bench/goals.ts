/** The goals of the service, and what a run has reached of them. */

import { BARE, type FigureName, ratioOf, type SamplesByServer } from './report.ts';

/** What a run has measured. */
export interface Measured {
  /** By the title of the workload. */
  readonly samples: ReadonlyMap<string, SamplesByServer>;
  /** Of the SQLite database, if there is one. */
  readonly bytesAnOrder?: number | undefined;
  peakMemory(server: string): number | undefined;
}

/** A figure, and the most or the least that it is to be. */
interface Goal {
  readonly name: string;
  readonly goal: string;
  readonly value: number;
  readonly isReached: boolean;
  readonly digits: number;
}

/** The titles of the workloads that goals are about. */
const KEPT_3000 = 'keep-alive, 3000/s';
const NEW_200 = 'new connections, 200/s';
const KEPT_SATURATED = 'keep-alive, saturation';

/** The table of goals, with those alone that the run has measured. */
export function goalTable(measured: Measured): string[] {
  const lines = ['| goal | | measured | |', '| --- | --- | --- | --- |'];
  for (const { name, goal, value, isReached, digits } of goalsOf(measured)) {
    if (Number.isNaN(value)) continue;
    lines.push(`| ${name} | ${goal} | ${value.toFixed(digits)} | ${isReached ? 'reached' : 'missed'} |`);
  }
  return lines;
}

function goalsOf({ samples, bytesAnOrder = Number.NaN, peakMemory }: Measured): Goal[] {
  const ratio = (title: string, figure: FigureName, server: string, to: string) =>
    ratioOf(samples.get(title)?.get(server), samples.get(title)?.get(to), figure);
  const memory = (peakMemory('sqlite') ?? Number.NaN) / (peakMemory(BARE) ?? Number.NaN);
  const compared = (engine: string) =>
    [...(samples.get(KEPT_3000)?.keys() ?? [])].find((name) => name.startsWith(`${engine} (`)) ?? '';
  const sized =
    [...(samples.get(KEPT_3000)?.keys() ?? [])].find((name) => /^sqlite, \d+ orders$/.test(name)) ?? '';
  return [
    atMost(1.55, 'CPU a request at 3,000/s, SQLite, to bare', ratio(KEPT_3000, 'cpu', 'sqlite', BARE)),
    atMost(
      0.7,
      'CPU a request at 3,000/s, PostgreSQL, to the compared checkout',
      ratio(KEPT_3000, 'cpu', 'postgres', compared('postgres')),
    ),
    atMost(
      0.95,
      'CPU a request at 3,000/s, SQLite, to the Go server',
      ratio(KEPT_3000, 'cpu', 'sqlite', 'go'),
    ),
    atMost(1.2, 'CPU a new connection, 1 worker, to bare', ratio(NEW_200, 'cpu', 'sqlite', BARE)),
    atMost(
      1.25,
      'CPU a new connection, 2 workers, to bare',
      ratio(NEW_200, 'cpu', 'sqlite, 2 workers', BARE),
    ),
    atMost(900, 'bytes an order, SQLite', bytesAnOrder, 0),
    atLeast(
      0.45,
      'requests/s at saturation, keep-alive, SQLite, to bare',
      ratio(KEPT_SATURATED, 'perSecond', 'sqlite', BARE),
    ),
    atMost(1.5, 'p99 at 3,000/s, SQLite, to bare', ratio(KEPT_3000, 'p99', 'sqlite', BARE)),
    atMost(1.15, `CPU a request at 3,000/s, to ${sized}`, ratio(KEPT_3000, 'cpu', 'sqlite', sized)),
    atMost(2, 'peak memory of the largest process, SQLite, to bare', memory),
  ];
}

function atMost(limit: number, name: string, value: number, digits = 2): Goal {
  return { name, goal: `≤ ${limit}`, value, isReached: value <= limit, digits };
}

function atLeast(limit: number, name: string, value: number, digits = 2): Goal {
  return { name, goal: `≥ ${limit}`, value, isReached: value >= limit, digits };
}
