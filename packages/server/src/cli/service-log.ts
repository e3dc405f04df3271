/** The log of a running service. */

import pino, { type Logger } from 'pino';

/** Lines are gathered to so many bytes, or for so many milliseconds: a write each would cost more than the answer it tells of. */
const GATHERED = { minLength: 8192, periodicFlush: 100 };

/** One JSON object a line, written without holding up requests; `flush` writes what is left. */
export function serviceLog(descriptor: 1 | 2): { logger: Logger; flush: () => Promise<void> } {
  const destination = pino.destination({ dest: descriptor, sync: false, ...GATHERED });
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return { logger, flush: () => new Promise((resolve) => destination.flush(() => resolve())) };
}
