/** A service in the foreground. */

import type { Logger } from 'pino';
import type { Service } from '../service.ts';

/**
 * Runs until SIGINT or SIGTERM, then stops the service gracefully; a second signal ends the process at once.
 * SIGHUP reads the certificate again.
 */
export async function untilStopped(service: Service, logger: Logger): Promise<void> {
  const { promise: stopping, resolve: stop } = Promise.withResolvers<string>();
  let isStopping = false;
  const onSignal = (signal: string) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    stop(signal);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  process.on('SIGHUP', () => service.reloadTls());
  const signal = await stopping;
  logger.info({ signal }, 'stopping');
  await service.stop();
  logger.info('stopped');
}
