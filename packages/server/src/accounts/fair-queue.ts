/**
 * Those who wait for a turn: bounded in number and time, and fair. Networks take turns, so one that floods delays
 * itself and hardly anything else; and an address that has failed waits longer the more often it has, so those that
 * fail go after those that do not.
 */

import { addressBlock, addressNetwork } from '../http/address-block.ts';

/** How many wait at a time, and of one address (IPv6: one /64). */
const MOST_WAITING = 1000;
const MOST_PER_ADDRESS = 4;
/** Each failure doubles how long an address waits beside others, up to this many of them. */
const FAILURES_WEIGHED = 6;

interface Entry<Data, Turn> {
  readonly data: Data;
  readonly block: string;
  readonly network: string;
  /** Its place: entries go in the order of their tags. */
  readonly tag: number;
  /** With nothing: there is no turn for it. */
  readonly settle: (turn?: Turn) => void;
}

/** Such a queue. {@link FairQueue.give} gives turns; its owner decides when. */
export class FairQueue<Data, Turn> {
  readonly #longestWaitMs: number;
  readonly #onTurnedAway: () => void;
  /** In the order of their tags. */
  readonly #entries: Entry<Data, Turn>[] = [];
  /** The tag with the latest turn: new ones begin there. */
  #tag = 0;

  /** @param onTurnedAway called for each entry that was dropped without a turn. */
  constructor(longestWaitMs: number, onTurnedAway: () => void = () => {}) {
    this.#longestWaitMs = longestWaitMs;
    this.#onTurnedAway = onTurnedAway;
  }

  get size(): number {
    return this.#entries.length;
  }

  /**
   * Waits for a turn. When the queue is full, its last entry gives way to one that goes before it.
   *
   * @param failures how many the address has.
   * @returns the turn; or undefined, when there was none in time, or no room to wait.
   */
  wait(data: Data, address: string, failures: number): Promise<Turn | undefined> {
    const block = addressBlock(address);
    const network = addressNetwork(address);
    const { promise, resolve } = Promise.withResolvers<Turn | undefined>();
    const isCrowded = this.#entries.filter((entry) => entry.block === block).length >= MOST_PER_ADDRESS;
    const before = this.#entries.findLast((entry) => entry.network === network)?.tag ?? this.#tag;
    const tag = before + 2 ** Math.min(failures, FAILURES_WEIGHED);
    const last = this.#entries.at(-1);
    const isFull = this.#entries.length >= MOST_WAITING;
    if (isCrowded || (isFull && last !== undefined && last.tag <= tag)) {
      this.#onTurnedAway();
      return Promise.resolve(undefined);
    }
    if (isFull) last?.settle();
    const timer = setTimeout(() => entry.settle(), this.#longestWaitMs);
    const entry: Entry<Data, Turn> = {
      data,
      block,
      network,
      tag,
      settle: (turn) => {
        clearTimeout(timer);
        this.#entries.splice(this.#entries.indexOf(entry), 1);
        if (turn === undefined) this.#onTurnedAway();
        else this.#tag = Math.max(this.#tag, tag);
        resolve(turn);
      },
    };
    this.#entries.splice(this.#entries.findLastIndex((each) => each.tag <= tag) + 1, 0, entry);
    return promise;
  }

  /**
   * Gives turns to the first that there are any for.
   *
   * @param turnFor makes the turn; undefined when there is none for this one now.
   * @param most how many turns are given.
   * @returns how many were given.
   */
  give(turnFor: (data: Data) => Turn | undefined, most: number): number {
    let given = 0;
    for (const entry of [...this.#entries]) {
      if (given === most) break;
      const turn = turnFor(entry.data);
      if (turn === undefined) continue;
      entry.settle(turn);
      given++;
    }
    return given;
  }
}
