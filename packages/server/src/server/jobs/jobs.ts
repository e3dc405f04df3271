/** The background jobs of the service, running in this process. */

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { expiryJob } from '../../jobs/expiry.ts';
import type { Job } from '../../jobs/job.ts';
import { JobRunner } from '../../jobs/job-runner.ts';
import type { ServiceMetrics } from '../../metrics/service-metrics.ts';
import { OutboundClient } from '../../outbound/outbound-client.ts';
import { type OutboundSettings, readOutboundSettings } from '../../outbound/outbound-settings.ts';
import { KeyRing, type KeySource } from '../../secrets/key-ring.ts';
import { Secrets } from '../../secrets/secrets.ts';
import { openStore } from '../../store/open-store.ts';
import type { PoolUse, Store } from '../../store/store.ts';
import { webhookJob } from '../../webhooks/delivery-job.ts';

const HOLDER_BYTES = 6;

/** What the jobs are started with. It can be sent to another process as it is. */
export interface JobSettings {
  readonly database: string;
  /** Where the keys of secrets are; without them nothing that needs secrets runs. */
  readonly secretKeys?: KeySource | undefined;
  /** How webhook endpoints are told of changes; they are not when left out. */
  readonly webhooks?: { readonly ratePerSecond: number } | undefined;
  /** Whether a certificate becomes `Expired` by itself. */
  readonly expiry?: boolean;
  /** How jobs send requests to other hosts. */
  readonly outbound?: OutboundSettings;
  /** How long jobs may take to end after `stop`, in milliseconds. */
  readonly stopTimeoutMs: number;
}

/** Jobs that are running. */
export interface RunningJobs {
  /** How many connections they have to the database. */
  pool(): PoolUse;
  /** Ends the jobs, frees their leases, and closes the database. */
  stop(): Promise<void>;
}

/** A name for a process, or for several of which only one runs at a time, that no other has. */
export function newHolder(): string {
  return `${hostname()}/${process.pid}/${randomBytes(HOLDER_BYTES).toString('hex')}`;
}

/** Whether there is a job to run at all. */
export function hasJobs({ expiry = false, webhooks }: JobSettings): boolean {
  return expiry || webhooks !== undefined;
}

/** What jobs work with. */
interface JobParts {
  readonly store: Store;
  readonly outbound: OutboundClient;
  readonly logger: Logger;
  readonly metrics: ServiceMetrics | undefined;
}

function* jobsOf({ expiry, webhooks, secretKeys }: JobSettings, parts: JobParts): Iterable<Job> {
  const { store, outbound, logger, metrics } = parts;
  if (expiry) yield expiryJob(store, logger);
  if (webhooks === undefined || secretKeys === undefined) return;
  const { ratePerSecond } = webhooks;
  const secrets = new Secrets(store.secretRows, new KeyRing(secretKeys));
  metrics?.watchWebhooks(() => store.webhookQueue.figures());
  const onAttempt = metrics?.webhookSent.bind(metrics);
  yield webhookJob({ store, outbound, secrets, logger, ratePerSecond, onAttempt });
}

/**
 * Opens the order database, which must exist, and runs each job for as long as this process holds its lease.
 *
 * @param holder names this process in its leases, see {@link newHolder}.
 * @throws {OperatorError} when the database, or a file that the settings name, cannot be read.
 */
export async function startJobs(
  settings: JobSettings,
  holder: string,
  logger: Logger,
  metrics?: ServiceMetrics,
): Promise<RunningJobs> {
  const outbound = new OutboundClient({
    ...readOutboundSettings(settings.outbound ?? {}),
    onLimit: metrics && ((limit) => metrics.limitReached(limit)),
  });
  const store = await openStore(settings.database, 'write');
  const runner = new JobRunner(
    [...jobsOf(settings, { store, outbound, logger, metrics })],
    store.jobLeases,
    holder,
    logger,
    metrics && ((job) => metrics.jobFailed(job)),
  );
  metrics?.watchJobs(() => runner.figures());
  runner.start();
  return {
    pool: store.pool,
    async stop() {
      await runner.stop();
      outbound.close();
      await store.close();
    },
  };
}
