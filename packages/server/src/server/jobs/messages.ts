/** Messages between the primary process and the jobs process. */

import type { Figures, TellFigures } from '../process-figures.ts';
import type { JobSettings } from './jobs.ts';

/** To the jobs process. */
export type ToJobs =
  /** Run the jobs. */
  | {
      readonly kind: 'start';
      readonly settings: JobSettings;
      /** Names it in its leases. */
      readonly holder: string;
      /** Count and measure. */
      readonly isMeasured: boolean;
    }
  | TellFigures
  /** End the jobs, free their leases, and end. */
  | { readonly kind: 'stop' };

/** From the jobs process. */
export type FromJobs = Figures;
