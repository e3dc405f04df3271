/** What the servers are measured with, and one round of it. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Mode, Result } from './generator-messages.ts';
import { checkResponses, type LoadGenerator, loadWithWrk } from './load.ts';
import type { OrderChanges } from './order-changes.ts';
import type { DatabaseSize } from './order-database.ts';
import { type CpuSnapshot, cpuBetween, cpuSnapshot, familyOf } from './processes.ts';
import type { BenchServer } from './servers.ts';

/** A kind of load. */
export interface Workload {
  /** The heading of its table. */
  readonly title: string;
  readonly mode: Mode;
  /** Left out at saturation. */
  readonly ratePerSecond?: number;
  readonly isPolled?: true;
  /** Which servers it is for. */
  isFor(server: BenchServer): boolean;
}

/** The workloads of a run, in the order of the report. */
export function workloadsOf(options: {
  readonly rates: readonly number[];
  readonly newRate: number;
  readonly pollRate?: number | undefined;
  readonly hasSaturation: boolean;
}): Workload[] {
  const { rates, newRate, pollRate, hasSaturation } = options;
  const kept = rates.map(
    (ratePerSecond): Workload => ({
      title: `keep-alive, ${ratePerSecond}/s`,
      mode: 'keep-alive',
      ratePerSecond,
      isFor: hasOneWorker,
    }),
  );
  const all: Workload[] = [
    ...kept,
    {
      title: `new connections, ${newRate}/s`,
      mode: 'new connections',
      ratePerSecond: newRate,
      isFor: () => true,
    },
  ];
  if (pollRate !== undefined)
    all.push({
      title: `polling, ${pollRate}/s`,
      mode: 'keep-alive',
      ratePerSecond: pollRate,
      isPolled: true,
      isFor: (server) => hasOneWorker(server) && server.managementPort !== undefined,
    });
  if (!hasSaturation) return all;
  const saturated = (['keep-alive', 'new connections'] as const).map(
    (mode): Workload => ({ title: `${mode}, saturation`, mode, isFor: hasOneWorker }),
  );
  return [...all, ...saturated];
}

/** On kept connections, more workers than one only share the same work. */
function hasOneWorker({ name }: BenchServer): boolean {
  return !name.includes('workers');
}

/** What one round of one server came to. */
export interface Sample extends Result {
  /** Of the server's own processes, in microseconds a request. */
  readonly cpu: number;
  /** Of the service's workers alone. */
  readonly workerCpu: number;
  /** Of the database's processes, if it has any. */
  readonly databaseCpu?: number | undefined;
}

/** A server, and what it is loaded with. */
export interface Subject {
  readonly server: BenchServer;
  readonly size: DatabaseSize;
  /** Changes of its orders, if it has a management API. */
  readonly changes?: OrderChanges | undefined;
  /** The process that the others of its database are children of. */
  readonly databasePid?: number | undefined;
}

/** How long a round is, and what loads. */
export interface RoundSettings {
  readonly generator: LoadGenerator;
  readonly usesWrk: boolean;
  readonly seconds: number;
  readonly connections: number;
  readonly seed: number;
}

/** Until a server has done what is left of its start or of the load before, in milliseconds. */
const SETTLE_MS = 50;

/** Loads a server for one round. */
export async function measureRound(
  workload: Workload,
  { server, size, databasePid, changes }: Subject,
  { generator, usesWrk, seconds, connections, seed }: RoundSettings,
): Promise<{ readonly sample: Sample; readonly compared: number }> {
  const { mode, ratePerSecond, isPolled = false } = workload;
  const { port, fixedBody } = server;
  const job = { port, mode, ratePerSecond, seconds, connections, size, seed, isPolled, fixedBody };
  const pids = () =>
    [familyOf(server.pids), databasePid === undefined ? [] : familyOf([databasePid])] as const;
  const snapshot = () => pids().map(cpuSnapshot) as [CpuSnapshot, CpuSnapshot];
  await pause(SETTLE_MS);
  let before = snapshot();
  let result: Result;
  let compared = 0;
  if (ratePerSecond === undefined && usesWrk) {
    const checker = fixedBody === undefined ? checkResponses(port, size) : undefined;
    result = await loadWithWrk(job).finally(async () => {
      compared += (await checker?.stop()) ?? 0;
    });
  } else {
    let changing: Promise<void> | undefined;
    result = await generator.load(job, () => {
      before = snapshot();
      if (isPolled) changing = changes?.make(generator, seconds);
      // A failure is reported when the round is over.
      changing?.catch(() => {});
    });
    await changing;
    compared += result.requests;
  }
  const after = snapshot();
  if (isPolled) await changes?.undo(generator);
  const { all, workers } = cpuBetween(before[0], after[0]);
  const requests = result.requests;
  const databaseCpu = databasePid === undefined ? undefined : cpuBetween(before[1], after[1]).all / requests;
  return { sample: { ...result, cpu: all / requests, workerCpu: workers / requests, databaseCpu }, compared };
}
