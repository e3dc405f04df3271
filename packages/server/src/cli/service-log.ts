/** The log of a running service. */

import pino, { type Logger } from 'pino';
import { OperatorError } from '../operator-error.ts';
import { LogDestination } from './log-destination.ts';
import { logTime } from './log-time.ts';

/** A log, and what becomes of its lines. */
export interface ServiceLog {
  readonly logger: Logger;
  /** How many lines its destination has not taken. */
  droppedLines(): number;
  /** Writes what is left, as far as its destination takes it. */
  close(): Promise<void>;
}

/**
 * One JSON object a line, written without holding up requests.
 *
 * @param base what every line begins with.
 */
export function serviceLog(
  descriptor: number,
  base: Readonly<Record<string, number>> | null = null,
): ServiceLog {
  const destination = new LogDestination(descriptor, (lines) =>
    logger.warn({ lines }, 'log lines were dropped, as nothing took them'),
  );
  const logger = pino({ base, timestamp: logTime(), serializers: { err: loggedError } }, destination);
  return { logger, droppedLines: () => destination.droppedLines, close: () => destination.close() };
}

/**
 * What a line says of an error: where it was thrown only if it is a defect, as a database that is away fails every
 * request alike.
 */
export function loggedError(error: Error): object {
  if (!(error instanceof OperatorError)) return pino.stdSerializers.err(error);
  return { type: error.constructor.name, message: error.message };
}
