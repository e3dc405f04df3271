/** The service: the public server and the admin server, started and stopped together. */

import type { Logger } from 'pino';
import { readOutboundSettings } from '../outbound/outbound-settings.ts';
import { type AdminServerSettings, startAdminServer } from './admin-server.ts';
import { hasJobs, type JobSettings, newHolder, type RunningJobs, startJobs } from './jobs/jobs.ts';
import { type JobsProcess, superviseJobs } from './jobs/jobs-supervisor.ts';
import { newMetrics } from './new-metrics.ts';
import { type PublicServer, type PublicServerSettings, startPublicServer } from './public-server.ts';
import { startWorkers, type WorkerPool } from './workers/workers.ts';

/** What the service is started with; see `serve --help` for each setting's meaning. */
export type ServiceSettings = PublicServerSettings & AdminServerSettings & JobSettings;

/** A running service. */
export interface Service {
  readonly port: number;
  readonly httpPort?: number;
  readonly probePort?: number;
  readonly managementPort?: number;
  /** Reloads the certificate's files, and renews the workers one by one, and the jobs process. */
  reload(): Promise<void>;
  /** Graceful shutdown: accepts no more requests, completes those in flight, and closes the database. */
  stop(): Promise<void>;
}

/**
 * Opens the order database and the ports.
 *
 * @param droppedLogLines how many lines of the log were dropped.
 * @throws {OperatorError} when something that was set cannot be had; nothing stays open then.
 */
export async function startService(
  settings: ServiceSettings,
  logger: Logger,
  droppedLogLines: () => number = () => 0,
): Promise<Service> {
  let server: (PublicServer & Partial<WorkerPool>) | undefined;
  let jobs: (Pick<RunningJobs, 'stop'> & Partial<JobsProcess>) | undefined;
  // A file that cannot be read is told at the start, and not by the process that uses it later.
  if (settings.outbound !== undefined) readOutboundSettings(settings.outbound);
  const metrics = settings.probePort === undefined ? undefined : await newMetrics(droppedLogLines);
  const operator = await startAdminServer(settings, logger, {
    isServing: () => server !== undefined && (server.isServing?.() ?? true),
    ...(metrics && {
      metrics,
      figures: async () => {
        const others = await Promise.all([server?.figures?.() ?? [], jobs?.figures?.() ?? []]);
        return [await metrics.snapshot(), ...others.flat()];
      },
    }),
  });
  try {
    const { workers } = settings;
    server =
      workers === undefined
        ? await startPublicServer(settings, logger, metrics)
        : await startWorkers(settings, workers, logger, metrics);
    if (hasJobs(settings)) {
      const jobSettings = withOwnPorts(settings, [
        server.port,
        server.httpPort,
        operator.probePort,
        operator.managementPort,
      ]);
      jobs =
        workers === undefined
          ? await startJobs(jobSettings, newHolder(), logger, metrics)
          : superviseJobs(jobSettings, logger, metrics);
    }
  } catch (error) {
    await server?.stop();
    await operator.stop();
    throw error;
  }
  const { port, httpPort, reloadTls, stop, reload } = server;
  const { probePort, managementPort } = operator;
  return {
    port,
    httpPort,
    probePort,
    managementPort,
    async reload() {
      operator.reloadTls();
      reloadTls();
      await Promise.all([reload?.(), jobs?.reload?.()]);
    },
    async stop() {
      operator.startStopping();
      await Promise.all([stop(), jobs?.stop()]);
      await operator.stop();
    },
  };
}

function withOwnPorts(settings: ServiceSettings, ports: readonly (number | undefined)[]): ServiceSettings {
  const ownPorts = ports.filter((port) => port !== undefined);
  return { ...settings, outbound: { ...settings.outbound, ownPorts } };
}
