/** The figures of the workers, those included that have ended: what only ever goes up does not go down with them. */

import type { Worker } from 'node:cluster';
import type { Snapshot } from '../../metrics/exposition.ts';
import { shared } from '../../shared-work.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/** How long a worker is waited for, in milliseconds; then its previous figures are used. */
const LONGEST_WAIT_MS = 1000;

/** Collects them in the primary process. */
export class WorkerFigures {
  readonly #workers: () => readonly Worker[];
  readonly #latest = new Map<Worker, Snapshot>();
  /** Workers that were asked and have not responded: they are not asked again. */
  readonly #asked = new Set<Worker>();
  readonly #waiting = new Map<Worker, () => void>();
  #ended: Promise<Snapshot> = Promise.resolve([]);

  /** @param workers those that are running. */
  constructor(workers: () => readonly Worker[]) {
    this.#workers = workers;
  }

  /** Listens to a worker until it ends. */
  watch(worker: Worker): void {
    worker.on('message', (message: FromWorker) => {
      if (message.kind !== 'figures') return;
      this.#latest.set(worker, message.snapshot);
      this.#settle(worker);
    });
    worker.once('exit', () => {
      const last = this.#latest.get(worker);
      this.#latest.delete(worker);
      this.#settle(worker);
      if (last === undefined) return;
      this.#ended = this.#ended.then(async (before) => {
        const { countersOf } = await import('../../metrics/exposition.ts');
        return countersOf([before, last]);
      });
    });
  }

  /** Requests the workers' figures, once for all concurrent requests, and adds those of workers that have ended. */
  readonly collect: () => Promise<readonly Snapshot[]> = shared(async () => {
    await Promise.all(this.#workers().map((worker) => this.#ask(worker)));
    return [await this.#ended, ...this.#latest.values()];
  });

  async #ask(worker: Worker): Promise<void> {
    if (!worker.isConnected()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(worker, resolve);
    const timer = setTimeout(resolve, LONGEST_WAIT_MS);
    if (!this.#asked.has(worker)) {
      this.#asked.add(worker);
      // Sending to a worker that has just died fails; its exit event follows.
      worker.send({ kind: 'tell figures' } satisfies ToWorker, () => {});
    }
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(worker);
  }

  #settle(worker: Worker): void {
    this.#asked.delete(worker);
    this.#waiting.get(worker)?.();
  }
}
