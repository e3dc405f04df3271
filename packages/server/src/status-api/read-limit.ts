/** The hot read, with a limit of concurrent reads (`--max-in-flight`). */

import type { StatusQuery } from '@cert-order-status/protocol';
import type { StatusReader, StatusReading } from '../orders/status-reader.ts';

/** Limits the reads in progress. A client that checks first whether it is full never waits for a slow database. */
export class LimitedStatusReader implements StatusReader {
  readonly #reader: StatusReader;
  readonly #most: number;
  readonly #onRead: ((seconds: number) => void) | undefined;
  #inFlight = 0;

  /** @param onRead receives the duration of each read. */
  constructor(reader: StatusReader, most: number, onRead?: (seconds: number) => void) {
    this.#reader = reader;
    this.#most = most;
    this.#onRead = onRead;
  }

  /** Whether the limit of concurrent reads is reached. */
  get isFull(): boolean {
    return this.#inFlight >= this.#most;
  }

  async read(loginName: string, query: StatusQuery): Promise<StatusReading> {
    this.#inFlight++;
    const startMs = performance.now();
    try {
      return await this.#reader.read(loginName, query);
    } finally {
      this.#inFlight--;
      this.#onRead?.((performance.now() - startMs) / 1000);
    }
  }
}
