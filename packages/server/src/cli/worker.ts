/** `worker`: a process that serves requests for `serve`, which starts it. */

import { Command } from 'commander';
import { OperatorError } from '../operator-error.ts';

/** Makes the command; it is hidden from the help, because only the service runs it. */
export function workerCommand(): Command {
  return new Command('worker').action(async () => {
    if (process.send === undefined)
      throw new OperatorError("'worker' is started by 'serve --workers N' alone");
    const [{ runWorker }, { serviceLog }, { LOG_DESCRIPTOR }] = await Promise.all([
      import('../server/workers/worker.ts'),
      import('./service-log.ts'),
      import('../server/child-process.ts'),
    ]);
    const log = serviceLog(LOG_DESCRIPTOR, { worker: process.pid });
    await runWorker(log.logger, log.droppedLines);
    await log.close();
    if (process.connected) process.disconnect?.();
  });
}
