/** One job in one process: it runs as long as the process holds the job's lease. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Lease, LeaseLost } from '../lease.ts';
import type { Slots } from '../slots.ts';
import type { Job, JobFigures } from './job.ts';

/** Exponential backoff of a job that fails, in milliseconds. */
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

/** Is told each time that a run of a job fails. */
export type OnJobFailure = (job: string) => void;

/** A job, and the lease that lets it run. */
export class LeasedJob {
  readonly #job: Job;
  readonly #slots: Slots;
  readonly #logger: Logger;
  readonly #onFailure: OnJobFailure;
  /** Aborted when the lease is lost. */
  #holding = new AbortController();
  #lease: Lease | undefined;
  #heldUntilMs = Number.NEGATIVE_INFINITY;
  #expiry: NodeJS.Timeout | undefined;
  #work: Promise<void> | undefined;
  #isStopped = false;
  /** Since when the job is not up to date, in `performance.now()`. */
  #behindSinceMs: number | undefined;

  constructor(job: Job, slots: Slots, logger: Logger, onFailure: OnJobFailure) {
    this.#job = job;
    this.#slots = slots;
    this.#logger = logger.child({ job: job.name });
    this.#onFailure = onFailure;
  }

  get name(): string {
    return this.#job.name;
  }

  /** Whether a run has not ended, even if the lease is lost. */
  get isWorking(): boolean {
    return this.#work !== undefined;
  }

  /** Resolves when nothing of it runs any more. */
  async ended(): Promise<void> {
    await this.#work;
  }

  /** The lease is held up to a moment of `performance.now()`: the job runs, unless it does already. */
  hold(lease: Lease, untilMs: number): void {
    // It was lost, and taken again, without a sign of that here.
    if (lease.generation !== this.#lease?.generation) this.lose();
    clearTimeout(this.#expiry);
    this.#heldUntilMs = untilMs;
    this.#expiry = setTimeout(() => this.lose(), untilMs - performance.now()).unref();
    // What was aborted has to end before it begins again.
    if (this.#isStopped || this.#work !== undefined) return;
    this.#lease = lease;
    this.#holding = new AbortController();
    this.#logger.info('the job runs in this process');
    this.#work = this.#repeatAndSettle(lease, this.#holding.signal).finally(() => {
      this.#work = undefined;
      this.#behindSinceMs = undefined;
      this.#logger.info('the job no longer runs in this process');
    });
  }

  /** Another process has the lease, or none has it. */
  lose(): void {
    clearTimeout(this.#expiry);
    this.#holding.abort();
  }

  /** The job ends, and does not begin again; its lease stays held as long as that takes. */
  stop(): void {
    this.#isStopped = true;
    this.#holding.abort();
  }

  figures(): JobFigures {
    const isHeld = this.isWorking && !this.#holding.signal.aborted;
    const since = this.#behindSinceMs;
    const lagSeconds = since === undefined ? 0 : (performance.now() - since) / 1000;
    return { job: this.name, isHeld, lagSeconds };
  }

  async #repeatAndSettle(lease: Lease, signal: AbortSignal): Promise<void> {
    await this.#repeat(lease, signal);
    await this.#job.settled?.();
  }

  async #repeat(lease: Lease, signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#slots.run(() => this.#run(lease, signal), signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof LeaseLost) return this.lose();
        failures++;
        this.#onFailure(this.name);
        this.#logger.error({ err: error, failures }, 'the job failed; it is tried again');
      }
      const backoffMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
      // Ends early, by rejecting, when the lease is lost.
      await pause(failures === 0 ? this.#job.intervalMs : backoffMs, undefined, { signal }).catch(() => {});
    }
  }

  async #run(lease: Lease, signal: AbortSignal): Promise<void> {
    this.#behindSinceMs ??= performance.now();
    await this.#job.run({
      signal,
      lease,
      isHeld: () => !signal.aborted && performance.now() < this.#heldUntilMs,
    });
    this.#behindSinceMs = undefined;
  }
}
