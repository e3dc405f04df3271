/** What operators do with upstreams, once for the command line, the management API and the console. */

import { randomBytes } from 'node:crypto';
import { count } from '@cert-order-status/protocol';
import { unknownAccount } from '../accounts/account-admin.ts';
import { AdminError } from '../accounts/admin-error.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { type AskResult, UpstreamChanged } from './ask-upstream.ts';
import { FollowedOrderAdmin, type FollowedOrderParts } from './followed-order-admin.ts';
import type { FollowedOrders } from './followed-orders.ts';
import { namedUpstream } from './named-upstream.ts';
import {
  DEFAULT_INTERVAL_SECONDS,
  DEFAULT_REQUESTS_PER_MINUTE,
  type QuietHours,
  UPSTREAMS_LIMIT,
  type Upstream,
  type UpstreamChoice,
  type UpstreamFigures,
  type Upstreams,
} from './upstream.ts';
import {
  type ChoiceChecks,
  checkedChoice,
  checkUpstreamName,
  checkUpstreamPassword,
} from './upstream-choice.ts';
import { testReport, type UpstreamTest } from './upstream-test.ts';

const ID_BYTES = 12;

/** What the use cases work on. */
export interface UpstreamParts extends FollowedOrderParts {
  readonly store: FollowedOrderParts['store'] & {
    readonly upstreams: Upstreams;
    readonly followedOrders: Pick<FollowedOrders, 'countRequest' | 'isForOthers'>;
  };
  readonly secrets: Pick<Secrets, 'put' | 'putWith' | 'remove'>;
  /** Sends one request; see `askUpstream`. */
  readonly ask: (upstream: Upstream, orderNumber: string) => Promise<AskResult>;
  /** Checks more of a URL than its form; see `OutboundClient.checkUrl`. */
  readonly checkUrl?: ChoiceChecks['checkUrl'];
}

/** A new upstream. What is left out gets its default. */
export interface NewUpstream extends Omit<UpstreamChoice, 'intervalSeconds' | 'requestsPerMinute'> {
  readonly intervalSeconds?: number | undefined;
  readonly requestsPerMinute?: number | undefined;
}

/** What changes of an upstream. What is left out stays; null removes it. */
export interface UpstreamChange {
  readonly baseUrl?: string | undefined;
  readonly loginName?: string | undefined;
  /** Needed when the base URL or the login name changes. */
  readonly loginPassword?: string | undefined;
  readonly roots?: string | null | undefined;
  readonly account?: string | null | undefined;
  readonly intervalSeconds?: number | undefined;
  readonly lastStepsIntervalSeconds?: number | null | undefined;
  readonly requestsPerMinute?: number | undefined;
  readonly quietHours?: QuietHours | null | undefined;
}

/** An upstream, and how its orders are being followed. */
export interface ShownUpstream extends Omit<Upstream, 'upstreamID'> {
  readonly figures: UpstreamFigures;
}

/**
 * Administers the upstreams of one store. Each method throws an {@link AdminError} when it changes nothing, and
 * `SecretUnavailable` when there is no key to encrypt a password with.
 */
export class UpstreamAdmin {
  readonly #parts: UpstreamParts;
  /** What is done with the orders that are followed. */
  readonly orders: FollowedOrderAdmin;
  /** Upstreams with a test under way. */
  readonly #testing = new Set<string>();

  constructor(parts: UpstreamParts) {
    this.#parts = parts;
    this.orders = new FollowedOrderAdmin(parts);
  }

