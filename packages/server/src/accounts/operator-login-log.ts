/** Writes down who comes to the management API and the console with which token: in batches, not once a request. */

import type { OperatorLogin, OperatorLogins } from '../store/store.ts';

const HOUR = 3_600_000;
/** How long an entry may wait for others, in milliseconds. */
const INTERVAL = 1000;
/** How many different entries wait at most; who else comes meanwhile is counted without address. */
const MOST_WAITING = 1000;

type Entry = { -readonly [Key in keyof OperatorLogin]: OperatorLogin[Key] };

/** The record, as one process writes it. */
export class OperatorLoginLog {
  readonly #stored: OperatorLogins;
  readonly #onError: (error: unknown) => void;
  #waiting = new Map<string, Entry>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(stored: OperatorLogins, onError: (error: unknown) => void) {
    this.#stored = stored;
    this.#onError = onError;
  }

  /** @param login its `tokenName` is empty when the token is not one of this book. */
  note(login: Pick<OperatorLogin, 'surface' | 'tokenName' | 'address' | 'succeeded'>): void {
    const now = Date.now();
    const time = login.surface === 'api' ? Math.floor(now / HOUR) * HOUR : now;
    this.#add({ ...login, at: new Date(time).toISOString(), times: 1 });
    this.#timer ??= setTimeout(() => this.#write(), INTERVAL).unref();
  }

  /** Writes what is left. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#write();
    await this.#writing;
  }

  #add(entry: Entry): void {
    const isFull = this.#waiting.size >= MOST_WAITING;
    const kept = isFull ? { ...entry, at: hourOf(entry.at), address: '' } : entry;
    const key = JSON.stringify([kept.at, kept.surface, kept.tokenName, kept.address, kept.succeeded]);
    const before = this.#waiting.get(key);
    if (before === undefined) this.#waiting.set(key, kept);
    else before.times += kept.times;
  }

  #write(): void {
    this.#timer = undefined;
    const entries = [...this.#waiting.values()];
    this.#waiting = new Map();
    this.#writing = this.#writing.then(async () => {
      if (entries.length === 0) return;
      try {
        await this.#stored.add(entries);
      } catch (error) {
        this.#onError(error);
        // They go with the next ones.
        for (const entry of entries) this.#add(entry);
      }
    });
  }
}

function hourOf(time: string): string {
  return new Date(Math.floor(Date.parse(time) / HOUR) * HOUR).toISOString();
}
