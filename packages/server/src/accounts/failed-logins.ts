/** Failed logins, as they are counted and recorded in the database. */

/** Counters of failed logins, and a record of them, for every process that stands on the database. */
export interface FailedLogins {
  /** What names and addresses are hashed with: 32 bytes, drawn when the database was made, the same for all. */
  key(): Promise<Buffer>;
  /**
   * Adds up what was counted since the last time, and returns what changed since then, by any process: the latest
   * 400,000. One transaction. An hour's failures are recorded in a limited number of entries (audit-limit.ts), further
   * ones together in one.
   *
   * @param sinceMs by the database's clock, in milliseconds since 1970; the counters changed later are told.
   */
  exchange(
    changes: readonly CounterChange[],
    records: readonly FailureRecord[],
    sinceMs: number,
  ): Promise<{ readonly counters: readonly StoredCounter[]; readonly atMs: number }>;
  /** The latest hours first. */
  failures(limit: number): Promise<readonly RecordedFailures[]>;
}

/** What happened to a counter. */
export interface CounterChange {
  readonly bucket: number;
  /** Since then, or since it was set to zero. */
  readonly failures: number;
  readonly reset: boolean;
  /** When a login succeeded, in milliseconds since 1970; 0 when none did. */
  readonly succeededMs: number;
  /** How long the counter takes to halve, in milliseconds. */
  readonly halfLifeMs: number;
}

/** A counter, and when it stood so. Times are milliseconds since 1970. */
export interface StoredCounter {
  readonly bucket: number;
  readonly failures: number;
  readonly updatedMs: number;
  /** 0 when no login ever did. */
  readonly succeededMs: number;
}

/** Failed logins of one name from one address; of a name that no account bears, the name is empty. */
export interface FailureRecord {
  readonly loginName: string;
  readonly address: string;
  readonly failures: number;
}

/** Those of one hour. */
interface RecordedFailures extends FailureRecord {
  /** When it began: RFC 3339 in UTC. */
  readonly hour: string;
}
