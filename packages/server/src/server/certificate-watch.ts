/**
 * Looks at the certificate in use, when it changes and once a day: its warnings go to the log, its end to the metrics.
 */

import type { Logger } from 'pino';
import { certificateWarnings, notAfterSeconds } from '../http/certificate-warnings.ts';
import type { TlsPair } from '../http/tls-pair.ts';
import type { ServiceMetrics } from '../metrics/service-metrics.ts';

const CHECK_INTERVAL_MS = 24 * 60 * 60 * 1000;

export class CertificateWatch {
  readonly #logger: Logger;
  readonly #metrics: ServiceMetrics | undefined;
  readonly #timer: NodeJS.Timeout;
  #pair: TlsPair | undefined;

  constructor(logger: Logger, metrics: ServiceMetrics | undefined) {
    this.#logger = logger;
    this.#metrics = metrics;
    this.#timer = setInterval(() => this.#warn(), CHECK_INTERVAL_MS).unref();
  }

  /** From now on this pair is served. */
  use(pair: TlsPair): void {
    this.#pair = pair;
    this.#metrics?.certificateExpires(notAfterSeconds(pair));
    this.#warn();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #warn(): void {
    if (this.#pair === undefined) return;
    for (const warning of certificateWarnings(this.#pair, Date.now())) this.#logger.warn(warning);
  }
}
