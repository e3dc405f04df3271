/**
 * Regular pruning while the service runs: what people and floods leave behind does not grow for
 * ever.
 */

import type { Logger } from 'pino';
import { type Prunable, type Pruning, StoreBusy, StoreUnavailable } from '../store/store.ts';

const DAY_MS = 24 * 60 * 60_000;
/** How long records are kept by default, in milliseconds. */
const RETENTION_MS = 90 * DAY_MS;
/** How often, in milliseconds; the first time a minute after the start. */
const INTERVAL_MS = 10 * 60_000;
const FIRST_AFTER_MS = 60_000;
/** How long others have the database for themselves between a few rows and the next, in milliseconds. */
const PAUSE_MS = 100;

/** What is taken away when it is older than records are kept; history and orders are for the operator to take away. */
const RECORDS: readonly Prunable[] = ['failedLogins', 'operatorLogins', 'shareLinks'];
/** What is taken away as soon as it is over. */
const OVER: readonly Prunable[] = ['sessions', 'loginCounters'];

interface RegularPruningOptions {
  readonly retentionMs?: number | undefined;
  readonly onPruned?: ((kind: Prunable, count: number) => void) | undefined;
}

/** The pruning of one node. Of several, each does it; none minds what another has taken away already. */
export class RegularPruning {
  readonly #pruning: Pruning;
  readonly #retentionMs: number;
  readonly #logger: Logger;
  readonly #onPruned: (kind: Prunable, count: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #round: Promise<void> = Promise.resolve();

  /**
   * @param how.retentionMs how long records of logins, and share links that have ended, are kept.
   * @param how.onPruned is told how many rows were taken away.
   */
  constructor(
    pruning: Pruning,
    logger: Logger,
    { retentionMs = RETENTION_MS, onPruned = () => {} }: RegularPruningOptions = {},
  ) {
    this.#pruning = pruning;
    this.#retentionMs = retentionMs;
    this.#logger = logger;
    this.#onPruned = onPruned;
  }

  start(): void {
    this.#after(FIRST_AFTER_MS);
  }

  /** Waits for what is being taken away; the rest is taken away another time. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  /** Deletes what is old now. While another process locks the database, that waits until the next time. */
  async prune(): Promise<void> {
    const now = Date.now();
    try {
      await this.#take(now, OVER);
      await this.#take(now - this.#retentionMs, RECORDS);
    } catch (error) {
      if (error instanceof Stopped || error instanceof StoreBusy || error instanceof StoreUnavailable) return;
      this.#logger.error({ err: error }, 'what is old could not be taken away; it is tried again');
    }
  }

  async #take(before: number, kinds: readonly Prunable[]): Promise<void> {
    const counted = new Map<Prunable, number>();
    await this.#pruning.prune(before, new Set(kinds), {
      pauseMs: PAUSE_MS,
      onProgress: (kind, count) => {
        this.#onPruned(kind, count - (counted.get(kind) ?? 0));
        counted.set(kind, count);
        if (this.#isStopped) throw new Stopped();
      },
    });
  }

  #after(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      this.#round = this.prune().finally(() => {
        if (!this.#isStopped) this.#after(INTERVAL_MS);
      });
    }, milliseconds).unref();
  }
}

/** Ends a round of which the service does not await the end. */
class Stopped extends Error {}
