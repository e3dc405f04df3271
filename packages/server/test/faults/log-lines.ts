/** A process that logs as the service does, as many lines as its parent says, and tells it what was dropped. */

import { serviceLog } from '../../src/cli/service-log.ts';

const { logger, droppedLines, close } = serviceLog(1);
process.on('message', async (message: { lines: number } | 'close') => {
  if (message === 'close') {
    await close();
    process.disconnect?.();
    return;
  }
  for (let line = 0; line < message.lines; line++) logger.info({ line }, 'x'.repeat(1000));
  process.send?.({ droppedLines: droppedLines() });
});
