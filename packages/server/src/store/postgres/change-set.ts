/**
 * What a batch of changes touches of the database, in memory: read when it is missed, and kept up with the changes
 * made.
 */

import type { StoredOrder } from '../../orders/change-request.ts';
import type { ChangeContext } from '../../orders/decide-change.ts';
import type { FollowedPlace, PlacedOrder } from '../../orders/placement-rules.ts';

/** Reads what is in the database; what is not there is left out. */
export interface ChangeSetSource {
  orders(numbers: readonly string[]): Promise<ReadonlyMap<string, StoredOrder>>;
  placed(numbers: readonly string[]): Promise<ReadonlyMap<string, PlacedOrder>>;
  accounts(loginNames: readonly string[]): Promise<ReadonlyMap<string, number>>;
  holders(certificateIDs: readonly string[]): Promise<ReadonlyMap<string, string>>;
  followed(numbers: readonly string[]): Promise<ReadonlyMap<string, FollowedPlace>>;
  /** Which order each replaces, and each of those, and so on. */
  links(numbers: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** Values by key, as far as they were looked up. */
class LookupCache<Value> {
  readonly #values = new Map<string, Value | undefined>();
  readonly #missed = new Set<string>();
  readonly #source: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>;

  constructor(source: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>) {
    this.#source = source;
  }

  get(key: string): Value | undefined {
    if (!this.#values.has(key)) this.#missed.add(key);
    return this.#values.get(key);
  }

  isKnown(key: string): boolean {
    return this.#values.has(key);
  }

  put(key: string, value: Value): void {
    this.#values.set(key, value);
  }

  /** Looks up what was missed. False when nothing was. */
  async fill(): Promise<boolean> {
    if (this.#missed.size === 0) return false;
    const keys = [...this.#missed];
    this.#missed.clear();
    const found = await this.#source(keys);
    for (const key of keys) this.#values.set(key, found.get(key));
    // The source may know more than it was asked for.
    for (const [key, value] of found) if (!this.#values.has(key)) this.#values.set(key, value);
    return true;
  }
}

/** What changes touch, as far as it was looked up, with the changes made so far. */
export class ChangeSet implements ChangeContext {
  readonly #orders: LookupCache<StoredOrder>;
  readonly #placed: LookupCache<PlacedOrder>;
  readonly #accounts: LookupCache<number>;
  readonly #followed: LookupCache<FollowedPlace>;
  readonly #holders: LookupCache<string>;
  readonly #links: LookupCache<string>;

  constructor(source: ChangeSetSource) {
    this.#orders = new LookupCache(source.orders);
    this.#placed = new LookupCache(source.placed);
    this.#accounts = new LookupCache(source.accounts);
    this.#followed = new LookupCache(source.followed);
    this.#holders = new LookupCache(source.holders);
    this.#links = new LookupCache(source.links);
  }

  /** What a look at the database gives: looked again until nothing was missing. The look must change nothing. */
  async read<Result>(look: () => Result): Promise<Result> {
    for (;;) {
      const result = look();
      const caches = [this.#orders, this.#placed, this.#accounts, this.#followed, this.#holders, this.#links];
      const filled = await Promise.all(caches.map((cache) => cache.fill()));
      if (!filled.includes(true)) return result;
    }
  }

  /** Takes in an order as it was changed. */
  put(order: StoredOrder): void {
    const { orderNumber, certificates } = order.record;
    this.#orders.put(orderNumber, order);
    for (const { certificateID } of certificates) {
      if (certificateID !== undefined) this.#holders.put(certificateID, orderNumber);
    }
  }

  get(orderNumber: string): StoredOrder | undefined {
    return this.#orders.get(orderNumber);
  }

  placed(orderNumber: string): PlacedOrder | undefined {
    const isKnown = this.#orders.isKnown(orderNumber);
    return isKnown ? this.#orders.get(orderNumber)?.record : this.#placed.get(orderNumber);
  }

  hasAccount(loginName: string): boolean {
    // While it is not known, what else is needed is found out as if it were there.
    const isKnown = this.#accounts.isKnown(loginName);
    return this.#accounts.get(loginName) !== undefined || !isKnown;
  }

  /** The ID of an account that was seen to be there. */
  accountID(loginName: string): number {
    const accountID = this.#accounts.get(loginName);
    if (accountID === undefined) throw new Error(`account ${loginName} was not looked up`);
    return accountID;
  }

  followed(orderNumber: string): FollowedPlace | undefined {
    return this.#followed.get(orderNumber);
  }

  holderOf(certificateID: string): string | undefined {
    return this.#holders.get(certificateID);
  }

  replaces(orderNumber: string, earlier: string): boolean {
    const seen = new Set<string>();
    for (
      let at: string | undefined = orderNumber;
      at !== undefined && !seen.has(at);
      at = this.#replacedBy(at)
    ) {
      if (at === earlier) return true;
      seen.add(at);
    }
    return false;
  }

  #replacedBy(orderNumber: string): string | undefined {
    return this.#orders.isKnown(orderNumber)
      ? this.#orders.get(orderNumber)?.record.replacesOrderNumber
      : this.#links.get(orderNumber);
  }
}
