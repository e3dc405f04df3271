/** Who comes to the management API and the console with a token: throttled like every login, and written down. */

import { growingCache } from '../growing-cache.ts';
import type { LoginThrottle } from './login-throttle.ts';
import type { OperatorLoginLog } from './operator-login-log.ts';
import type { OperatorLogin } from './operator-logins.ts';
import { digestOfSecret } from './secret.ts';
import type { TokenSummary, Tokens } from './tokens.ts';

/** How many tokens, each from one address, are known to be good, and for how long, in milliseconds. */
const MOST_KNOWN = 10_000;
const KNOWN_MS = 60 * 60_000;
/** No login's name begins so: what is counted of tokens is counted with no login. */
const NO_LOGIN = '\0';

type Surface = OperatorLogin['surface'];

/** What a token came to. */
export type TokenCheck =
  | { readonly token: TokenSummary; readonly outcome: 'good' }
  /** The token is what was found of it: it has expired, or its scope will not do. */
  | { readonly token: TokenSummary | undefined; readonly outcome: 'bad' }
  /** There were so many bad ones that this one was not looked at. */
  | { readonly outcome: 'throttled' };

/** Checks tokens against those of one store. */
export class TokenLogin {
  readonly #tokens: Tokens;
  readonly #throttle: LoginThrottle;
  readonly #log: OperatorLoginLog;
  readonly #known = growingCache<string, true>(MOST_KNOWN, { ttl: KNOWN_MS });

  constructor(tokens: Tokens, throttle: LoginThrottle, log: OperatorLoginLog) {
    this.#tokens = tokens;
    this.#throttle = throttle;
    this.#log = log;
  }

  /**
   * Looks a token up. One that was good lately where it comes from costs that alone; of others an address has a limited
   * number of bad ones.
   *
   * @param isGood whether a token that was found will do.
   * @throws {HashQueueFull} when there was no turn in time.
   */
  async check(
    secret: string,
    surface: Surface,
    address: string,
    isGood: (token: TokenSummary) => boolean,
  ): Promise<TokenCheck> {
    const digest = digestOfSecret(secret);
    const key = `${digest} ${address}`;
    if (this.#known.has(key)) {
      const token = await this.#tokens.find(digest);
      if (token !== undefined && isGood(token)) return this.#noted(surface, address, token, 'good');
      this.#known.delete(key);
    }
    // A token is too long for brute force, so nothing is gained by sharing the turns of programs. Forms are for people,
    // who have a few.
    const group = surface === 'console' ? `${NO_LOGIN}console` : undefined;
    const turn = await this.#throttle.admit(NO_LOGIN + digest, address, group);
    if (turn === undefined) return { outcome: 'throttled' };
    try {
      const token = await this.#tokens.find(digest);
      if (token === undefined || !isGood(token)) {
        turn.failedUnrecorded();
        return this.#noted(surface, address, token, 'bad');
      }
      turn.succeeded();
      this.#known.set(key, true);
      return this.#noted(surface, address, token, 'good');
    } finally {
      turn.release();
    }
  }

  #noted<Token extends TokenSummary | undefined, Outcome extends 'good' | 'bad'>(
    surface: Surface,
    address: string,
    token: Token,
    outcome: Outcome,
  ): { token: Token; outcome: Outcome } {
    this.#log.note({ surface, tokenName: token?.name ?? '', address, succeeded: outcome === 'good' });
    return { token, outcome };
  }
}
