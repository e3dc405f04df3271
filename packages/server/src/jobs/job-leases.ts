/** Leases: of all processes that could run a job, the one that holds its lease does. */

import type { Lease } from '../lease.ts';

/** The leases in the order database. Their times are by the database's clock; those of the processes do not matter. */
export interface JobLeases {
  /**
   * Takes those of these leases that are free, or have expired, and renews those that the holder has. One that expired
   * while a transaction under it is still open is not taken before that has ended.
   *
   * @param holder names a process; no two that run at the same time have the same name.
   * @param durationMs how long a lease lasts from now on, in milliseconds; the same for all processes.
   * @returns the leases that the holder has now, by their jobs' names. A lease that was renewed is of the same
   *   generation as before, one that was taken of a higher one.
   */
  hold(names: readonly string[], holder: string, durationMs: number): Promise<ReadonlyMap<string, Lease>>;
  /** Frees the leases that the holder has: another process can take them at once. */
  release(holder: string): Promise<void>;
}
