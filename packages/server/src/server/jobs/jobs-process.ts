/** The jobs process: it runs the background jobs beside the primary process and the workers. */

import process from 'node:process';
import type { Logger } from 'pino';
import type { ServiceMetrics } from '../../metrics/service-metrics.ts';
import { OperatorError } from '../../operator-error.ts';
import { STOP_LEEWAY_MS } from '../child-process.ts';
import { newMetrics } from '../new-metrics.ts';
import { leaveSignalsToPrimary, tellPrimary } from '../primary.ts';
import { type RunningJobs, startJobs } from './jobs.ts';
import type { FromJobs, ToJobs } from './messages.ts';

const tell = tellPrimary<FromJobs>;

type StartJobs = Extract<ToJobs, { kind: 'start' }>;

/**
 * Does what the primary process says until that says to stop, or is gone: then it ends its jobs, frees their leases for
 * other nodes, and ends.
 *
 * @param droppedLogLines how many lines of its log were dropped.
 * @returns when it has stopped.
 */
export async function runJobsProcess(logger: Logger, droppedLogLines: () => number): Promise<void> {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  leaveSignalsToPrimary();
  let jobs: Promise<RunningJobs | undefined> = Promise.resolve(undefined);
  let metrics: ServiceMetrics | undefined;
  let stopTimeoutMs = 0;
  const start = async ({ settings, holder, isMeasured }: StartJobs) => {
    try {
      if (isMeasured) metrics = await newMetrics(droppedLogLines);
      const started = await startJobs(settings, holder, logger, metrics);
      metrics?.watchPool(started.pool);
      return started;
    } catch (error) {
      const reason = error instanceof OperatorError ? { reason: error.message } : { err: error };
      logger.error(reason, 'the jobs process could not start');
      process.exitCode = 1;
      end();
      return undefined;
    }
  };
  const tellFigures = async () => {
    // It may be asked before it has begun to measure, and is asked again only after it has responded.
    await jobs;
    if (metrics !== undefined) await tell({ kind: 'figures', snapshot: await metrics.snapshot() });
  };
  process.on('message', async (message: ToJobs) => {
    switch (message.kind) {
      case 'start':
        stopTimeoutMs = message.settings.stopTimeoutMs;
        jobs = start(message);
        break;
      case 'tell figures':
        await tellFigures();
        break;
      case 'stop':
        end();
    }
  });
  process.once('disconnect', end);
  await over;
  // Ends the process even if something hangs, for example a database: the leases expire then.
  setTimeout(() => process.exit(1), stopTimeoutMs + STOP_LEEWAY_MS).unref();
  await (await jobs)?.stop();
  // The last of them outlive the process.
  await tellFigures();
}
