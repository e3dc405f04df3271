/**
 * The processes that serve the public port, one a core: started, replaced when they die, and renewed one by one. Each
 * accepts connections for itself; nothing that the primary process does, or fails to do, keeps one from being served.
 */

import cluster, { type Worker } from 'node:cluster';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { StopReason } from '../../http/connections.ts';
import { startTicketKeys } from '../../http/ticket-keys.ts';
import type { Snapshot } from '../../metrics/exposition.ts';
import type { ServiceMetrics } from '../../metrics/service-metrics.ts';
import { OperatorError } from '../../operator-error.ts';
import {
  childOptions,
  PROGRAM,
  passOnErrors,
  pauseAfterMs,
  STOP_LEEWAY_MS,
  tellChild,
} from '../child-process.ts';
import { ProcessFigures } from '../process-figures.ts';
import type { PublicServer, PublicServerSettings } from '../public-server.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { SharedLogins } from './shared-logins.ts';

/** As what the program is started. */
const WORKER_COMMAND = 'worker';

/**
 * glibc keeps up to 38 MiB for each thread of the pool that has hashed a password, unless threads share their arenas:
 * under a flood of wrong passwords that more than doubles what a worker holds.
 */
const FEW_ARENAS = { MALLOC_ARENA_MAX: '2' };

/** How long a worker may take to open its ports, in milliseconds; then another is tried. */
const START_TIMEOUT_MS = 60_000;

/** The public server, in worker processes. */
export interface WorkerPool extends PublicServer {
  /** Whether at least one worker takes requests. */
  isServing(): boolean;
  /** Renews the workers one by one. */
  reload(): Promise<void>;
  /** What the workers have counted and measured, those included that have ended. */
  figures(): Promise<readonly Snapshot[]>;
}

/** A worker that takes requests. */
interface Running {
  readonly worker: Worker;
  readonly port: number;
  readonly httpPort?: number;
  readonly since: number;
}

/**
 * Starts the workers.
 *
 * @param metrics those of this process; without them the workers do not measure either.
 * @throws {OperatorError} when they cannot start; none is left then.
 */
export async function startWorkers(
  settings: PublicServerSettings,
  count: number,
  logger: Logger,
  metrics: ServiceMetrics | undefined,
): Promise<WorkerPool> {
  // Node's default is that the primary process accepts every connection and hands it to a worker.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({
    exec: PROGRAM,
    args: [WORKER_COMMAND],
    ...childOptions(),
  });
  const running = new Set<Running>();
  // Told to all workers, those included that are starting or ending.
  const ticketKeys = startTicketKeys((keys) => {
    for (const worker of Object.values(cluster.workers ?? {}))
      if (worker !== undefined) tell(worker, { kind: 'ticket keys', keys });
  }, settings.ticketKeysLifetimeMs);
  const isMeasured = metrics !== undefined;
  metrics?.processesDied('worker', 0);
  const logins = new SharedLogins(() => metrics?.limitReached('sharedLogins'));
  const figures = new ProcessFigures(() => [...running].map(({ worker }) => worker.process));
  let isStopping = false;

  async function start(): Promise<Running> {
    const begun = await startOne({ ...settings, ticketKeys: ticketKeys.current }, isMeasured, logins);
    if (isMeasured) figures.watch(begun.worker.process);
    if (isStopping) {
      await stopOne(begun.worker, settings.stopTimeoutMs, 'shutdown');
      throw new OperatorError('the service is being stopped');
    }
    running.add(begun);
    begun.worker.once('exit', (code, signal) => {
      if (!running.delete(begun) || isStopping) return;
      logger.error(
        { worker: begun.worker.process.pid, code, signal },
        'a worker died; another takes its place',
      );
      metrics?.processesDied('worker', 1);
      void replace(performance.now() - begun.since);
    });
    return begun;
  }

  /** Tries until there is one; workers that die of their start are not started in a hurry. */
  async function replace(lastedMs: number): Promise<void> {
    for (let pauseMs = pauseAfterMs(lastedMs, 0); !isStopping; pauseMs = pauseAfterMs(0, pauseMs)) {
      await pause(pauseMs, undefined, { ref: false });
      if (isStopping) return;
      try {
        await start();
        return;
      } catch (error) {
        logger.error({ reason: (error as Error).message }, 'a worker could not start; it is tried again');
      }
    }
  }

  async function retire(one: Running, reason: StopReason): Promise<void> {
    running.delete(one);
    await stopOne(one.worker, settings.stopTimeoutMs, reason);
  }

  async function renew(): Promise<void> {
    for (const old of [...running]) {
      if (isStopping) return;
      try {
        await start();
      } catch (error) {
        if (isStopping) return;
        logger.error({ reason: (error as Error).message }, 'no new worker could start; the old ones stay');
        return;
      }
      await retire(old, 'renewal');
    }
    logger.info({ workers: running.size }, 'the workers were renewed');
  }

  let first: Running;
  try {
    first = await start();
    // Port 0 is the same free one for all of them.
    await Promise.all(Array.from({ length: count - 1 }, start));
  } catch (error) {
    isStopping = true;
    ticketKeys.stop();
    await Promise.all([...running].map((one) => retire(one, 'shutdown')));
    throw error;
  }
  let renewing = Promise.resolve();
  /** A renewal that was requested and has not begun: further requests share it. */
  let next: Promise<void> | undefined;
  return {
    port: first.port,
    httpPort: first.httpPort,
    isServing: () => running.size > 0,
    figures: figures.collect,
    reloadTls() {
      for (const { worker } of running) tell(worker, { kind: 'reload TLS' });
    },
    reload() {
      next ??= renewing.then(() => {
        next = undefined;
        return renew();
      });
      renewing = next;
      return next;
    },
    async stop() {
      isStopping = true;
      ticketKeys.stop();
      await Promise.all([...running].map((one) => retire(one, 'shutdown')));
      await renewing;
    },
  };
}

async function startOne(
  settings: PublicServerSettings,
  isMeasured: boolean,
  logins: SharedLogins,
): Promise<Running> {
  const worker = cluster.fork({ ...FEW_ARENAS, ...process.env });
  const { promise, resolve, reject } = Promise.withResolvers<Running>();
  const timer = setTimeout(() => {
    reject(new OperatorError('a worker did not open its ports in time'));
    worker.process.kill('SIGKILL');
  }, START_TIMEOUT_MS);
  passOnErrors(worker.process);
  worker.once('online', async () => {
    await logins.handOver(worker);
    tell(worker, { kind: 'start', settings, isMeasured });
  });
  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'verified logins') logins.learn(worker, message.logins);
    if (message.kind === 'failed') reject(new OperatorError(message.message));
    if (message.kind === 'listening') {
      const { port, httpPort } = message;
      resolve({ worker, port, httpPort, since: performance.now() });
    }
  });
  worker.once('exit', (code) => reject(new OperatorError(`a worker ended as it started, with code ${code}`)));
  return promise.finally(() => clearTimeout(timer));
}

/** Stops a worker in an orderly way, and otherwise when its time is over. */
async function stopOne(worker: Worker, stopTimeoutMs: number, reason: StopReason): Promise<void> {
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  worker.once('exit', () => resolve());
  if (worker.isDead()) return;
  tell(worker, { kind: 'stop', reason });
  // By then it has ended itself, unless its event loop is blocked.
  const timer = setTimeout(() => worker.process.kill('SIGKILL'), stopTimeoutMs + 2 * STOP_LEEWAY_MS);
  await gone;
  clearTimeout(timer);
}

function tell({ process }: Worker, message: ToWorker): void {
  tellChild(process, message);
}
