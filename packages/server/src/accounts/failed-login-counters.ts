/**
 * Counters of failed logins: of fixed size, however many names and addresses are tried, and shared with every process
 * that stands on the same database. They halve with time.
 */

import { createHmac } from 'node:crypto';
import { growingCache } from '../growing-cache.ts';
import { addressBlock, addressNetwork } from '../http/address-block.ts';
import type { CounterChange, FailureRecord, FailedLogins as StoredCounters } from './failed-logins.ts';

const MINUTE_MS = 60_000;
const HOUR = 60 * MINUTE_MS;
const DAY = 24 * HOUR;

/**
 * What is counted, in how many counters (a power of two), and how long a counter takes to halve. Several names may
 * share a counter; a keyed hash selects it, so an attacker cannot choose it.
 */
const COUNTERS = {
  /** Failures of a login, wherever they come from. */
  login: { first: 0, bits: 16, halfLifeMs: 10 * MINUTE_MS },
  /** Failures from an address (IPv6: a /64), with any login. */
  address: { first: 1 << 16, bits: 16, halfLifeMs: 10 * MINUTE_MS },
  /** Failures of one login from one address. */
  pair: { first: 2 << 16, bits: 16, halfLifeMs: 10 * MINUTE_MS },
  /** Failures from a network (IPv4: a /24, IPv6: a /48). */
  network: { first: 3 << 16, bits: 16, halfLifeMs: 10 * MINUTE_MS },
  /** Failures of a login in the last minute or so. */
  pace: { first: 4 << 16, bits: 16, halfLifeMs: MINUTE_MS / 2 },
} as const;
export type CounterKind = keyof typeof COUNTERS;
const KINDS = Object.keys(COUNTERS) as CounterKind[];

/**
 * Where a login has succeeded is kept apart, and more exactly: else an attempt would pass for known where it shares a
 * counter.
 */
const KNOWN = { first: 1 << 22, bits: 22 } as const;
/**
 * How long a login from an address is remembered, in milliseconds, and how much older the memory may become before it
 * is renewed.
 */
const REMEMBERED_MS = 7 * DAY;
const RENEWED_AFTER_MS = HOUR;
/** How many pairs of login and address a process remembers: the latest. */
const MOST_REMEMBERED = 2 ** 17;

/** How often counts are exchanged with the database, in milliseconds: once a second, whatever the load. */
const INTERVAL_MS = 1000;
/** What others have written at the moment of an exchange may come into sight after it. */
const OVERLAP_MS = 2000;
/** How many names and addresses are written down between two exchanges; what else fails meanwhile is one entry. */
const MOST_RECORDS = 1000;

interface Counter {
  readonly failures: number;
  /** When it had so many, in milliseconds since 1970. */
  readonly updatedMs: number;
}

interface Pending extends Counter {
  /** The counter was set to zero before these failures. */
  readonly reset: boolean;
}

type Records = Map<string, { -readonly [Key in keyof FailureRecord]: FailureRecord[Key] }>;

/** A try of a login from an address, with the counters that it is counted in. */
export interface LoginAttempt {
  readonly loginName: string;
  readonly address: string;
  readonly buckets: Readonly<Record<CounterKind | 'known', number>>;
}

/** The counters of one process. Times are the database's, as far as it has told its own. */
export class FailedLoginCounters {
  readonly #stored: StoredCounters;
  readonly #key: Buffer;
  readonly #onError: (error: unknown) => void;
  /** As the database has them; those that are not here are zero. */
  readonly #counters = new Map<number, Counter>();
  /** When logins have succeeded, by {@link LoginAttempt.buckets}`.known`. */
  readonly #known = growingCache<number, number>(MOST_REMEMBERED);
  /** Attempts without an outcome so far. */
  readonly #inFlight = new Map<number, number>();
  /** What is on its way to the database, and what is to go there the next time. */
  #sent = new Map<number, Pending>();
  #pending = new Map<number, Pending>();
  #newlyKnown = new Map<number, number>();
  #records: Records = new Map();
  #since = Date.now() - REMEMBERED_MS;
  /** How far the database's clock is ahead of this one, in milliseconds. */
  #ahead = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #exchanging: Promise<void> = Promise.resolve();

