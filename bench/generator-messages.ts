/** What the benchmark and its load generator tell each other. */

import type { DatabaseSize } from './order-database.ts';
import type { PolledState } from './prepared-requests.ts';

export type Mode = 'keep-alive' | 'new connections';

/** One round of load on one server. */
export interface Job {
  readonly port: number;
  readonly mode: Mode;
  /** At a mean rate; as fast as the connections allow when it is left out. */
  readonly ratePerSecond?: number | undefined;
  readonly seconds: number;
  readonly connections: number;
  readonly size: DatabaseSize;
  readonly seed: number;
  /** Whether the requests are for the polled orders, in turn, instead of random ones. */
  readonly isPolled: boolean;
  /** Of a server that always responds alike. */
  readonly fixedBody?: string | undefined;
}

/** What a round came to. Times are in microseconds, from when a request was due. */
export interface Result {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

export type ToGenerator =
  | { readonly type: 'job'; readonly job: Job }
  | { readonly type: 'begin' }
  | { readonly type: 'changed'; readonly index: number; readonly state: PolledState };

export type FromGenerator =
  | { readonly type: 'ready' }
  | { readonly type: 'noted' }
  | { readonly type: 'result'; readonly result: Result }
  | { readonly type: 'failed'; readonly message: string };
