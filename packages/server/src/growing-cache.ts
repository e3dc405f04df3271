/**
 * A cache of the entries used last, which takes memory as it fills: LRUCache with `max` sets all of it aside at once.
 */

import { LRUCache } from 'lru-cache';

/** How long entries are good for, in milliseconds, and how exactly that is measured. */
export interface EntryLifetime {
  readonly ttl: number;
  readonly ttlResolution?: number;
}

/**
 * Makes a cache of `most` entries at most; the one used longest ago makes room for another. With 100,000 entries, this
 * takes no time, where `max` takes 10 ms at the start of every process.
 */
export function growingCache<Key extends string | number, Value extends NonNullable<unknown>>(
  most: number,
  lifetime?: EntryLifetime,
): LRUCache<Key, Value> {
  return new LRUCache<Key, Value>({ ...lifetime, maxSize: most, sizeCalculation: () => 1 });
}
