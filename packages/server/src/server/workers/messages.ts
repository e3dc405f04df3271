/** Messages between the primary process and its workers. */

import type { SharedCredential } from '../../accounts/shared-credential.ts';
import type { StopReason } from '../../http/connections.ts';
import type { Figures, TellFigures } from '../process-figures.ts';
import type { PublicServerSettings } from '../public-server.ts';

/** Logins that another worker has verified, or one of them before. */
interface VerifiedLogins {
  readonly kind: 'verified logins';
  readonly logins: readonly SharedCredential[];
}

/** To a worker. */
export type ToWorker =
  /** The first message: the key of the fingerprints in all others, in base64. */
  | { readonly kind: 'credential key'; readonly key: string }
  | VerifiedLogins
  /** Serve requests. */
  | {
      readonly kind: 'start';
      readonly settings: PublicServerSettings;
      /** Count and measure. */
      readonly isMeasured: boolean;
    }
  /** The certificate's files are to be read again. */
  | { readonly kind: 'reload TLS' }
  /** Session tickets are encrypted with this secret from now on. */
  | { readonly kind: 'ticket keys'; readonly keys: string }
  | TellFigures
  /** Accept nothing more, serve what was accepted, and end. */
  | { readonly kind: 'stop'; readonly reason: StopReason };

/** From a worker. */
export type FromWorker =
  | { readonly kind: 'listening'; readonly port: number; readonly httpPort?: number }
  | Figures
  | VerifiedLogins
  /** It could not start, for a reason that the operator can fix. */
  | { readonly kind: 'failed'; readonly message: string };
