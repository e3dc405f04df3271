/**
 * The figures of the processes that the primary process has started, those included that have ended: what only ever
 * goes up does not go down with them.
 */

import type { ChildProcess } from 'node:child_process';
import type { Snapshot } from '../metrics/exposition.ts';
import { shared } from '../shared-work.ts';

/** To a process: send a snapshot of the metrics. */
export interface TellFigures {
  readonly kind: 'tell figures';
}

/** From a process. */
export interface Figures {
  readonly kind: 'figures';
  readonly snapshot: Snapshot;
}

/** How long a process is waited for, in milliseconds; then its previous figures are used. */
const LONGEST_WAIT_MS = 1000;

/** Collects them in the primary process. */
export class ProcessFigures {
  readonly #running: () => readonly ChildProcess[];
  readonly #latest = new Map<ChildProcess, Snapshot>();
  /** Processes that were asked and have not responded: they are not asked again. */
  readonly #asked = new Set<ChildProcess>();
  readonly #waiting = new Map<ChildProcess, () => void>();
  #ended: Promise<Snapshot> = Promise.resolve([]);

  /** @param running those that are running. */
  constructor(running: () => readonly ChildProcess[]) {
    this.#running = running;
  }

  /** Listens to a process until it ends. */
  watch(child: ChildProcess): void {
    child.on('message', (message: Figures | { readonly kind: unknown }) => {
      if (!isFigures(message)) return;
      this.#latest.set(child, message.snapshot);
      this.#settle(child);
    });
    child.once('exit', () => {
      const last = this.#latest.get(child);
      this.#latest.delete(child);
      this.#settle(child);
      if (last === undefined) return;
      this.#ended = this.#ended.then(async (before) => {
        const { countersOf } = await import('../metrics/exposition.ts');
        return countersOf([before, last]);
      });
    });
  }

  /** Requests the processes' figures, once for all concurrent requests, and adds those of processes that have ended. */
  readonly collect: () => Promise<readonly Snapshot[]> = shared(async () => {
    await Promise.all(this.#running().map((child) => this.#ask(child)));
    return [await this.#ended, ...this.#latest.values()];
  });

  async #ask(child: ChildProcess): Promise<void> {
    if (!child.connected) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(child, resolve);
    const timer = setTimeout(resolve, LONGEST_WAIT_MS);
    if (!this.#asked.has(child)) {
      this.#asked.add(child);
      // Sending to a process that has just died fails; its exit event follows.
      child.send({ kind: 'tell figures' } satisfies TellFigures, () => {});
    }
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(child);
  }

  #settle(child: ChildProcess): void {
    this.#asked.delete(child);
    this.#waiting.get(child)?.();
  }
}

function isFigures(message: Figures | { readonly kind: unknown }): message is Figures {
  return message.kind === 'figures';
}
