/** Leases: of all processes that could run a job, the one that holds its lease does. */

/** The leases in the order database. Their times are by the database's clock; those of the processes do not matter. */
export interface JobLeases {
  /**
   * Takes those of these leases that are free, or have expired, and renews those that the holder has.
   *
   * @param holder names a process; no two that run at the same time have the same name.
   * @param durationMs how long a lease lasts from now on, in milliseconds; the same for all processes.
   * @returns the names of the leases that the holder has now.
   */
  hold(names: readonly string[], holder: string, durationMs: number): Promise<ReadonlySet<string>>;
  /** Frees the leases that the holder has: another process can take them at once. */
  release(holder: string): Promise<void>;
}
