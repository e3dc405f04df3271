/** `jobs`: a process that runs background jobs for `serve`, which starts it. */

import { Command } from 'commander';
import { OperatorError } from '../operator-error.ts';

/** Makes the command; it is hidden from the help, because only the service runs it. */
export function jobsCommand(): Command {
  return new Command('jobs').action(async () => {
    if (process.send === undefined) throw new OperatorError("'jobs' is started by 'serve' alone");
    const [{ runJobsProcess }, { serviceLog }, { LOG_DESCRIPTOR }] = await Promise.all([
      import('../server/jobs/jobs-process.ts'),
      import('./service-log.ts'),
      import('../server/child-process.ts'),
    ]);
    const log = serviceLog(LOG_DESCRIPTOR, { jobs: process.pid });
    await runJobsProcess(log.logger, log.droppedLines);
    await log.close();
    if (process.connected) process.disconnect?.();
  });
}
