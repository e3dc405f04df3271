/** The pool of threads that hashing shares with files and DNS. */

import { availableParallelism } from 'node:os';

/** Files and DNS share libuv's pool with password hashes, which take at most one thread a core of it. */
const SPARE_POOL_THREADS = 4;

/**
 * Makes libuv's pool large enough that hashing leaves threads to others. Does nothing once the pool is in use,
 * so it is the first thing a process calls.
 */
export function sizeThreadPool(): void {
  process.env['UV_THREADPOOL_SIZE'] ??= String(availableParallelism() + SPARE_POOL_THREADS);
}
