/** The record of logins to the management API and the console. */

/** The record of who came to the management API and the console, with which token. */
export interface OperatorLogins {
  /**
   * Adds them up with those of the same moment, place, token, address and outcome. An hour has a limited number of
   * entries (audit-limit.ts); further logins are counted without their moment and address.
   */
  add(logins: readonly OperatorLogin[]): Promise<void>;
  /** The latest first. */
  list(limit: number): Promise<readonly OperatorLogin[]>;
}

/** Logins that are the same but for their number. */
export interface OperatorLogin {
  /**
   * RFC 3339 in UTC: when a browser signed in to the console; of requests to the API and of failures, the beginning of
   * the hour.
   */
  readonly at: string;
  readonly surface: 'api' | 'console';
  /** Empty when the token was none that was ever made, or was revoked. */
  readonly tokenName: string;
  readonly address: string;
  readonly succeeded: boolean;
  readonly times: number;
}
