/** The jobs process as the primary process sees it: started, replaced when it dies, renewed, and stopped. */

import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Snapshot } from '../../metrics/exposition.ts';
import type { ServiceMetrics } from '../../metrics/service-metrics.ts';
import {
  childOptions,
  PROGRAM,
  passOnErrors,
  pauseAfterMs,
  STOP_LEEWAY_MS,
  tellChild,
} from '../child-process.ts';
import { ProcessFigures } from '../process-figures.ts';
import { type JobSettings, newHolder } from './jobs.ts';
import type { ToJobs } from './messages.ts';

const tell = tellChild<ToJobs>;

/** As what the program is started. */
const JOBS_COMMAND = 'jobs';

/** Jobs in a process of their own. */
export interface JobsProcess {
  /** Ends the process, whose place another takes. */
  reload(): Promise<void>;
  /** What it has counted and measured, and those before it. */
  figures(): Promise<readonly Snapshot[]>;
  /** Stops it, at the latest when its time is over. */
  stop(): Promise<void>;
}

/** Keeps a jobs process running. That it cannot start is logged and tried again: the service does without. */
export function superviseJobs(
  settings: JobSettings,
  logger: Logger,
  metrics: ServiceMetrics | undefined,
): JobsProcess {
  const stopping = new AbortController();
  const { signal } = stopping;
  // All of them have one name: one that takes the place of another, which has ended, has its leases at once.
  const holder = newHolder();
  let current: ChildProcess | undefined;
  const figures = new ProcessFigures(() => (current === undefined ? [] : [current]));
  /** Those that were told to stop. */
  const expected = new WeakSet<ChildProcess>();

  async function keepRunning(): Promise<void> {
    for (let pauseMs = 0; !signal.aborted; ) {
      const begunMs = performance.now();
      const child = start({ kind: 'start', settings, holder, isMeasured: metrics !== undefined });
      current = child;
      figures.watch(child);
      const ended = await endOf(child);
      current = undefined;
      if (signal.aborted) return;
      if (expected.has(child)) continue;
      logger.error({ jobs: child.pid, ...ended }, 'the jobs process died; another takes its place');
      metrics?.processesDied('jobs', 1);
      pauseMs = pauseAfterMs(performance.now() - begunMs, pauseMs);
      // Ends early, by rejecting, when the service is stopped.
      await pause(pauseMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  async function stopCurrent(): Promise<void> {
    const child = current;
    if (child === undefined) return;
    expected.add(child);
    const gone = endOf(child);
    tell(child, { kind: 'stop' });
    // By then it has ended itself, unless its event loop is blocked.
    const timer = setTimeout(() => child.kill('SIGKILL'), settings.stopTimeoutMs + 2 * STOP_LEEWAY_MS);
    await gone;
    clearTimeout(timer);
  }

  metrics?.processesDied('jobs', 0);
  const running = keepRunning();
  return {
    figures: figures.collect,
    reload: stopCurrent,
    async stop() {
      stopping.abort();
      await stopCurrent();
      await running;
    },
  };
}

function start(message: ToJobs): ChildProcess {
  const child = fork(PROGRAM, [JOBS_COMMAND], childOptions());
  passOnErrors(child);
  tell(child, message);
  return child;
}

/** How a process has ended, which includes that the system did not start it. */
function endOf(child: ChildProcess): Promise<object> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve({});
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', (error) => resolve({ reason: error.message }));
  });
}
