/** Messages between the primary process and its workers. */

import type { StopReason } from '../../http/connections.ts';
import type { Figures, TellFigures } from '../process-figures.ts';
import type { PublicServerSettings } from '../public-server.ts';

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
  | TellFigures
  /** Accept nothing more, serve what was accepted, and end. */
  | { readonly kind: 'stop'; readonly reason: StopReason };

/** From a worker. */
export type FromWorker =
  | { readonly kind: 'listening'; readonly port: number; readonly httpPort?: number }
  | Figures
  /** It could not start, for a reason that the operator can fix. */
  | { readonly kind: 'failed'; readonly message: string };
