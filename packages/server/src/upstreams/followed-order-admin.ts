/**
 * What operators and customers do with followed orders, once for the command line, the management API and the pages.
 */

import { canonicalNumber, count, ORDER_NUMBER_DIGITS } from '@cert-order-status/protocol';
import { unknownAccount } from '../accounts/account-admin.ts';
import { AccountRateLimit } from '../accounts/account-rate-limit.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { AdminError } from '../accounts/admin-error.ts';
import { type ListPage, listPage } from '../accounts/list-page.ts';
import type { OnLimit } from '../limits.ts';
import type { OrderStore } from '../orders/order-store.ts';
import type { FollowedOrder, FollowedOrders, FollowedState, NotFollowed } from './followed-orders.ts';
import { namedUpstream } from './named-upstream.ts';
import type { Upstream, Upstreams } from './upstream.ts';

/** How many order numbers a customer may name at a time, and how often an hour. */
export const CUSTOMER_NUMBERS_LIMIT = 100;
export const CUSTOMER_CALLS_PER_HOUR = 20;
/** How many orders an upstream may have without an answer or unknown to it, for customers to name further ones. */
export const UNCONFIRMED_LIMIT = 10_000;

const HOUR_MS = 60 * 60_000;
/** How many orders one transaction writes: between two others have the database. */
const BATCH_ORDERS = 500;

/** What the use cases work on. */
export interface FollowedOrderParts {
  readonly store: {
    readonly accounts: Pick<Accounts, 'find'>;
    readonly orders: Pick<OrderStore, 'get'>;
    readonly upstreams: Pick<Upstreams, 'get' | 'list' | 'figures'>;
    readonly followedOrders: Pick<
      FollowedOrders,
      'follow' | 'unfollow' | 'get' | 'followedAt' | 'list' | 'refresh' | 'nextDue'
    >;
  };
  readonly onLimit?: OnLimit | undefined;
}

/** What has become of orders that were to be followed. */
export interface Followed {
  /** Those that were not followed before. */
  readonly followed: number;
  /** Those that were, there and for the account, which stay as they are. */
  readonly already: number;
  readonly refused: readonly NotFollowed[];
}

/** Administers the followed orders of one store. Each method throws an {@link AdminError} when it changes nothing. */
export class FollowedOrderAdmin {
  readonly #parts: FollowedOrderParts;
  readonly #customerCalls = new AccountRateLimit(CUSTOMER_CALLS_PER_HOUR, HOUR_MS);

  constructor(parts: FollowedOrderParts) {
    this.#parts = parts;
  }

  /**
   * Follows orders for an account; those that are in the way of another order or account are refused, one by one.
   *
   * @param loginName the account whose orders they are; the upstream's own account when left out.
   * @param onProgress receives how many numbers are done.
   */
  async follow(
    name: string,
    loginName: string | undefined,
    orderNumbers: readonly string[],
    onProgress: (done: number) => void = () => {},
  ): Promise<Followed> {
    const upstream = await this.#upstream(name);
    const account = await this.#accountFor(upstream, loginName);
    const numbers = canonicalNumbers(orderNumbers);
    const refused: NotFollowed[] = [];
    let [followed, done] = [0, 0];
    for (const batch of batchesOf(numbers)) {
      const orders = batch.map((orderNumber) => ({ orderNumber, account }));
      const result = await this.#parts.store.followedOrders.follow(upstream.upstreamID, orders);
      followed += result.followed;
      refused.push(...result.refused);
      done += batch.length;
      onProgress(done);
    }
    return { followed, already: numbers.length - followed - refused.length, refused };
  }

  /**
   * Follows one order.
   *
   * @throws {AdminError} `order-number-taken` that names what is in the way.
   */
  async followOne(name: string, loginName: string | undefined, orderNumber: string): Promise<FollowedOrder> {
    const { refused } = await this.follow(name, loginName, [orderNumber]);
    const [{ reason, message } = {}] = refused;
    if (message !== undefined) {
      throw new AdminError(
        reason === 'no such account' ? 'not-found' : 'order-number-taken',
        'orderNumber',
        message,
      );
    }
    return this.get(name, orderNumber);
  }

