/** A worker process: it answers questions, with a database connection that only reads, on a port that it shares. */

import process from 'node:process';
import type { Logger } from 'pino';
import type { ServiceMetrics } from '../metrics/service-metrics.ts';
import { OperatorError } from '../operator-error.ts';
import { type PublicSide, startPublicSide } from '../public-side.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/**
 * Does what the primary process says, until that says to stop, or is gone.
 *
 * @param droppedLogLines how many lines of its log were dropped.
 * @returns when it has stopped.
 */
export async function runWorker(logger: Logger, droppedLogLines: () => number): Promise<void> {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  // A terminal sends its signals to every process: it is for the primary to say what becomes of the workers.
  process
    .on('SIGINT', () => {})
    .on('SIGTERM', () => {})
    .on('SIGHUP', () => {});
  let side: PublicSide | undefined;
  let metrics: ServiceMetrics | undefined;
  const tellFigures = async () => {
    if (metrics !== undefined) tell({ kind: 'figures', snapshot: await metrics.snapshot() });
  };
  const stop = async () => {
    const stopping = side;
    side = undefined;
    if (stopping === undefined) return;
    await stopping.stop();
    // The last of them outlive the process.
    await tellFigures();
  };
  process.on('message', async (message: ToWorker) => {
    switch (message.kind) {
      case 'start':
        if (message.isMeasured) metrics = await newMetrics(droppedLogLines);
        side = await start(message.settings, logger, metrics, end);
        break;
      case 'reload TLS':
        side?.reloadTls();
        break;
      case 'tell figures':
        await tellFigures();
        break;
      case 'stop':
        await stop();
        // A connection that is on its way here, and met no process, would hang for ever.
        tell({ kind: 'stopped' });
        break;
      case 'end':
        end();
    }
  });
  process.once('disconnect', end);
  await over;
  await stop();
}

async function start(
  settings: Extract<ToWorker, { kind: 'start' }>['settings'],
  logger: Logger,
  metrics: ServiceMetrics | undefined,
  end: () => void,
): Promise<PublicSide | undefined> {
  try {
    const side = await startPublicSide(settings, logger, metrics);
    const { port, httpPort } = side;
    tell({ kind: 'listening', port, ...(httpPort !== undefined && { httpPort }) });
    return side;
  } catch (error) {
    if (!(error instanceof OperatorError)) logger.error({ err: error }, 'a worker could not start');
    tell({ kind: 'failed', message: (error as Error).message });
    end();
    return undefined;
  }
}

async function newMetrics(droppedLogLines: () => number): Promise<ServiceMetrics> {
  // Loaded when they are wanted.
  const { ServiceMetrics } = await import('../metrics/service-metrics.ts');
  return new ServiceMetrics(droppedLogLines);
}

function tell(message: FromWorker): void {
  process.send?.(message);
}
