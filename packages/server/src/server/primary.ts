/** The primary process as those that it starts see it: workers, and the one of background jobs. */

import process from 'node:process';

/** A terminal sends its signals to every process: it is for the primary process to say what becomes of this one. */
export function leaveSignalsToPrimary(): void {
  process
    .on('SIGINT', () => {})
    .on('SIGTERM', () => {})
    .on('SIGHUP', () => {});
}

/** Resolves when the message was handed to the system, or there is no primary process to hear it any more. */
export function tellPrimary<Message>(message: Message): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}
