/** What the processes that the primary process starts have in common: workers, and the one of background jobs. */

import type { ChildProcess, Serializable } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The program; its first argument says as what it is started. */
export const PROGRAM = fileURLToPath(new URL('../../bin/cert-order-status.js', import.meta.url));
/** The program turns it off by itself; this does so before it has begun. */
const NO_DEBUGGER = '--disable-sigusr1';

/** As what a process has the standard output of the primary process, for its log. */
export const LOG_DESCRIPTOR = 4;
const STANDARD_OUTPUT = 1;
/** How much of what processes say on their standard error, as when they die of a defect, may wait to be passed on. */
const STDERR_BUFFER_BYTES = 64 * 1024;

/** What a process gets to end in beyond the stop timeout, in milliseconds; then it is ended. */
export const STOP_LEEWAY_MS = 2000;

/**
 * Between the end of a process and the start of the next in its place, at most, in milliseconds; at first there is
 * none.
 */
const LONGEST_PAUSE_MS = 5000;
const FIRST_PAUSE_MS = 100;
/** A process that has run so long did not die of its start. */
const LASTING_MS = 10_000;

/** How such a process is started. */
export function childOptions() {
  return {
    execArgv: [...process.execArgv, NO_DEBUGGER],
    // Standard output as a descriptor that no Node takes for its own: whatever begins or ends with it as its standard
    // output or standard error makes writes to it block, for all who share it. Messages are the fourth.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', STANDARD_OUTPUT] as ('ignore' | 'pipe' | 'ipc' | number)[],
  };
}

/** Passes on what the process says on its standard error. */
export function passOnErrors(child: ChildProcess): void {
  child.stderr?.on('data', (chunk: Buffer) => {
    if (process.stderr.writableLength < STDERR_BUFFER_BYTES) process.stderr.write(chunk);
  });
}

/** Sends a process a message, unless it is gone. */
export function tellChild<Message extends Serializable>(child: ChildProcess, message: Message): void {
  // One that has just died is replaced already, also where that shows as the message is sent.
  if (child.connected) child.send(message, () => {});
}

/**
 * The pause before a process takes the place of one that has run so long.
 *
 * @param lastMs the pause before that one; 0 if there was none.
 */
export function pauseAfterMs(lastedMs: number, lastMs: number): number {
  if (lastedMs > LASTING_MS) return 0;
  return Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, 2 * lastMs));
}