  /** Whether customers of an account may name orders to follow: where all of an upstream's orders are the account's. */
  async isOpenTo(loginName: string): Promise<boolean> {
    return (await this.#upstreamOf(loginName)) !== undefined;
  }

  /**
   * Follows orders that a customer names. The result is the same whether a number is free, another account's, or
   * unknown to the upstream, so that it tells nothing of others.
   *
   * @returns the numbers that are the account's own orders and fed here, which are not followed.
   * @throws {AdminError} for too many numbers, too many calls, or an account without an upstream of its own.
   */
  async followForCustomer(
    { accountID, loginName }: { readonly accountID: number; readonly loginName: string },
    orderNumbers: readonly string[],
  ): Promise<{ readonly named: number; readonly fedHere: readonly string[] }> {
    const numbers = canonicalNumbers(orderNumbers);
    if (numbers.length > CUSTOMER_NUMBERS_LIMIT) {
      this.#parts.onLimit?.('customerFollows');
      const problem = `must be at most ${CUSTOMER_NUMBERS_LIMIT} at a time`;
      throw new AdminError('invalid', 'orderNumbers', problem, `the order numbers ${problem}`);
    }
    const upstream = await this.#upstreamOf(loginName);
    if (upstream === undefined) {
      const problem = 'the orders of this account are named by the operator alone';
      throw new AdminError('not-found', 'orderNumbers', problem);
    }
    await this.#admit(upstream, accountID);
    const { followedOrders, orders } = this.#parts.store;
    const wanted = numbers.map((orderNumber) => ({ orderNumber, account: loginName }));
    const { refused } = await followedOrders.follow(upstream.upstreamID, wanted);
    const followed = await followedOrders.followedAt(refused.map(({ orderNumber }) => orderNumber));
    const fedHere: string[] = [];
    for (const { orderNumber } of refused) {
      if (followed.has(orderNumber)) continue;
      const order = await orders.get(orderNumber);
      if (order?.record.account === loginName) fedHere.push(orderNumber);
    }
    return { named: numbers.length, fedHere };
  }

  /** An order that is followed at the upstream. */
  async get(name: string, orderNumber: string): Promise<FollowedOrder> {
    const upstream = await this.#upstream(name);
    const [number = ''] = canonicalNumbers([orderNumber]);
    const order = await this.#parts.store.followedOrders.get(number);
    if (order === undefined || order.upstream !== upstream.name) throw notFollowed(upstream, number);
    return order;
  }

  /** The orders that are followed at the upstream, by number. */
  async list(
    name: string,
    page: {
      readonly state?: FollowedState | undefined;
      readonly after?: string | undefined;
      readonly limit: number;
    },
  ): Promise<ListPage<FollowedOrder>> {
    const { upstreamID } = await this.#upstream(name);
    const [after] = page.after === undefined ? [] : canonicalNumbers([page.after]);
    const { state, limit } = page;
    const found = await this.#parts.store.followedOrders.list(upstreamID, { state, after, limit: limit + 1 });
    return listPage(found, limit, ({ orderNumber }) => orderNumber);
  }

  /** The orders stay as they were last known, and may be fed by hand. Nothing is done unless all are followed there. */
  async unfollow(name: string, orderNumbers: readonly string[]): Promise<void> {
    const upstream = await this.#upstream(name);
    const numbers = canonicalNumbers(orderNumbers);
    await this.#requireFollowed(upstream, numbers);
    const { followedOrders } = this.#parts.store;
    for (const number of numbers) await followedOrders.unfollow(upstream.upstreamID, number);
  }

  /**
   * The orders are asked for before all others, within the budget; also those that are settled or unknown. Nothing is
   * done unless all are followed there.
   */
  async refresh(name: string, orderNumbers: readonly string[]): Promise<void> {
    const upstream = await this.#upstream(name);
    const numbers = canonicalNumbers(orderNumbers);
    await this.#requireFollowed(upstream, numbers);
    for (const batch of batchesOf(numbers)) {
      await this.#parts.store.followedOrders.refresh(upstream.upstreamID, batch);
    }
  }

  /** The same with all orders of a state, or all that there are. Returns how many there are. */
  async refreshAll(
    name: string,
    state: FollowedState | undefined,
    onProgress: (done: number) => void = () => {},
  ): Promise<number> {
    const { upstreamID } = await this.#upstream(name);
    const { followedOrders } = this.#parts.store;
    let done = 0;
    for (let after: string | undefined; ; ) {
      const page = await followedOrders.list(upstreamID, { state, after, limit: BATCH_ORDERS });
      const last = page.at(-1);
      if (last === undefined) return done;
      const numbers = page.map(({ orderNumber }) => orderNumber);
      done += await followedOrders.refresh(upstreamID, numbers);
      onProgress(done);
      after = last.orderNumber;
    }
  }

  /** The order that a test asks for: the one named, which may be any, or the one that is followed and due next. */
  async numberToTest({ upstreamID, name }: Upstream, orderNumber: string | undefined): Promise<string> {
    const [named] = orderNumber === undefined ? [] : canonicalNumbers([orderNumber]);
    const number = named ?? (await this.#parts.store.followedOrders.nextDue(upstreamID));
    if (number !== undefined) return number;
    const problem = `must be named: none that is followed at upstream '${name}' is due any more`;
    throw new AdminError('invalid', 'orderNumber', problem, `an order ${problem}`);
  }

  #upstream(name: string): Promise<Upstream> {
    return namedUpstream(this.#parts.store.upstreams, name);
  }

  async #upstreamOf(loginName: string): Promise<Upstream | undefined> {
    return (await this.#parts.store.upstreams.list()).find(({ account }) => account === loginName);
  }

  async #accountFor({ name, account }: Upstream, loginName: string | undefined): Promise<string> {
    if (account !== undefined && loginName !== undefined && loginName !== account) {
      const problem = `all orders of upstream '${name}' belong to account '${account}'`;
      throw new AdminError('invalid', 'account', problem);
    }
    const owner = loginName ?? account;
    if (owner === undefined) {
      const problem = `must be named: orders of upstream '${name}' may belong to any`;
      throw new AdminError('invalid', 'account', problem, `the account ${problem}`);
    }
    if ((await this.#parts.store.accounts.find(owner)) === undefined) throw unknownAccount(owner);
    return owner;
  }

  async #requireFollowed(upstream: Upstream, numbers: readonly string[]): Promise<void> {
    for (const batch of batchesOf(numbers)) {
      const followed = await this.#parts.store.followedOrders.followedAt(batch);
      const missing = batch.filter((number) => followed.get(number)?.upstreamID !== upstream.upstreamID);
      const [first] = missing;
      if (first !== undefined) throw notFollowed(upstream, first, missing.length - 1);
    }
  }

  /** @throws {AdminError} when customers of the account have named too much. */
  async #admit({ upstreamID }: Upstream, accountID: number): Promise<void> {
    if (this.#customerCalls.take(accountID) > 0) {
      this.#parts.onLimit?.('customerFollows');
      const problem = `order numbers can be named ${CUSTOMER_CALLS_PER_HOUR} times an hour; try again later`;
      throw new AdminError('limit-reached', 'orderNumbers', problem);
    }
    const { waiting, unknown } = await this.#parts.store.upstreams.figures(upstreamID);
    if (waiting + unknown < UNCONFIRMED_LIMIT) return;
    this.#parts.onLimit?.('customerFollows');
    const most = count(UNCONFIRMED_LIMIT, 'order number');
    const problem = `${most} wait for an answer of the CA or are unknown to it; try again later`;
    throw new AdminError('limit-reached', 'orderNumbers', problem);
  }
}

function notFollowed({ name }: Upstream, orderNumber: string, others = 0): AdminError {
  const more =
    others === 0 ? '' : `, nor ${others === 1 ? 'is' : 'are'} ${count(others, 'other')} of those named`;
  const problem = `order ${orderNumber} is not followed at upstream '${name}'${more}`;
  return new AdminError('not-found', 'orderNumber', problem);
}

/** Each number once. @throws {AdminError} that names the first that is none. */
function canonicalNumbers(orderNumbers: readonly string[]): readonly string[] {
  const numbers = orderNumbers.map((given) => {
    const number = canonicalNumber(given, ORDER_NUMBER_DIGITS);
    if (number !== undefined) return number;
    const problem = `must have 1 to ${ORDER_NUMBER_DIGITS} digits and be at least 1`;
    throw new AdminError('invalid', 'orderNumber', problem, `an order number ${problem}`);
  });
  return [...new Set(numbers)];
}

function* batchesOf(numbers: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < numbers.length; at += BATCH_ORDERS) yield numbers.slice(at, at + BATCH_ORDERS);
}
