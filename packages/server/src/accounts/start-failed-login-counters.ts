import type { Logger } from 'pino';
import type { Store } from '../store/store.ts';
import { atMostEvery, WARNING_INTERVAL } from '../throttle.ts';
import { GuessCounters } from './failed-login-counters.ts';

/** The counters of failed logins of one process of the service; to be stopped before the store is closed. */
export function startGuessCounters({ guessCounters }: Store, logger: Logger): Promise<GuessCounters> {
  return GuessCounters.start(
    guessCounters,
    atMostEvery(WARNING_INTERVAL, (error: unknown) =>
      logger.error({ err: error }, 'failed logins could not be shared; they are counted here meanwhile'),
    ),
  );
}
