/** The figures of the workers, those included that have ended: what only ever goes up does not go down with them. */

import type { Worker } from 'node:cluster';
import type { Snapshot } from '../metrics/exposition.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/** How long a worker is waited for, in milliseconds; then its figures of before are told. */
const LONGEST_WAIT = 1000;

/** Collects them in the primary process. */
export class WorkerFigures {
  readonly #latest = new Map<Worker, Snapshot>();
  readonly #waiting = new Map<Worker, () => void>();
  #ended: Promise<Snapshot> = Promise.resolve([]);

  /** Listens to a worker until it ends. */
  watch(worker: Worker): void {
    worker.on('message', (message: FromWorker) => {
      if (message.kind !== 'figures') return;
      this.#latest.set(worker, message.snapshot);
      this.#waiting.get(worker)?.();
    });
    worker.once('exit', () => {
      const last = this.#latest.get(worker);
      this.#latest.delete(worker);
      this.#waiting.get(worker)?.();
      if (last === undefined) return;
      this.#ended = this.#ended.then(async (before) => {
        const { countersOf } = await import('../metrics/exposition.ts');
        return countersOf([before, last]);
      });
    });
  }

  /** Asks the workers, and adds those that have ended. */
  async of(workers: readonly Worker[]): Promise<readonly Snapshot[]> {
    await Promise.all(workers.map((worker) => this.#ask(worker)));
    return [await this.#ended, ...this.#latest.values()];
  }

  async #ask(worker: Worker): Promise<void> {
    if (!worker.isConnected()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(worker, resolve);
    const timer = setTimeout(resolve, LONGEST_WAIT);
    worker.send({ kind: 'tell figures' } satisfies ToWorker);
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(worker);
  }
}
