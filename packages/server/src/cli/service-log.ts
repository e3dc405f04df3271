/** The log of a running service. */

import pino, { type Logger } from 'pino';
import { OperatorError } from '../operator-error.ts';

/** Lines are gathered to so many bytes, or for so many milliseconds: a write each would cost more than the answer it tells of. */
const GATHERED = { minLength: 8192, periodicFlush: 100 };

/** One JSON object a line, written without holding up requests; `flush` writes what is left. */
export function serviceLog(descriptor: 1 | 2): { logger: Logger; flush: () => Promise<void> } {
  const destination = pino.destination({ dest: descriptor, sync: false, ...GATHERED });
  const logger = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: loggedError } },
    destination,
  );
  return { logger, flush: () => new Promise((resolve) => destination.flush(() => resolve())) };
}

/** What a line says of an error: where it was thrown only if it is a defect, as a database that is away fails every request alike. */
export function loggedError(error: Error): object {
  if (!(error instanceof OperatorError)) return pino.stdSerializers.err(error);
  return { type: error.constructor.name, message: error.message };
}
