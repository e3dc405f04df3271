/** Background work of the service: what a job is, and what it is told when it runs. */

import type { Lease } from '../lease.ts';

/** Work that one node does for all, again and again. */
export interface Job {
  /** Names the job in its lease, in the log and in the metrics. */
  readonly name: string;
  /** From the end of one run to the start of the next, in milliseconds. */
  readonly intervalMs: number;
  /**
   * Does what is due now, in transactions short enough that other writers need not wait. A run that throws is logged,
   * counted, and tried again with backoff.
   */
  run(turn: JobTurn): Promise<void>;
  /**
   * Resolves when nothing that runs have left under way is left. The lease stays held until then when the service
   * stops.
   */
  settled?(): Promise<void>;
}

/** One run of a job. */
export interface JobTurn {
  /** Aborted when the service stops or the lease is lost: for pauses, which then end by rejecting. */
  readonly signal: AbortSignal;
  /**
   * What each transaction of the run that writes must require: see {@link Lease}, `OrderStore.change` and, for what
   * else the store writes, `requireLeaseOn`.
   */
  readonly lease: Lease;
  /** Whether the lease holds, as far as this process knows: once it does not, to go on is in vain. */
  isHeld(): boolean;
}

/** A job as the metrics show it. */
export interface JobFigures {
  readonly job: string;
  /** Whether this process holds the job's lease. */
  readonly isHeld: boolean;
  /**
   * For how long the job has not been up to date, in seconds: since the first run began that has not been completed, or
   * has failed. 0 between runs, and where the lease is another's.
   */
  readonly lagSeconds: number;
}
