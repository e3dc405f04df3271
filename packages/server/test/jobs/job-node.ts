/**
 * A node that runs jobs, as a process of its own: `job-node.ts DATABASE NAME JOB…`. Each job has an order, named as the
 * job, and writes to it when a run begins and ends. It never asks whether its lease holds.
 */

import { setTimeout as pause } from 'node:timers/promises';
import pino from 'pino';
import type { Job } from '../../src/jobs/job.ts';
import { JobRunner } from '../../src/jobs/job-runner.ts';
import { patchOrder } from '../../src/orders/change-request.ts';
import { openStore } from '../../src/store/open-store.ts';

const INTERVAL_MS = 10;
const RUN_MS = 30;

/** To the test: a write of a job was refused. */
export interface Refused {
  readonly job: string;
  readonly error: string;
}

const [database = '', node = '', ...names] = process.argv.slice(2);
const store = await openStore(database, 'write');

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
        await record('ends');
      } catch (error) {
        process.send?.({
          job: name,
          error: error instanceof Error ? error.constructor.name : '',
        } satisfies Refused);
        throw error;
      }
    },
  };
}

const runner = new JobRunner(names.map(recordingJob), store.jobLeases, node, pino({ enabled: false }));
runner.start();
process.once('disconnect', async () => {
  await runner.stop();
  await store.close();
});
