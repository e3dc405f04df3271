/** A map of the entries used lately, of bounded size. */

/**
 * Two maps, each of half the size: what is used goes to the younger one. When that is full it becomes the older one,
 * and what nothing has used meanwhile is dropped with the one before. So at least half as many entries as there may be,
 * those used last, are there; and to look one up costs a single look into a map while there are no more than that,
 * where a list of the order of use costs as much again, in memory that is not in the processor's cache.
 */
export class RecentMap<Key, Value extends NonNullable<unknown>> {
  readonly #half: number;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();

  /** @param most the most entries, an even number. */
  constructor(most: number) {
    this.#half = most / 2;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: Key): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined || this.#old.size === 0) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: Key, value: Value): void {
    this.#old.delete(key);
    if (this.#young.size >= this.#half && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  delete(key: Key): void {
    if (!this.#young.delete(key)) this.#old.delete(key);
  }

  /** All there are at the moment, those used longest ago first, roughly. */
  values(): Value[] {
    return [...this.#old.values(), ...this.#young.values()];
  }
}
