/** Writes down who comes to the management API and the console with which token: in batches, not once a request. */

import { hourOf } from './audit-limit.ts';
import { operatorLoginKey, shortened } from './operator-login-entries.ts';
import type { OperatorLogin, OperatorLogins } from './operator-logins.ts';

/** How long an entry may wait for others, in milliseconds. */
const INTERVAL_MS = 1000;
/** How many different entries wait at most; who else comes meanwhile is counted without address. */
const MOST_WAITING = 1000;

type Entry = { -readonly [Key in keyof OperatorLogin]: OperatorLogin[Key] };

/** The record, as one process writes it. */
export class OperatorLoginLog {
  readonly #stored: OperatorLogins;
  readonly #onError: (error: unknown) => void;
  #waiting = new Map<string, Entry>();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(stored: OperatorLogins, onError: (error: unknown) => void) {
    this.#stored = stored;
    this.#onError = onError;
  }

  /** @param login its `tokenName` is empty when the token is not one of this database. */
  note(login: Pick<OperatorLogin, 'surface' | 'tokenName' | 'address' | 'succeeded'>): void {
    const now = Date.now();
    const isOfItsOwn = login.surface === 'console' && login.succeeded;
    this.#add({ ...login, at: new Date(isOfItsOwn ? now : hourOf(now)).toISOString(), times: 1 });
    this.#writeSoon();
  }

  /** Writes what is left. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#writing;
    await this.#write();
  }

  /** One write at a time: what comes while it lasts is added up here. */
  #writeSoon(): void {
    if (this.#isStopped) return;
    this.#timer ??= setTimeout(() => {
      this.#writing = this.#write().finally(() => {
        this.#timer = undefined;
        if (this.#waiting.size > 0) this.#writeSoon();
      });
    }, INTERVAL_MS).unref();
  }

  #add(entry: Entry): void {
    const isFull = this.#waiting.size >= MOST_WAITING && !this.#waiting.has(operatorLoginKey(entry));
    const kept = isFull ? shortened(entry) : entry;
    const key = operatorLoginKey(kept);
    const before = this.#waiting.get(key);
    if (before === undefined) this.#waiting.set(key, kept);
    else before.times += kept.times;
  }

  async #write(): Promise<void> {
    const entries = [...this.#waiting.values()];
    this.#waiting = new Map();
    if (entries.length === 0) return;
    try {
      await this.#stored.add(entries);
    } catch (error) {
      // They go with the next ones.
      for (const entry of entries) this.#add(entry);
      this.#onError(error);
    }
  }
}
