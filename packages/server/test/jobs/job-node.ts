/**
 * A node that runs jobs, as a process of its own: `job-node.ts DATABASE NAME JOB…`. Each job has an order, named as the
 * job, and writes to it when a run begins and ends. It never asks whether its lease holds.
 */

import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import pino from 'pino';
import type { Job } from '../../src/jobs/job.ts';
import { JobRunner } from '../../src/jobs/job-runner.ts';
import { patchOrder } from '../../src/orders/change-request.ts';
import { openStore } from '../../src/store/open-store.ts';

const INTERVAL_MS = 10;
const RUN_MS = 30;

/** From the test: the runs of a job stay in the middle, or go on. */
export interface Instruction {
  readonly job: string;
  readonly do: 'stay' | 'go on';
}

/**
 * To the test: the run of a job stays in the middle, with no transaction open; one of its writes was refused; or the
 * job has ended, as its lease is lost.
 */
export interface Report {
  readonly job: string;
  readonly is: 'staying' | 'refused' | 'ended';
  /** The class of the error. */
  readonly error?: string | undefined;
}

const [database = '', node = '', ...names] = process.argv.slice(2);
const store = await openStore(database, 'write');
const staying = new Set<string>();
process.on('message', (message: Instruction) => {
  if (message.do === 'stay') staying.add(message.job);
  else staying.delete(message.job);
});

function report(report: Report): void {
  if (process.connected) process.send?.(report);
}

function recordingJob(name: string): Job {
  let runs = 0;
  return {
    name,
    intervalMs: INTERVAL_MS,
    async run({ lease }) {
      const run = ++runs;
      const record = async (what: string) => {
        const by = { kind: 'service', name: `${node} ${lease.generation}` } as const;
        const orderStatusReason = `${node} ${run} ${what}`;
        await store.orders.change([patchOrder(name, { order: { orderStatusReason } })], by, { lease });
      };
      try {
        await record('begins');
        await pause(RUN_MS);
        if (staying.has(name)) report({ job: name, is: 'staying' });
        while (staying.has(name)) await once(process, 'message');
        await record('ends');
      } catch (error) {
        report({ job: name, is: 'refused', error: error instanceof Error ? error.constructor.name : '' });
        throw error;
      }
    },
    async settled() {
      report({ job: name, is: 'ended' });
    },
  };
}

const runner = new JobRunner(names.map(recordingJob), store.jobLeases, node, pino({ enabled: false }));
runner.start();
process.once('disconnect', async () => {
  await runner.stop();
  await store.close();
});
