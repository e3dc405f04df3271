/**
 * The log line of a status request, put together from its parts: a logger that looks at an object, whatever it may be,
 * costs several times as much.
 */

import type { ApiError, StatusQuery } from '@cert-order-status/protocol';
import pino, { type Logger } from 'pino';

const INFO = 30;

/** The outcome of a request as the line says it. Contains only checked values. */
export interface LoggedOutcome {
  /** The login name, if an account bears it; anything else may be a password in the wrong place. */
  readonly account?: string;
  readonly query?: StatusQuery;
  readonly errorCode: ApiError['errorCode'] | 0;
  /** The password was not even looked at. */
  readonly throttled?: true;
}

/** What a line of a logger begins with, and where it goes. */
interface LoggerParts {
  readonly [pino.symbols.lsCacheSym]: Readonly<Record<number, string>>;
  readonly [pino.symbols.chindingsSym]: string;
  readonly [pino.symbols.timeSym]: () => string;
  readonly [pino.symbols.streamSym]: { write(line: string): void };
}

/**
 * Logs requests at the level `info`, letter for letter as `logger.info({ account, ...query, errorCode, throttled,
 * durationMs, address }, 'request')` does, in one order with the logger's other lines.
 *
 * @param logger one without redaction, formatters and mixins, whose effects these lines would lack.
 */
export function requestLog(
  logger: Logger,
): (outcome: LoggedOutcome, durationMs: number, address: string) => void {
  // Documented as what is behind a logger, but no part of its type.
  const parts = logger as unknown as LoggerParts;
  const level = parts[pino.symbols.lsCacheSym][INFO] ?? '';
  const time = parts[pino.symbols.timeSym];
  const base = parts[pino.symbols.chindingsSym];
  const stream = parts[pino.symbols.streamSym];
  return ({ account, query, errorCode, throttled }, durationMs, address) => {
    if (logger.levelVal > INFO) return;
    let line = level + time() + base;
    if (account !== undefined) line += `,"account":${JSON.stringify(account)}`;
    if (query !== undefined) line += queryFields(query);
    line += `,"errorCode":${errorCode}`;
    if (throttled !== undefined) line += `,"throttled":${throttled}`;
    line += `,"durationMs":${durationMs},"address":${JSON.stringify(address)},"msg":"request"}\n`;
    stream.write(line);
  };
}

/** Digits and one word: nothing that JSON would escape. */
function queryFields({ orderNumber, certificateID, queryType, showValidityPeriod }: StatusQuery): string {
  let fields = '';
  if (orderNumber !== undefined) fields += `,"orderNumber":"${orderNumber}"`;
  if (certificateID !== undefined) fields += `,"certificateID":"${certificateID}"`;
  fields += `,"queryType":${queryType}`;
  if (showValidityPeriod !== undefined) fields += `,"showValidityPeriod":${showValidityPeriod}`;
  return fields;
}
