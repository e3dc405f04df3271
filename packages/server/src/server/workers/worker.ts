/** A worker process: it accepts and serves connections of the public port, which it shares with the other workers. */

import cluster from 'node:cluster';
import process from 'node:process';
import type { Logger } from 'pino';
import { type CachedCredential, CredentialCache } from '../../accounts/credential-cache.ts';
import type { StopReason } from '../../http/connections.ts';
import type { ServiceMetrics } from '../../metrics/service-metrics.ts';
import { OperatorError } from '../../operator-error.ts';
import { STOP_LEEWAY_MS } from '../child-process.ts';
import { newMetrics } from '../new-metrics.ts';
import { leaveSignalsToPrimary, tellPrimary } from '../primary.ts';
import { type PublicServerProcess, startPublicServer } from '../public-server.ts';
import { LoginOutbox } from './login-outbox.ts';
import type { FromWorker, ToWorker } from './messages.ts';

const tell = tellPrimary<FromWorker>;

/**
 * Does what the primary process says until that says to stop, or is gone: then the worker serves what it has accepted,
 * at most for the stop timeout, and ends. The port is free for another service at once.
 *
 * @param droppedLogLines how many lines of its log were dropped.
 * @returns when it has stopped.
 */
export async function runWorker(logger: Logger, droppedLogLines: () => number): Promise<void> {
  const { promise: over, resolve: end } = Promise.withResolvers<StopReason>();
  leaveSignalsToPrimary();
  // Otherwise Node ends the process, and cuts its connections, the moment that the primary process is gone.
  if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
  let logins: WorkerLogins | undefined;
  let server: PublicServerProcess | undefined;
  /** Those that came after the start. */
  let ticketKeys: string | undefined;
  let metrics: ServiceMetrics | undefined;
  let stopTimeoutMs = 0;
  const tellFigures = async () => {
    if (metrics !== undefined) await tell({ kind: 'figures', snapshot: await metrics.snapshot() });
  };
  process.on('message', async (message: ToWorker) => {
    switch (message.kind) {
      case 'credential key':
        logins = workerLogins(message.key, () => metrics?.limitReached('sharedLogins'));
        break;
      case 'verified logins':
        for (const login of message.logins) logins?.verified.learn(login);
        break;
      case 'start':
        stopTimeoutMs = message.settings.stopTimeoutMs;
        if (message.isMeasured) metrics = await newMetrics(droppedLogLines);
        server = await start(message.settings, logger, metrics, logins?.verified, () => end('shutdown'));
        if (ticketKeys !== undefined) server?.setTicketKeys(ticketKeys);
        break;
      case 'ticket keys':
        ticketKeys = message.keys;
        server?.setTicketKeys(ticketKeys);
        break;
      case 'reload TLS':
        server?.reloadTls();
        break;
      case 'tell figures':
        await tellFigures();
        break;
      case 'stop':
        end(message.reason);
    }
  });
  const primaryIsGone = () => {
    logger.error('the primary process is gone; this worker serves what it has accepted, and ends');
    end('shutdown');
  };
  process.once('disconnect', primaryIsGone);
  const reason = await over;
  // From here on the worker itself disconnects when it is done.
  process.off('disconnect', primaryIsGone);
  // Ends the process even if something hangs, for example a database.
  setTimeout(() => process.exit(1), stopTimeoutMs + STOP_LEEWAY_MS).unref();
  await server?.stop(reason);
  // The last of them outlive the process.
  await logins?.outbox.flush();
  await tellFigures();
}

async function start(
  settings: Extract<ToWorker, { kind: 'start' }>['settings'],
  logger: Logger,
  metrics: ServiceMetrics | undefined,
  verified: CredentialCache | undefined,
  end: () => void,
): Promise<PublicServerProcess | undefined> {
  try {
    const server = await startPublicServer(settings, logger, metrics, verified);
    const { port, httpPort } = server;
    await tell({ kind: 'listening', port, httpPort });
    return server;
  } catch (error) {
    if (!(error instanceof OperatorError)) logger.error({ err: error }, 'a worker could not start');
    await tell({ kind: 'failed', message: (error as Error).message });
    end();
    return undefined;
  }
}

/** The verified logins of this worker, and how the others come to know them. */
interface WorkerLogins {
  readonly verified: CredentialCache;
  readonly outbox: LoginOutbox;
}

function workerLogins(key: string, onFull: () => void): WorkerLogins {
  const outbox = new LoginOutbox(
    (logins) => tell({ kind: 'verified logins', logins: logins.map((login) => verified.share(login)) }),
    onFull,
  );
  const onNews = (login: CachedCredential) => outbox.add(login);
  const verified = new CredentialCache({ key: Buffer.from(key, 'base64'), onNews });
  return { verified, outbox };
}
