/** Messages between the primary process and its workers. */

import type { StopReason } from '../../http/connections.ts';
import type { PublicServerSettings } from '../public-server.ts';

/** What a worker gets to end in beyond the stop timeout, in milliseconds; then its process is ended. */
export const STOP_LEEWAY_MS = 2000;

/** As what a worker has the standard output of the primary process, for its log. */
export const WORKER_LOG_DESCRIPTOR = 4;

/** To a worker. */
export type ToWorker =
  /** Serve requests. */
  | {
      readonly kind: 'start';
      readonly settings: PublicServerSettings /** Count and measure. */;
      readonly isMeasured: boolean;
    }
  /** The certificate's files are to be read again. */
  | { readonly kind: 'reload TLS' }
  /** Send a snapshot of the metrics. */
  | { readonly kind: 'tell figures' }
  /** Accept nothing more, serve what was accepted, and end. */
  | { readonly kind: 'stop'; readonly reason: StopReason };

/** From a worker. */
export type FromWorker =
  | { readonly kind: 'listening'; readonly port: number; readonly httpPort?: number }
  | { readonly kind: 'figures'; readonly snapshot: readonly object[] }
  /** It could not start, for a reason that the operator can fix. */
  | { readonly kind: 'failed'; readonly message: string };
