import type { Logger } from 'pino';
import { throttle, WARNING_INTERVAL_MS } from '../throttle.ts';
import { FailedLoginCounters } from './failed-login-counters.ts';
import type { FailedLogins } from './failed-logins.ts';

/** The counters of failed logins of one process of the service; to be stopped before the store is closed. */
export function startFailedLoginCounters(stored: FailedLogins, logger: Logger): Promise<FailedLoginCounters> {
  return FailedLoginCounters.start(
    stored,
    throttle(WARNING_INTERVAL_MS, (error: unknown) =>
      logger.error({ err: error }, 'failed logins could not be shared; they are counted here meanwhile'),
    ),
  );
}