  private constructor(stored: StoredCounters, key: Buffer, onError: (error: unknown) => void) {
    this.#stored = stored;
    this.#key = key;
    this.#onError = onError;
  }

  /** Reads what is counted by now, and keeps exchanging it until it is stopped. */
  static async start(
    stored: StoredCounters,
    onError: (error: unknown) => void,
  ): Promise<FailedLoginCounters> {
    const counters = new FailedLoginCounters(stored, await stored.key(), onError);
    await counters.#exchange();
    counters.#again();
    return counters;
  }

  /** @param group whose tries are counted together as those of one login: the login's own unless another is named. */
  attempt(loginName: string, address: string, group = loginName): LoginAttempt {
    const block = addressBlock(address);
    const hashed = (kind: string, text: string, bits: number) =>
      createHmac('sha256', this.#key).update(`${kind} ${text}`).digest().readUInt32BE(0) >>> (32 - bits);
    const texts = {
      login: group,
      address: block,
      pair: `${block} ${loginName}`,
      network: addressNetwork(address),
      pace: group,
    } as const satisfies Record<CounterKind, string>;
    const bucketOf = (kind: CounterKind) =>
      COUNTERS[kind].first + hashed(kind, texts[kind], COUNTERS[kind].bits);
    return {
      loginName,
      address,
      buckets: {
        login: bucketOf('login'),
        address: bucketOf('address'),
        pair: bucketOf('pair'),
        network: bucketOf('network'),
        pace: bucketOf('pace'),
        known: KNOWN.first + hashed('known', texts.pair, KNOWN.bits),
      },
    };
  }

  /** How many failures are counted, about. */
  failures(kind: CounterKind, { buckets }: LoginAttempt): number {
    const bucket = buckets[kind];
    const now = this.#now();
    let sum = 0;
    for (const counter of [this.#pending.get(bucket), this.#sent.get(bucket)]) {
      if (counter === undefined) continue;
      sum += decayed(counter, kind, now);
      if (counter.reset) return sum;
    }
    const counter = this.#counters.get(bucket);
    return counter === undefined ? sum : sum + decayed(counter, kind, now);
  }

  /** How many tries have begun in this process and not ended. */
  inFlight(kind: CounterKind, { buckets }: LoginAttempt): number {
    return this.#inFlight.get(buckets[kind]) ?? 0;
  }

  /** Counts a try as in flight, until the function that comes back is called. */
  begin({ buckets }: LoginAttempt): () => void {
    const add = (count: number) => {
      for (const kind of KINDS) {
        const inFlight = (this.#inFlight.get(buckets[kind]) ?? 0) + count;
        if (inFlight === 0) this.#inFlight.delete(buckets[kind]);
        else this.#inFlight.set(buckets[kind], inFlight);
      }
    };
    add(1);
    return () => add(-1);
  }

  /** Whether the login has lately succeeded from the address. */
  hasSucceeded({ buckets }: LoginAttempt): boolean {
    return this.#now() - (this.#known.get(buckets.known) ?? 0) < REMEMBERED_MS;
  }

  /** @param isAccount whether an account bears the name: only then is it written down. */
  countFailure(attempt: LoginAttempt, isAccount: boolean): void {
    this.countUnrecorded(attempt);
    this.#record({ loginName: isAccount ? attempt.loginName : '', address: attempt.address, failures: 1 });
  }

  /** The same for what is recorded elsewhere. */
  countUnrecorded({ buckets }: LoginAttempt): void {
    for (const kind of KINDS) this.#add(buckets[kind], { failures: 1, updatedMs: this.#now(), reset: false });
  }

  countSuccess(attempt: LoginAttempt): void {
    const { pair, known } = attempt.buckets;
    const now = this.#now();
    const isNew = now - (this.#known.get(known) ?? 0) > RENEWED_AFTER_MS;
    // Otherwise there is nothing to write.
    if (isNew || this.failures('pair', attempt) > 0)
      this.#add(pair, { failures: 0, updatedMs: now, reset: true });
    if (!isNew) return;
    this.#known.set(known, now);
    if (this.#newlyKnown.size < MOST_REMEMBERED) this.#newlyKnown.set(known, now);
  }

  /** Writes what is left. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.exchange();
  }

  /** Exchanges now what would be exchanged within the second. */
  async exchange(): Promise<void> {
    await this.#exchanging;
    this.#exchanging = this.#exchange();
    await this.#exchanging;
  }

  #now(): number {
    return Date.now() + this.#ahead;
  }

  /** Adds what came later to what is to go to the database. */
  #add(bucket: number, later: Pending): void {
    const before = this.#pending.get(bucket);
    this.#pending.set(bucket, before === undefined ? later : merged(before, later, kindOf(bucket)));
  }

  #record(record: FailureRecord): void {
    const isFull = this.#records.size >= MOST_RECORDS && !this.#records.has(keyOf(record));
    const kept = isFull ? { ...record, loginName: '', address: '' } : record;
    const before = this.#records.get(keyOf(kept));
    if (before === undefined) this.#records.set(keyOf(kept), { ...kept });
    else before.failures += kept.failures;
  }

  #again(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#exchanging = this.#exchange().finally(() => this.#again());
    }, INTERVAL_MS).unref();
  }

  /**
   * Writes this process's counts to the database, and reads those of others. If writing fails, the counts are sent with
   * the next exchange; if the database has applied them without being able to confirm it, they count twice. So no count
   * is lost while the process runs.
   */
  async #exchange(): Promise<void> {
    const records = this.#records;
    const newlyKnown = this.#newlyKnown;
    this.#sent = this.#pending;
    this.#pending = new Map();
    this.#newlyKnown = new Map();
    this.#records = new Map();
    const began = Date.now();
    try {
      const changes = [...changesOf(this.#sent, this.#now()), ...successesOf(newlyKnown)];
      const { counters, atMs } = await this.#stored.exchange(changes, [...records.values()], this.#since);
      for (const { bucket, failures, updatedMs, succeededMs } of counters) {
        if (bucket < KNOWN.first) this.#counters.set(bucket, { failures, updatedMs });
        else this.#known.set(bucket, Math.max(succeededMs, this.#known.get(bucket) ?? 0));
      }
      this.#since = atMs - OVERLAP_MS;
      this.#ahead = Math.round(atMs - (began + Date.now()) / 2);
    } catch (error) {
      this.#putBack(newlyKnown, records);
      this.#onError(error);
    }
    this.#sent = new Map();
  }

  #putBack(newlyKnown: Map<number, number>, records: Records): void {
    for (const [bucket, sent] of this.#sent) {
      const later = this.#pending.get(bucket);
      this.#pending.set(bucket, later === undefined ? sent : merged(sent, later, kindOf(bucket)));
    }
    for (const [bucket, at] of newlyKnown) {
      this.#newlyKnown.set(bucket, Math.max(at, this.#newlyKnown.get(bucket) ?? 0));
    }
    for (const record of records.values()) this.#record(record);
  }
}

