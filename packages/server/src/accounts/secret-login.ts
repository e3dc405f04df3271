/** Logins with secrets that are too long for brute force, as tokens are: throttled by the address like every login. */

import { growingCache } from '../growing-cache.ts';
import type { LoginThrottle } from './login-throttle.ts';
import { digestOfSecret } from './secret.ts';

/** How many secrets, each from one address, are known to be good, and for how long, in milliseconds. */
const MOST_KNOWN = 10_000;
const KNOWN_MS = 60 * 60_000;
/** No login's name begins so: what is counted of tokens is counted with no login. */
export const NO_LOGIN = '\0';

/** What a secret came to. */
export type SecretCheck<Found> =
  | { readonly found: Found; readonly outcome: 'good' }
  /** What was found will not do, as when it has expired. */
  | { readonly found: Found | undefined; readonly outcome: 'bad' }
  /** There were so many bad ones that this one was not looked at. */
  | { readonly outcome: 'throttled' };

/** How a secret is checked. */
interface SecretTerms<Found> {
  /** Whether what was found will do. */
  readonly isGood: (found: Found) => boolean;
  /** See `FailedLoginCounters.attempt`. */
  readonly group?: string | undefined;
  /** Whether failures are recorded elsewhere. */
  readonly isRecorded?: boolean;
}

/** Checks secrets by what is stored under their digests. */
export class SecretLogin<Found> {
  readonly #find: (digest: string) => Promise<Found | undefined>;
  readonly #throttle: Pick<LoginThrottle, 'admit'>;
  readonly #known = growingCache<string, true>(MOST_KNOWN, { ttl: KNOWN_MS });

  constructor(find: (digest: string) => Promise<Found | undefined>, throttle: Pick<LoginThrottle, 'admit'>) {
    this.#find = find;
    this.#throttle = throttle;
  }

  /**
   * Looks a secret up. One that was good lately where it comes from costs that alone; of others an address has a
   * limited number of bad ones.
   *
   * @throws {HashQueueFull} when there was no turn in time.
   */
  async check(
    secret: string,
    address: string,
    { isGood, group, isRecorded = false }: SecretTerms<Found>,
  ): Promise<SecretCheck<Found>> {
    const digest = digestOfSecret(secret);
    const key = `${digest} ${address}`;
    if (this.#known.has(key)) {
      const found = await this.#find(digest);
      if (found !== undefined && isGood(found)) return { found, outcome: 'good' };
      this.#known.delete(key);
    }
    const turn = await this.#throttle.admit(NO_LOGIN + digest, address, group);
    if (turn === undefined) return { outcome: 'throttled' };
    try {
      const found = await this.#find(digest);
      if (found === undefined || !isGood(found)) {
        if (isRecorded) turn.failedUnrecorded();
        else turn.failed(false);
        return { found, outcome: 'bad' };
      }
      turn.succeeded();
      this.#known.set(key, true);
      return { found, outcome: 'good' };
    } finally {
      turn.release();
    }
  }
}
