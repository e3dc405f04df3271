/** The background jobs of the service, running in this process. */

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { expiryJob } from '../../jobs/expiry.ts';
import type { Job } from '../../jobs/job.ts';
import { JobRunner } from '../../jobs/job-runner.ts';
import type { ServiceMetrics } from '../../metrics/service-metrics.ts';
import type { MeasuredUpstream } from '../../metrics/upstream-gauges.ts';
import { OutboundClient, type OutboundOptions } from '../../outbound/outbound-client.ts';
import { type OutboundSettings, readOutboundSettings } from '../../outbound/outbound-settings.ts';
import { KeyRing, type KeySource } from '../../secrets/key-ring.ts';
import { Secrets } from '../../secrets/secrets.ts';
import { openStore } from '../../store/open-store.ts';
import type { PoolUse, Store } from '../../store/store.ts';
import { askUpstream } from '../../upstreams/ask-upstream.ts';
import { upstreamAsBefore } from '../../upstreams/named-upstream.ts';
import { pollingJob } from '../../upstreams/polling-job.ts';
import type { Upstreams } from '../../upstreams/upstream.ts';
import { UpstreamClients } from '../../upstreams/upstream-clients.ts';
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
  /** Whether upstreams are asked for the orders that are followed there. */
  readonly upstreams?: boolean;
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
export function hasJobs({ expiry = false, webhooks, upstreams = false }: JobSettings): boolean {
  return expiry || webhooks !== undefined || upstreams;
}

/** What jobs work with. */
interface JobParts {
  readonly store: Store;
  readonly outbound: OutboundClient;
  readonly upstreamClients: UpstreamClients;
  readonly logger: Logger;
  readonly metrics: ServiceMetrics | undefined;
}

function* jobsOf({ expiry, webhooks, upstreams, secretKeys }: JobSettings, parts: JobParts): Iterable<Job> {
  const { store, outbound, upstreamClients, logger, metrics } = parts;
  if (expiry) yield expiryJob(store, logger);
  if (secretKeys === undefined) return;
  const secrets = new Secrets(store.secretRows, new KeyRing(secretKeys));
  if (webhooks !== undefined) {
    const { ratePerSecond } = webhooks;
    metrics?.watchWebhooks(() => store.webhookQueue.figures());
    const onAttempt = metrics?.webhookSent.bind(metrics);
    yield webhookJob({ store, outbound, secrets, logger, ratePerSecond, onAttempt });
  }
  if (upstreams) {
    metrics?.watchUpstreams(() => figuresOfAll(store.upstreams));
    const asking = { outbound: upstreamClients, secrets, onLimit: metrics?.limitReached.bind(metrics) };
    yield pollingJob({
      store,
      logger,
      ask: (upstream, orderNumber, signal) => {
        const isCurrent = async () => (await upstreamAsBefore(store.upstreams, upstream))?.state === 'active';
        return askUpstream({ ...asking, isCurrent }, upstream, orderNumber, signal);
      },
      onRequest: metrics?.upstreamAsked.bind(metrics),
    });
  }
}

async function figuresOfAll(upstreams: Upstreams): Promise<readonly MeasuredUpstream[]> {
  const measured: MeasuredUpstream[] = [];
  for (const { upstreamID, name, problem } of await upstreams.list()) {
    measured.push({ name, hasProblem: problem !== undefined, figures: await upstreams.figures(upstreamID) });
  }
  return measured;
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
  const options: OutboundOptions = {
    ...readOutboundSettings(settings.outbound ?? {}),
    onLimit: metrics && ((limit) => metrics.limitReached(limit)),
  };
  const outbound = new OutboundClient(options);
  const upstreamClients = new UpstreamClients(options);
  const store = await openStore(settings.database, 'write');
  const runner = new JobRunner(
    [...jobsOf(settings, { store, outbound, upstreamClients, logger, metrics })],
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
      upstreamClients.close();
      await store.close();
    },
  };
}
