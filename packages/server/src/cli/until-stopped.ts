/** A service in the foreground. */

import type { Logger } from 'pino';
import type { Service } from '../server/service.ts';

/** npm passes on a signal that the terminal has sent to everybody already: within this time (ms) it is the same one. */
const SAME_SIGNAL_MS = 500;

/**
 * Announces the service and runs until SIGINT or SIGTERM, then stops it gracefully; a second signal ends the process
 * at once. SIGHUP reads the certificate again
 * and renews the workers.
 */
export async function untilStopped(service: Service, logger: Logger, announce: () => void): Promise<void> {
  const { promise: stopping, resolve: stop } = Promise.withResolvers<string>();
  let first: number | undefined;
  const onSignal = (signal: string) => {
    const now = performance.now();
    if (first !== undefined && now - first > SAME_SIGNAL_MS) process.exit(1);
    first ??= now;
    stop(signal);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  process.on('SIGHUP', () => void service.reload());
  // A program that waits for the announcement may stop the service at once.
  announce();
  const signal = await stopping;
  logger.info({ signal }, 'stopping');
  await service.stop();
  logger.info('stopped');
}
