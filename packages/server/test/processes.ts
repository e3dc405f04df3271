/** What Linux says of processes. */

import { readFileSync } from 'node:fs';

/** The processes that one has started and that are running. */
export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

/** The memory that a process holds, in bytes. */
export function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** The kernel counts in hundredths of a second. */
const TICK_SECONDS = 0.01;

/** The time that a process has had of a core. */
export function cpuSeconds(pid: number): number {
  const [user = 0, system = 0] = coreTimes(pid);
  return user + system;
}

/** The time that a process has had of a core, and those that it started: running, or ended and waited for. */
export function cpuSecondsOfTree(pid: number): number {
  const own = coreTimes(pid).reduce((sum, time) => sum + time, 0);
  return childrenOf(pid).reduce((sum, child) => sum + cpuSecondsOfTree(child), own);
}

/** As user, in the kernel, and both of ended children, in seconds. */
function coreTimes(pid: number): readonly number[] {
  // The program's name may hold anything, but is the last thing in brackets.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return fields.slice(11, 15).map((ticks) => Number(ticks) * TICK_SECONDS);
}
