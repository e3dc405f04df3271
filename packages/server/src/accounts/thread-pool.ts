/** The pool of threads that hashing shares with files and DNS. */

import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism, setPriority } from 'node:os';

/** Files and DNS share libuv's pool with password hashes, which take at most one thread a core of it. */
const SPARE_POOL_THREADS = 4;

/** The pool's priority as `nice` value: a tenth of the CPU time of the thread that serves requests. */
const NICENESS = 10;

/**
 * Makes libuv's pool large enough that hashing leaves threads to others. Does nothing once the pool is in use,
 * so it is the first thing a process calls.
 */
export function sizeThreadPool(): void {
  process.env['UV_THREADPOOL_SIZE'] ??= String(availableParallelism() + SPARE_POOL_THREADS);
}

/**
 * Gives the thread that serves requests priority where both want a core: a flood of wrong passwords then costs
 * those who have logged in little. Only Linux has priorities for threads; elsewhere this does nothing.
 */
export async function letRequestsGoFirst(): Promise<void> {
  if (process.platform !== 'linux') return;
  // To read the folder starts the pool.
  for (const thread of await readdir('/proc/self/task')) {
    // Any other of the process's threads may end meanwhile.
    const name = await readFile(`/proc/self/task/${thread}/comm`, 'utf8').catch(() => '');
    if (name.trim() === 'libuv-worker') setPriority(Number(thread), NICENESS);
  }
}
