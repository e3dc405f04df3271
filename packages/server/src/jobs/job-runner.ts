/** Runs jobs, each as long as this process holds its lease. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Slots } from '../slots.ts';
import { throttle, WARNING_INTERVAL_MS } from '../throttle.ts';
import type { Job, JobFigures } from './job.ts';
import type { JobLeases } from './job-leases.ts';
import { LeasedJob, type OnJobFailure } from './leased-job.ts';

/** How long a lease lasts, in milliseconds. */
const LEASE_MS = 6000;
/**
 * How often leases are renewed, and those of others looked at, in milliseconds. A job whose process has died runs on
 * another node after the two together at most.
 */
const RENEWAL_MS = 2000;
/** How much earlier than the database a holder takes a lease for expired, in milliseconds: clocks differ in speed. */
const LEASE_MARGIN_MS = 500;
/** How many jobs run at a time. */
const CONCURRENT_JOBS = 4;

export class JobRunner {
  readonly #jobs: readonly LeasedJob[];
  readonly #leases: JobLeases;
  readonly #holder: string;
  readonly #onUnrenewed: (error: unknown) => void;
  readonly #end = new AbortController();
  #isStopping = false;
  #hasFreedEarlier = false;
  #renewals: Promise<void> = Promise.resolve();

  /** @param holder names this process in its leases; see {@link JobLeases.hold}. */
  constructor(
    jobs: readonly Job[],
    leases: JobLeases,
    holder: string,
    logger: Logger,
    onFailure: OnJobFailure = () => {},
  ) {
    const slots = new Slots(CONCURRENT_JOBS);
    this.#jobs = jobs.map((job) => new LeasedJob(job, slots, logger, onFailure));
    this.#leases = leases;
    this.#holder = holder;
    this.#onUnrenewed = throttle(WARNING_INTERVAL_MS, (error: unknown) =>
      logger.error({ err: error }, 'the leases of jobs could not be renewed; it is tried again'),
    );
  }

  start(): void {
    this.#renewals = this.#renewUntilEnd();
  }

  /** Ends every job, however long that takes, and frees its lease. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const job of this.#jobs) job.stop();
    await Promise.all(this.#jobs.map((job) => job.ended()));
    this.#end.abort();
    await this.#renewals;
    for (const job of this.#jobs) job.lose();
    // A lease that cannot be freed expires.
    await this.#leases.release(this.#holder).catch(this.#onUnrenewed);
  }

  figures(): readonly JobFigures[] {
    return this.#jobs.map((job) => job.figures());
  }

  async #renewUntilEnd(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      await this.#renew();
      await pause(RENEWAL_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #renew(): Promise<void> {
    // Leases of jobs that are still ending are not for others yet.
    const wanted = this.#isStopping ? this.#jobs.filter(({ isWorking }) => isWorking) : this.#jobs;
    const askedMs = performance.now();
    try {
      if (!this.#hasFreedEarlier) {
        // A process of the same name has died, and the database may yet do what it has sent. When its leases are free,
        // they are taken with a higher generation, not renewed.
        await this.#leases.release(this.#holder);
        this.#hasFreedEarlier = true;
      }
      const names = wanted.map(({ name }) => name);
      const held = await this.#leases.hold(names, this.#holder, LEASE_MS);
      for (const job of wanted) {
        const lease = held.get(job.name);
        if (lease === undefined) job.lose();
        else job.hold(lease, askedMs + LEASE_MS - LEASE_MARGIN_MS);
      }
    } catch (error) {
      // Each job ends by itself once its lease must have expired.
      this.#onUnrenewed(error);
    }
  }
}