/** What a counter has left of its failures. A clock that was set back makes nothing grow. */
function decayed({ failures, updatedMs }: Counter, kind: CounterKind, now: number): number {
  return failures * 0.5 ** (Math.max(0, now - updatedMs) / COUNTERS[kind].halfLifeMs);
}

/** Two changes of a counter as one. */
function merged(before: Pending, later: Pending, kind: CounterKind): Pending {
  if (later.reset) return later;
  const failures = decayed(before, kind, later.updatedMs) + later.failures;
  return { failures, updatedMs: later.updatedMs, reset: before.reset };
}

function kindOf(bucket: number): CounterKind {
  return KINDS[bucket >> 16] as CounterKind;
}

function keyOf({ loginName, address }: FailureRecord): string {
  return JSON.stringify([loginName, address]);
}

function changesOf(pending: ReadonlyMap<number, Pending>, now: number): CounterChange[] {
  return [...pending].map(([bucket, change]) => {
    const kind = kindOf(bucket);
    const { halfLifeMs } = COUNTERS[kind];
    return { bucket, failures: decayed(change, kind, now), reset: change.reset, succeededMs: 0, halfLifeMs };
  });
}

function successesOf(newlyKnown: ReadonlyMap<number, number>): CounterChange[] {
  return [...newlyKnown].map(([bucket, succeededMs]) => ({
    bucket,
    failures: 0,
    reset: false,
    succeededMs,
    halfLifeMs: REMEMBERED_MS,
  }));
}
