/** What the processes of a server have used, from Linux's /proc: CPU time and memory. */

import { readdirSync, readFileSync } from 'node:fs';

/** The kernel counts the CPU time of whole processes in hundredths of a second. */
const TICK_US = 10_000;
/** User and system time are each rounded down. */
const ROUNDING_US = 2 * TICK_US;

/** CPU time of one process at a moment, in microseconds. */
interface ProcessTime {
  readonly command: string;
  /** Of each of its threads, exact. */
  readonly threads: ReadonlyMap<string, number>;
  /** Of all of its threads, those included that have ended; rounded. */
  readonly rounded: number;
  /** Of its children that have ended; rounded. */
  readonly endedChildren: number;
}

/** CPU time of a family of processes at a moment. */
export type CpuSnapshot = ReadonlyMap<number, ProcessTime>;

/** CPU time of a server between two moments, in microseconds. */
export interface CpuTime {
  readonly all: number;
  /** Of the worker processes of the service alone. */
  readonly workers: number;
}

/** Processes, their children, theirs, and so on. */
export function familyOf(pids: readonly number[]): number[] {
  const childrenOf = Map.groupBy(
    readdirSync('/proc').filter((name) => /^\d+$/.test(name)),
    (name) => statOf(name)?.parent,
  );
  const family = [...pids];
  for (const each of family) family.push(...(childrenOf.get(each) ?? []).map(Number));
  return family;
}

/** The CPU time of processes so far. */
export function cpuSnapshot(pids: readonly number[]): CpuSnapshot {
  const snapshot = new Map<number, ProcessTime>();
  for (const pid of pids) {
    const stat = statOf(String(pid));
    if (stat === undefined) continue;
    const { ownUs: rounded, endedChildrenUs: endedChildren } = stat;
    const command = contentOf(`/proc/${pid}/cmdline`) ?? '';
    snapshot.set(pid, { command, threads: threadTimes(pid), rounded, endedChildren });
  }
  return snapshot;
}

/** What processes have used between two moments. */
export function cpuBetween(before: CpuSnapshot, after: CpuSnapshot): CpuTime {
  let all = 0;
  let workers = 0;
  for (const [pid, now] of after) {
    const then = before.get(pid);
    let exact = 0;
    for (const [thread, time] of now.threads) exact += time - (then?.threads.get(thread) ?? 0);
    // Threads that have ended meanwhile are only in the rounded time.
    const used = Math.max(exact, now.rounded - (then?.rounded ?? 0) - ROUNDING_US);
    all += used + (now.endedChildren - (then?.endedChildren ?? 0));
    if (now.command.includes('\0worker\0')) workers += used;
  }
  // The time of a process that has ended is in its parent's, from its start.
  for (const [pid, { rounded }] of before) if (!after.has(pid)) all -= rounded;
  return { all, workers };
}

/** Memory that processes have had at most, in bytes: of all of them, and of the largest. */
export function peakMemoryOf(pids: readonly number[]): { readonly all: number; readonly largest: number } {
  const peaks = pids.map((pid) => {
    const status = contentOf(`/proc/${pid}/status`) ?? '';
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  });
  return { all: peaks.reduce((sum, peak) => sum + peak, 0), largest: Math.max(...peaks) };
}

function threadTimes(pid: number): Map<string, number> {
  const times = new Map<string, number>();
  for (const thread of entriesOf(`/proc/${pid}/task`)) {
    // Nanoseconds on a processor, nanoseconds waiting for one, time slices.
    const [nanoseconds] = (contentOf(`/proc/${pid}/task/${thread}/schedstat`) ?? '').split(' ');
    times.set(thread, Number(nanoseconds) / 1000);
  }
  return times;
}

function statOf(pid: string): { parent: number; ownUs: number; endedChildrenUs: number } | undefined {
  const stat = contentOf(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The program's name may contain anything, but ends with the last bracket.
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  const ticks = (first: number) => (Number(fields[first]) + Number(fields[first + 1])) * TICK_US;
  return { parent: Number(fields[1]), ownUs: ticks(11), endedChildrenUs: ticks(13) };
}

/** Undefined when the process, or thread, has ended. */
function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
