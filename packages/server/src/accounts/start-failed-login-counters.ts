import type { Logger } from 'pino';
import type { Store } from '../store/store.ts';
import { throttle, WARNING_INTERVAL } from '../throttle.ts';
import { FailedLoginCounters } from './failed-login-counters.ts';

/** The counters of failed logins of one process of the service; to be stopped before the store is closed. */
export function startFailedLoginCounters(
  { failedLogins: guessCounters }: Store,
  logger: Logger,
): Promise<FailedLoginCounters> {
  return FailedLoginCounters.start(
    guessCounters,
    throttle(WARNING_INTERVAL, (error: unknown) =>
      logger.error({ err: error }, 'failed logins could not be shared; they are counted here meanwhile'),
    ),
  );
}
