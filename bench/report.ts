/** The tables of the report. */

import type { Sample, Workload } from './workloads.ts';

/** The rounds of each server under one workload, in the order of the report. */
export type SamplesByServer = ReadonlyMap<string, readonly Sample[]>;

/** The name of the server that the others are compared with. */
export const BARE = 'bare';

/** The table of one workload: medians, their ratio to the bare server's, and the least and the most of CPU time. */
export function workloadTable(
  { title, ratePerSecond, mode }: Workload,
  samples: SamplesByServer,
  peakMemory: (server: string) => { readonly all: number; readonly largest: number },
): string[] {
  const unit = mode === 'new connections' ? 'connection' : 'request';
  const bare = samples.get(BARE);
  const columns = [
    title,
    `CPU µs a ${unit}`,
    'least–most',
    'workers',
    `${unit}s/s`,
    'p50 ms',
    'p99 ms',
    'p99.9 ms',
    'peak MiB (largest process)',
  ];
  const lines = [`| ${columns.join(' | ')} |`, `|${' --- |'.repeat(columns.length)}`];
  for (const [name, rounds] of samples) {
    const cell = (figure: FigureName, digits: number, scale = 1) => {
      const ratio = bare === undefined ? '' : ` (${ratioOf(rounds, bare, figure).toFixed(2)})`;
      return `${(medianOf(rounds, figure) / scale).toFixed(digits)}${ratio}`;
    };
    const database = medianOf(rounds, 'databaseCpu');
    const memory = peakMemory(name);
    const cpus = rounds.map(({ cpu }) => cpu);
    const workers = medianOf(rounds, 'workerCpu');
    lines.push(
      `| ${[
        name,
        `${cell('cpu', 0)}${Number.isNaN(database) ? '' : ` + ${database.toFixed(0)} database`}`,
        `${Math.min(...cpus).toFixed(0)}–${Math.max(...cpus).toFixed(0)}`,
        workers > 0 ? workers.toFixed(0) : '',
        `${cell('perSecond', 0)}${isBehind(rounds, ratePerSecond) ? ', cannot keep up' : ''}`,
        cell('p50', 2, 1000),
        cell('p99', 2, 1000),
        cell('p999', 2, 1000),
        `${inMebibytes(memory.all)} (${inMebibytes(memory.largest)})`,
      ].join(' | ')} |`,
    );
  }
  return lines;
}

/** What a sample has. */
export type FigureName = keyof Sample;

/** The median of the rounds; NaN where there is none. */
function medianOf(rounds: readonly Sample[], figure: FigureName): number {
  return median(rounds.map((round) => round[figure] ?? Number.NaN));
}

/**
 * The median of the ratios that one server's figure has to another's in the same round: a machine that becomes slower
 * or faster during a run changes both.
 */
export function ratioOf(
  rounds: readonly Sample[] | undefined,
  others: readonly Sample[] | undefined,
  figure: FigureName,
): number {
  return median(
    (rounds ?? []).map((round, at) => (round[figure] ?? Number.NaN) / (others?.[at]?.[figure] ?? Number.NaN)),
  );
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [below = Number.NaN, above = Number.NaN] = [
    sorted[Math.ceil(middle) - 1],
    sorted[Math.floor(middle)],
  ];
  return (below + above) / 2;
}

/** Whether a server has not got all of a fixed rate's requests responded to. */
function isBehind(rounds: readonly Sample[], ratePerSecond: number | undefined): boolean {
  return ratePerSecond !== undefined && medianOf(rounds, 'perSecond') < 0.95 * ratePerSecond;
}

function inMebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}
