/** The certificate that a process serves: read at its start, and again when its files change. */

import type { Logger } from 'pino';
import type { Listener, TlsOptions } from './listener.ts';
import { startTicketKeys } from './ticket-keys.ts';
import { describeCertificate, readTlsPair, type TlsFiles, type TlsPair, watchTlsFiles } from './tls-pair.ts';

const CHECK_INTERVAL_MS = 2000;

/** Where the certificate comes from. */
export interface TlsSettings {
  /** The certificate's files, or the pair itself; without one the ports speak plain HTTP, to a proxy. */
  readonly tls?: TlsFiles | { readonly pair: TlsPair };
  /** Files are looked at for changes every so many milliseconds. */
  readonly tlsCheckIntervalMs?: number;
  /**
   * The secret of the session tickets, for processes that serve the same port: each can resume the sessions of the
   * others. A process without one draws its own, and renews it itself.
   */
  readonly ticketKeys?: string;
  /** How long a secret that is drawn is used, in milliseconds; see {@link startTicketKeys}. */
  readonly ticketKeysLifetimeMs?: number | undefined;
}

/** The certificate in use. */
export interface ServedTls {
  readonly options: TlsOptions | undefined;
  /** To be told of every port that serves it. */
  serveOn(listener: Listener): void;
  /** Reads the files again. */
  reload(): void;
  /** Encrypts session tickets with another secret from now on. */
  setTicketKeys(keys: string): void;
  /** Looks at the files no more. */
  stop(): void;
}

/**
 * @param onPair is told of every pair that is served from then on.
 * @throws {OperatorError} when the files cannot be read, or hold no pair.
 */
export function serveTls(
  { tls, tlsCheckIntervalMs, ticketKeys, ticketKeysLifetimeMs }: TlsSettings,
  logger: Logger,
  onPair?: (pair: TlsPair) => void,
): ServedTls {
  const files = tls === undefined || 'pair' in tls ? undefined : tls;
  const pair = tls !== undefined && 'pair' in tls ? tls.pair : files && readTlsPair(files);
  if (pair !== undefined) onPair?.(pair);
  const listeners: Listener[] = [];
  const reload = () => {
    if (files !== undefined) useNewPair(files, listeners, logger, onPair);
  };
  const setTicketKeys = (keys: string) => {
    for (const listener of listeners) listener.setTicketKeys(Buffer.from(keys, 'base64'));
  };
  const own = ticketKeys === undefined ? startTicketKeys(setTicketKeys, ticketKeysLifetimeMs) : undefined;
  const stop = files && watchTlsFiles(files, tlsCheckIntervalMs ?? CHECK_INTERVAL_MS, reload);
  return {
    options: pair && { pair, ticketKeys: Buffer.from(own?.current ?? ticketKeys ?? '', 'base64') },
    serveOn: (listener) => listeners.push(listener),
    reload,
    setTicketKeys,
    stop() {
      own?.stop();
      stop?.();
    },
  };
}

/** A pair that does not work, because only one of the files is new yet perhaps, leaves the old one in use. */
function useNewPair(
  files: TlsFiles,
  listeners: readonly Listener[],
  logger: Logger,
  onPair: ((pair: TlsPair) => void) | undefined,
): void {
  try {
    const pair = readTlsPair(files);
    for (const listener of listeners) listener.setTlsPair(pair);
    logger.info(describeCertificate(pair), 'the certificate was reloaded');
    onPair?.(pair);
  } catch (error) {
    const reason = (error as Error).message;
    logger.warn({ reason }, 'the changed certificate cannot be used (yet); the old one stays');
  }
}
