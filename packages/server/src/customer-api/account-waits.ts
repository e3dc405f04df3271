/**
 * Requests that wait for the next change of their account. One look at the history serves all of a process: only what
 * waits for an account that has changed is woken, and reads.
 */

import type { LimitName, OnLimit } from '../limits.ts';
import type { ChangeWatch } from '../orders/change-watch.ts';
import { isSameEpoch } from '../orders/cursor.ts';
import type { History } from '../orders/history.ts';

/** How many requests of one account wait at a time, for each process, unless the settings say otherwise. */
export const WAITS_PER_ACCOUNT = 100;

/** Why a wait has ended: its account has changed, its time is over, or newer requests have taken its place. */
export type WaitEnd = 'changed' | 'over' | LimitName;

/** Who waits. */
interface Waiting {
  readonly accountID: number;
  /** Of the token that the request came with; left out for a password. */
  readonly tokenID?: number | undefined;
}

/** One request that waits. */
export class AccountWait {
  readonly accountID: number;
  readonly tokenID: number | undefined;
  #isChanged = false;
  #end: WaitEnd | undefined;
  #resolve: ((end: WaitEnd) => void) | undefined;

  constructor({ accountID, tokenID }: Waiting) {
    this.accountID = accountID;
    this.tokenID = tokenID;
  }

  /** Says that the account has changed: the wait may go on afterwards. */
  wake(): void {
    this.#isChanged = true;
    this.#resolve?.('changed');
  }

  /** Ends the wait for good; the first reason counts. */
  end(reason: Exclude<WaitEnd, 'changed'>): void {
    this.#end ??= reason;
    this.#resolve?.(this.#end);
  }

  /** Resolves when there may be a change that was not there at the last call, or when the wait has ended. */
  async next(timeoutMs: number): Promise<WaitEnd> {
    if (this.#end !== undefined) return this.#end;
    if (!this.#isChanged) {
      const { promise, resolve } = Promise.withResolvers<WaitEnd>();
      this.#resolve = resolve;
      const timer = setTimeout(() => this.end('over'), timeoutMs);
      await promise;
      clearTimeout(timer);
      this.#resolve = undefined;
    }
    this.#isChanged = false;
    return this.#end ?? 'changed';
  }
}

/** The waits of a process. */
export class AccountWaits {
  readonly #history: Pick<History, 'latest' | 'accountsChangedAfter'>;
  readonly #watch: ChangeWatch;
  readonly #onLimit: OnLimit;
  readonly #onFailure: (error: unknown) => void;
  readonly #perAccount: number;
  /** By account, the oldest first. */
  readonly #waiting = new Map<number, Set<AccountWait>>();
  readonly #ofToken = new Map<number, AccountWait>();
  /** Runs while anything waits. */
  #noneWaits: AbortController | undefined;
  /** Resolves when the history is watched. */
  #watched: Promise<void> = Promise.resolve();

  constructor(
    history: Pick<History, 'latest' | 'accountsChangedAfter'>,
    watch: ChangeWatch,
    {
      perAccount = WAITS_PER_ACCOUNT,
      onLimit,
      onFailure,
    }: {
      readonly perAccount?: number | undefined;
      readonly onLimit: OnLimit;
      readonly onFailure: (error: unknown) => void;
    },
  ) {
    this.#history = history;
    this.#watch = watch;
    this.#perAccount = perAccount;
    this.#onLimit = onLimit;
    this.#onFailure = onFailure;
  }

  /**
   * Begins a wait, which takes the place of the one with the same token, and of the oldest where the account has too
   * many: a client that has lost its connection waits again at once. Resolves when no later change can be missed.
   */
  async begin(waiting: Waiting): Promise<AccountWait> {
    const wait = new AccountWait(waiting);
    const { accountID, tokenID } = wait;
    const others = this.#waiting.get(accountID) ?? new Set();
    const before = tokenID === undefined ? undefined : this.#ofToken.get(tokenID);
    if (before !== undefined) this.#displace(before, 'waitsPerToken');
    const [oldest] = others;
    if (oldest !== undefined && others.size >= this.#perAccount) this.#displace(oldest, 'waitsPerAccount');
    others.add(wait);
    this.#waiting.set(accountID, others);
    if (tokenID !== undefined) this.#ofToken.set(tokenID, wait);
    this.#startWatching();
    await this.#watched;
    return wait;
  }

  /** To be called when a request waits no more. */
  end(wait: AccountWait): void {
    wait.end('over');
    this.#remove(wait);
    if (this.#waiting.size === 0) this.#noneWaits?.abort();
  }

  /** Ends every wait. */
  stop(): void {
    for (const wait of this.#all()) wait.end('over');
  }

  #displace(wait: AccountWait, limit: 'waitsPerToken' | 'waitsPerAccount'): void {
    this.#onLimit(limit);
    wait.end(limit);
    this.#remove(wait);
  }

  #remove(wait: AccountWait): void {
    const { accountID, tokenID } = wait;
    const others = this.#waiting.get(accountID);
    others?.delete(wait);
    if (others?.size === 0) this.#waiting.delete(accountID);
    if (tokenID !== undefined && this.#ofToken.get(tokenID) === wait) this.#ofToken.delete(tokenID);
  }

  #all(): AccountWait[] {
    return [...this.#waiting.values()].flatMap((waits) => [...waits]);
  }

  #startWatching(): void {
    if (this.#noneWaits?.signal.aborted === false) return;
    const noneWaits = new AbortController();
    this.#noneWaits = noneWaits;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watched = promise;
    this.#keepWatching(noneWaits.signal, resolve)
      .catch((error) => {
        if (noneWaits.signal.aborted) return;
        // When the service stops, the store may be closed already.
        if (!this.#watch.isStopped) this.#onFailure(error);
        // Each reads once more, and responds with what that gives.
        this.stop();
      })
      .finally(() => {
        // A wait that begins later is watched anew, or ends at once when the service stops.
        noneWaits.abort();
        resolve();
      });
  }

  /** @param onWatched called when every later change is noticed. */
  async #keepWatching(noneWaits: AbortSignal, onWatched: () => void): Promise<void> {
    let seen = await this.#history.latest();
    onWatched();
    for (;;) {
      await this.#watch.waitBeyond(seen, noneWaits);
      if (noneWaits.aborted || this.#watch.isStopped) break;
      const latest = await this.#history.latest();
      if (latest === seen) continue;
      if (isSameEpoch(seen, latest)) {
        for (const accountID of await this.#history.accountsChangedAfter(seen)) {
          for (const wait of this.#waiting.get(accountID) ?? []) wait.wake();
        }
      } else {
        // The history is another one.
        for (const wait of this.#all()) wait.wake();
      }
      seen = latest;
    }
    if (this.#watch.isStopped) this.stop();
  }
}