  /** Checks that an upstream may be added under this name, before its password is asked for. */
  async checkFree(name: string): Promise<void> {
    checkUpstreamName(name);
    if ((await this.#parts.store.upstreams.get(name)) !== undefined) throw taken(name);
  }

  /** Adds an upstream. @param password of the account there. */
  async add(name: string, choice: NewUpstream, password: string): Promise<ShownUpstream> {
    checkUpstreamName(name);
    checkUpstreamPassword(password);
    const {
      intervalSeconds = DEFAULT_INTERVAL_SECONDS,
      requestsPerMinute = DEFAULT_REQUESTS_PER_MINUTE,
      ...others
    } = choice;
    const checked = await this.#checked({ ...others, intervalSeconds, requestsPerMinute });
    const { store, secrets } = this.#parts;
    const upstreamID = `up_${randomBytes(ID_BYTES).toString('hex')}`;
    const identity = { purpose: 'upstream', owner: upstreamID } as const;
    // Its password is there before it can be needed.
    await secrets.put(identity, password);
    const added = await store.upstreams.add({ ...checked, upstreamID, name });
    if (added === 'added') return this.get(name);
    await secrets.remove(identity);
    if (added === 'name is taken') throw taken(name);
    if (added === 'no such account') throw unknownAccount(choice.account ?? '');
    this.#parts.onLimit?.('upstreams');
    const most = count(UPSTREAMS_LIMIT, 'upstream');
    throw new AdminError('limit-reached', 'name', `there are ${most}, the most there may be`);
  }

  async get(name: string): Promise<ShownUpstream> {
    return this.#shown(await this.#named(name));
  }

  /** By name. */
  async list(): Promise<readonly ShownUpstream[]> {
    const shown: ShownUpstream[] = [];
    for (const upstream of await this.#parts.store.upstreams.list()) shown.push(await this.#shown(upstream));
    return shown;
  }

  /**
   * Changes what was chosen. A problem is forgotten, and requests go on at once. Another base URL or login name needs
   * the password again: that of before is sent to no other host, and with no other name.
   */
  async change(name: string, change: UpstreamChange): Promise<ShownUpstream> {
    const before = await this.#named(name);
    const { loginPassword, ...rest } = change;
    const checked = await this.#checked(changedChoice(before, rest), before);
    if (loginPassword !== undefined) checkUpstreamPassword(loginPassword);
    const moved = (['baseUrl', 'loginName'] as const).filter((field) => checked[field] !== before[field]);
    if (moved.length > 0 && loginPassword === undefined) {
      const problem = `is needed again, because ${moved.join(' and ')} change${moved.length === 1 ? 's' : ''}`;
      throw new AdminError('invalid', 'loginPassword', problem, `the password ${problem}`);
    }
    await this.#store(before, checked, loginPassword);
    return this.get(name);
  }

  /** Nothing is asked from now on. */
  async pause(name: string): Promise<ShownUpstream> {
    const { upstreamID } = await this.#named(name);
    await this.#parts.store.upstreams.setState(upstreamID, 'paused');
    return this.get(name);
  }

  /** Asks at once, also after a problem. */
  async resume(name: string): Promise<ShownUpstream> {
    const { upstreamID } = await this.#named(name);
    await this.#parts.store.upstreams.setState(upstreamID, 'active');
    return this.get(name);
  }

  /**
   * Deletes an upstream and its password. Its orders stay as they were last known, and may be fed by hand.
   *
   * @returns how many were followed.
   */
  async remove(name: string): Promise<number> {
    const { upstreamID } = await this.#named(name);
    const { followed } = await this.#parts.store.upstreams.figures(upstreamID);
    await this.#parts.store.upstreams.setState(upstreamID, 'paused');
    // First, so that no password is left of an upstream that is gone, wherever this ends.
    await this.#parts.secrets.remove({ purpose: 'upstream', owner: upstreamID });
    await this.#parts.store.upstreams.remove(upstreamID);
    return followed;
  }

  /**
   * Asks for one order, also while the upstream is paused or backs off, and counts that in the budget. Nothing of the
   * response is stored.
   *
   * @param orderNumber any order of the account there; one that is followed when left out.
   */
  async test(name: string, orderNumber?: string): Promise<UpstreamTest> {
    const upstream = await this.#named(name);
    const { upstreamID } = upstream;
    if (this.#testing.has(upstreamID)) {
      this.#parts.onLimit?.('upstreamTests');
      throw new AdminError('limit-reached', 'name', `a test of upstream '${name}' is under way`);
    }
    this.#testing.add(upstreamID);
    try {
      const number = await this.orders.numberToTest(upstream, orderNumber);
      const first = await this.#ask(upstream, number);
      if (first.kind !== 'no validity period') return testReport(number, first, upstream.asksValidityPeriod);
      return testReport(number, await this.#ask({ ...upstream, asksValidityPeriod: false }, number), false);
    } catch (error) {
      throw error instanceof UpstreamChanged ? changedMeanwhile(name) : error;
    } finally {
      this.#testing.delete(upstreamID);
    }
  }

  async #ask(upstream: Upstream, orderNumber: string): Promise<AskResult> {
    await this.#parts.store.followedOrders.countRequest(upstream.upstreamID);
    return this.#parts.ask(upstream, orderNumber);
  }

  /** Stores a choice and its password at once, so that neither host gets the other's password. */
  async #store(
    { upstreamID, name }: Upstream,
    choice: UpstreamChoice,
    password: string | undefined,
  ): Promise<void> {
    const { store, secrets } = this.#parts;
    let outcome: Awaited<ReturnType<Upstreams['change']>> | undefined;
    if (password === undefined) outcome = await store.upstreams.change(upstreamID, choice);
    else {
      await secrets.putWith({ purpose: 'upstream', owner: upstreamID }, password, async (sealed) => {
        outcome = await store.upstreams.change(upstreamID, choice, sealed);
        return outcome !== 'other key';
      });
    }
    if (outcome !== 'changed') throw changedMeanwhile(name);
  }

  #named(name: string): Promise<Upstream> {
    return namedUpstream(this.#parts.store.upstreams, name);
  }

  async #shown({ upstreamID, ...upstream }: Upstream): Promise<ShownUpstream> {
    return { ...upstream, figures: await this.#parts.store.upstreams.figures(upstreamID) };
  }

  async #checked(choice: UpstreamChoice, before?: Upstream): Promise<UpstreamChoice> {
    const { store, checkUrl } = this.#parts;
    const checked = await checkedChoice(choice, { accounts: store.accounts, checkUrl }, before);
    const { account } = checked;
    if (account === undefined || account === before?.account) return checked;
    if (before !== undefined && (await store.followedOrders.isForOthers(before.upstreamID, account))) {
      const problem = `orders of other accounts than '${account}' are followed there; unfollow them first`;
      throw new AdminError('invalid', 'account', problem);
    }
    const other = (await store.upstreams.list()).find((upstream) => upstream.account === account);
    if (other === undefined) return checked;
    const problem = `all orders of upstream '${other.name}' belong to account '${account}' already; an account has one such upstream`;
    throw new AdminError('already-exists', 'account', problem);
  }
}

function changedChoice(before: Upstream, change: Omit<UpstreamChange, 'loginPassword'>): UpstreamChoice {
  const or = <Value>(value: Value | null | undefined, old: Value | undefined): Value | undefined =>
    value === undefined ? old : (value ?? undefined);
  return {
    baseUrl: change.baseUrl ?? before.baseUrl,
    loginName: change.loginName ?? before.loginName,
    roots: or(change.roots, before.roots),
    account: or(change.account, before.account),
    intervalSeconds: change.intervalSeconds ?? before.intervalSeconds,
    lastStepsIntervalSeconds: or(change.lastStepsIntervalSeconds, before.lastStepsIntervalSeconds),
    requestsPerMinute: change.requestsPerMinute ?? before.requestsPerMinute,
    quietHours: or(change.quietHours, before.quietHours),
  };
}

function changedMeanwhile(name: string): AdminError {
  const problem = `upstream '${name}' was changed or removed meanwhile; look at it, and try again`;
  return new AdminError('not-found', 'name', problem);
}

function taken(name: string): AdminError {
  return new AdminError('already-exists', 'name', `upstream '${name}' exists already`);
}
