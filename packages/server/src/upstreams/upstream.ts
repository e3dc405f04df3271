/** Upstreams: services of the API, of a CA or a reseller, where orders are followed with an account there. */

import type { SealedSecret } from '../secrets/secret-rows.ts';

/** The most upstreams of a service. */
export const UPSTREAMS_LIMIT = 100;
/** The longest name, in characters. */
export const UPSTREAM_NAME_LIMIT = 64;
/** Letters and digits first: `.` and `..` are no part of a URL's path. */
export const UPSTREAM_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** The most bytes of the roots that an upstream's certificate is verified with, in PEM. */
export const UPSTREAM_ROOTS_LIMIT_BYTES = 64 * 1024;
/** How often an order is asked for unless the operator says otherwise, in seconds: what CAs allow. */
export const DEFAULT_INTERVAL_SECONDS = 3 * 60 * 60;
export const LEAST_INTERVAL_SECONDS = 60;
export const MOST_INTERVAL_SECONDS = 30 * 24 * 60 * 60;
/** How many requests an upstream gets a minute unless the operator says otherwise. */
export const DEFAULT_REQUESTS_PER_MINUTE = 20;
export const MOST_REQUESTS_PER_MINUTE = 6000;

/** `HH:MM` */
export const TIME_OF_DAY = /^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/;
/** The longest name of a time zone that is looked up, in characters; the longest there is has 30. */
export const TIME_ZONE_LIMIT = 64;

/** Hours without requests, by the clock of a time zone; over midnight if they end before they begin. */
export interface QuietHours {
  /** `HH:MM` */
  readonly from: string;
  /** `HH:MM`, another than `from`. */
  readonly to: string;
  /** As in the IANA time zone database: `Europe/Berlin`. */
  readonly timeZone: string;
}

/** How often an upstream is asked. */
export interface PollingPolicy {
  /** From one request for an order that is not settled to the next. */
  readonly intervalSeconds: number;
  /** The same for orders that wait for one check, or for nothing but the issue; `intervalSeconds` when left out. */
  readonly lastStepsIntervalSeconds?: number | undefined;
  /** Of all orders together. */
  readonly requestsPerMinute: number;
  readonly quietHours?: QuietHours | undefined;
}

/** What an operator chooses about an upstream, apart from its password. */
export interface UpstreamChoice extends PollingPolicy {
  /** https; the API's path is added unless it ends in one. */
  readonly baseUrl: string;
  /** Of the account there. */
  readonly loginName: string;
  /** Certificates in PEM that are trusted for this upstream beside Node's own. */
  readonly roots?: string | undefined;
  /** The account here that all of its orders belong to: then its customers may name orders to follow, too. */
  readonly account?: string | undefined;
}

/** `paused`: nothing is asked until the operator resumes it. */
export const UPSTREAM_STATES = ['active', 'paused'] as const;
export type UpstreamState = (typeof UPSTREAM_STATES)[number];

/** Why the latest request brought nothing. The values are stored and shown. */
export const UPSTREAM_PROBLEMS = [
  /** -16: the login or its password is not accepted. */
  'login-refused',
  /** -42, or HTTP 429: it wants fewer requests. */
  'call-limit',
  /** No connection, no TLS, no response in time, HTTP 5xx, or -14. */
  'unreachable',
  /** What came is no response of the API, or not about the order asked for. */
  'invalid-response',
  /** Another error of the API, which says that the request itself is not accepted. */
  'api-error',
  /** The stored password cannot be read. */
  'no-password',
] as const;
export type UpstreamProblem = (typeof UPSTREAM_PROBLEMS)[number];

/** An upstream. Times are RFC 3339 in UTC. */
export interface Upstream extends UpstreamChoice {
  /** Never used again; the owner of its password among the secrets. */
  readonly upstreamID: string;
  /** What people call it; unique. */
  readonly name: string;
  readonly state: UpstreamState;
  readonly created: string;
  /** False once it has refused showValidityPeriod. */
  readonly asksValidityPeriod: boolean;
  readonly lastRequest?: string | undefined;
  /** The latest response that was of the API and no problem of the upstream. */
  readonly lastSuccess?: string | undefined;
  /** Left out while requests succeed. */
  readonly problem?: {
    readonly kind: UpstreamProblem;
    /** For the operator; without password or body. */
    readonly message: string;
    readonly since: string;
    /** How many requests in a row have failed. */
    readonly failures: number;
  };
  /** Nothing is asked before: backoff. */
  readonly notBefore?: string | undefined;
}

/** How the orders of an upstream are being followed. */
export interface UpstreamFigures {
  /** All that are followed, settled ones included. */
  readonly followed: number;
  /** Of these, those that were never answered. */
  readonly waiting: number;
  /** Of these, those that are asked for at every interval. */
  readonly open: number;
  /** Due now. */
  readonly due: number;
  /** With a problem of their own at the latest request. */
  readonly failing: number;
  /** Those that the upstream does not know, or no longer. */
  readonly unknown: number;
  /** For how long the one has been due that has been due for longest, in seconds. */
  readonly lagSeconds: number;
  /** Requests in the past hour. */
  readonly requestsLastHour: number;
  /** What the open ones need at the wanted interval, in requests a minute. */
  readonly neededRequestsPerMinute: number;
  /** The interval that the budget allows: the wanted one, if it fits. */
  readonly reachedIntervalSeconds: number;
}

/** The upstreams. */
export interface Upstreams {
  add(
    upstream: UpstreamChoice & { readonly upstreamID: string; readonly name: string },
  ): Promise<'added' | 'name is taken' | 'no such account' | 'too many'>;
  get(name: string): Promise<Upstream | undefined>;
  /** By name. */
  list(): Promise<readonly Upstream[]>;
  /**
   * Changes what was chosen, and the password with it: none of them is ever stored without the others. A problem is
   * forgotten, and requests go on at once. Nothing changes when there is no such upstream or account, when another base
   * URL or login name than the stored one comes without a password, or when another key encrypts secrets.
   */
  change(
    upstreamID: string,
    choice: UpstreamChoice,
    password?: SealedSecret,
  ): Promise<'changed' | 'not found' | 'needs the password' | 'other key'>;
  /** Also forgets a problem and its backoff. */
  setState(upstreamID: string, state: UpstreamState): Promise<boolean>;
  /** Deletes the upstream, and a few of its orders' rows at a time; the orders stay as they were last known. */
  remove(upstreamID: string): Promise<boolean>;
  figures(upstreamID: string): Promise<UpstreamFigures>;
}
