/** The log of a running service. */

import pino, { type Logger } from 'pino';

/** One JSON object a line, written without holding up requests; `flush` writes what is left. */
export function serviceLog(descriptor: 1 | 2): { logger: Logger; flush: () => Promise<void> } {
  const destination = pino.destination({ dest: descriptor, sync: false });
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return { logger, flush: () => new Promise((resolve) => destination.flush(() => resolve())) };
}
