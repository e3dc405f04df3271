/** A lease of a job as one process took it, and its check in the transactions that write under it. */

/**
 * What makes the writes of a job exclusive. A process may be stopped, or its event loop blocked, for longer than its
 * lease lasts, and go on without a sign of that. So each transaction that a job writes in checks by itself that the
 * lease still holds; once another process has taken it over, nothing more is written under it.
 */
export interface Lease {
  readonly job: string;
  readonly holder: string;
  /** Goes up each time that the lease is taken. */
  readonly generation: number;
}

/** Thrown by a write under a lease that is no longer held: nothing was written. */
export class LeaseLost extends Error {
  constructor({ job }: Lease) {
    super(`the lease of the job '${job}' is no longer held`);
  }
}
