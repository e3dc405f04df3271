/**
 * Counters of failed logins: of fixed size, however many names and addresses are tried, and shared with every process that stands
 * on the same database. They halve every ten minutes.
 */

import { createHmac } from 'node:crypto';
import type { CounterChange, FailureRecord, GuessCounters as StoredCounters } from '../store/store.ts';
import { addressBlock } from '../transport/address-block.ts';

/** What is counted: by login, by address, and by both together. */
const KINDS = ['login', 'address', 'pair'] as const;
export type CounterKind = (typeof KINDS)[number];

/** How many counters there are of each kind. Several names may share one; a keyed hash decides, so nobody can choose whose. */
const COUNTERS = 2 ** 16;
/** How long it takes a counter to halve, in milliseconds. */
const HALF_LIFE = 10 * 60_000;
/** How long a login from an address is remembered, in milliseconds. */
const REMEMBERED = 7 * 24 * 60 * 60_000;
/** How often what is counted is exchanged with the database, in milliseconds: once a second, however much there is. */
const INTERVAL = 1000;
/** What others have written at the moment of an exchange may come into sight after it. */
const OVERLAP = 2000;
/** How many names and addresses are written down between two exchanges; what else fails meanwhile is one entry. */
const MOST_RECORDS = 1000;

interface Counter {
  failures: number;
  /** When it had so many, in milliseconds since 1970. */
  updated: number;
  succeeded: number;
}

type Pending = { -readonly [Key in keyof CounterChange]: CounterChange[Key] };

/** The counters of one process. */
export class GuessCounters {
  readonly #stored: StoredCounters;
  readonly #key: Buffer;
  readonly #onError: (error: unknown) => void;
  /** As the database has them; those that are not here are zero. */
  readonly #counters = new Map<number, Counter>();
  /** What is on its way to the database, and what is to go there the next time. */
  #sent = new Map<number, Pending>();
  #pending = new Map<number, Pending>();
  #records = new Map<string, { -readonly [Key in keyof FailureRecord]: FailureRecord[Key] }>();
  #since = 0;
  #timer: NodeJS.Timeout | undefined;
  #exchanging: Promise<void> = Promise.resolve();

  private constructor(stored: StoredCounters, key: Buffer, onError: (error: unknown) => void) {
    this.#stored = stored;
    this.#key = key;
    this.#onError = onError;
  }

  /** Reads what is counted by now, and keeps exchanging it until it is stopped. */
  static async start(stored: StoredCounters, onError: (error: unknown) => void): Promise<GuessCounters> {
    const counters = new GuessCounters(stored, await stored.key(), onError);
    await counters.#exchange();
    counters.#again();
    return counters;
  }

  /** How many failures are counted, about. */
  failures(kind: CounterKind, loginName: string, address: string): number {
    const bucket = this.#bucketOf(kind, loginName, address);
    const pending = this.#pending.get(bucket);
    const sent = this.#sent.get(bucket);
    let failures = pending?.failures ?? 0;
    if (pending?.reset) return failures;
    failures += sent?.failures ?? 0;
    if (sent?.reset) return failures;
    const counter = this.#counters.get(bucket);
    if (counter === undefined) return failures;
    // A clock that was set back makes nothing grow.
    const elapsed = Math.max(0, Date.now() - counter.updated);
    return failures + counter.failures * 0.5 ** (elapsed / HALF_LIFE);
  }

  /** Whether the login has lately succeeded from the address. */
  hasSucceeded(loginName: string, address: string): boolean {
    const bucket = this.#bucketOf('pair', loginName, address);
    const known = [this.#pending, this.#sent, this.#counters].map((all) => all.get(bucket)?.succeeded ?? 0);
    return Date.now() - Math.max(...known) < REMEMBERED;
  }

  /** @param isAccount whether an account bears the name: only then is it written down. */
  countFailure(loginName: string, address: string, isAccount: boolean): void {
    for (const kind of KINDS) this.#pendingOf(this.#bucketOf(kind, loginName, address)).failures++;
    const record = { loginName: isAccount ? loginName : '', address };
    const key = JSON.stringify(record);
    const isNew = !this.#records.has(key);
    const kept = isNew && this.#records.size >= MOST_RECORDS ? { loginName: '', address: '' } : record;
    const keptKey = JSON.stringify(kept);
    const counted = this.#records.get(keptKey) ?? { ...kept, failures: 0 };
    counted.failures++;
    this.#records.set(keptKey, counted);
  }

  countSuccess(loginName: string, address: string): void {
    const pending = this.#pendingOf(this.#bucketOf('pair', loginName, address));
    pending.failures = 0;
    pending.reset = true;
    pending.succeeded = Date.now();
  }

  /** Writes what is left. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#exchanging;
    await this.#exchange();
  }

  #bucketOf(kind: CounterKind, loginName: string, address: string): number {
    const block = addressBlock(address);
    const text = kind === 'login' ? loginName : kind === 'address' ? block : `${block} ${loginName}`;
    const hash = createHmac('sha256', this.#key).update(`${kind} ${text}`).digest();
    return KINDS.indexOf(kind) * COUNTERS + hash.readUInt16BE(0);
  }

  #pendingOf(bucket: number): Pending {
    let pending = this.#pending.get(bucket);
    if (pending === undefined) {
      pending = { bucket, failures: 0, reset: false };
      this.#pending.set(bucket, pending);
    }
    return pending;
  }

  #again(): void {
    this.#timer = setTimeout(() => {
      this.#exchanging = this.#exchange().finally(() => this.#again());
    }, INTERVAL).unref();
  }

  async #exchange(): Promise<void> {
    const records = this.#records;
    this.#sent = this.#pending;
    this.#pending = new Map();
    this.#records = new Map();
    try {
      const { counters, at } = await this.#stored.exchange([...this.#sent.values()], [...records.values()], {
        since: this.#since,
        halfLife: HALF_LIFE,
      });
      for (const { bucket, ...counter } of counters) this.#counters.set(bucket, counter);
      this.#since = at - OVERLAP;
    } catch (error) {
      this.#onError(error);
      // It goes with the next one.
      for (const change of this.#sent.values()) this.#putBack(change);
      for (const [key, record] of records) this.#records.set(key, record);
    }
    this.#sent = new Map();
  }

  #putBack({ bucket, failures, reset, succeeded }: Pending): void {
    const pending = this.#pendingOf(bucket);
    if (pending.reset) return;
    pending.failures += failures;
    pending.reset = reset;
    if (succeeded !== undefined) pending.succeeded ??= succeeded;
  }
}
