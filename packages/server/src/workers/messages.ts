/** What the primary process and its workers tell each other. */

import type { PublicSettings } from '../public-side.ts';

/** To a worker. */
export type ToWorker =
  /** Answer questions. */
  | {
      readonly kind: 'start';
      readonly settings: PublicSettings /** Count and measure. */;
      readonly isMeasured: boolean;
    }
  /** The certificate's files are to be read again. */
  | { readonly kind: 'reload TLS' }
  /** Tell what was counted and measured. */
  | { readonly kind: 'tell figures' }
  /** Take no more requests, finish those in flight, and say so. */
  | { readonly kind: 'stop' }
  /** Every connection that was ever handed over has arrived by now: the process can end. */
  | { readonly kind: 'end' };

/** From a worker. */
export type FromWorker =
  | { readonly kind: 'listening'; readonly port: number; readonly httpPort?: number }
  | { readonly kind: 'figures'; readonly snapshot: readonly object[] }
  /** It takes no more requests. Connections that are still on their way to it go back to the primary process. */
  | { readonly kind: 'stopped' }
  /** It could not start, for a reason that is the operator's to mend. */
  | { readonly kind: 'failed'; readonly message: string };
