/** Who comes to the management API and the console with a token: throttled like every login, and written down. */

import type { LoginThrottle } from './login-throttle.ts';
import type { OperatorLoginLog } from './operator-login-log.ts';
import type { OperatorLogin } from './operator-logins.ts';
import { NO_LOGIN, type SecretCheck, SecretLogin } from './secret-login.ts';
import type { TokenSummary, Tokens } from './tokens.ts';

type Surface = OperatorLogin['surface'];

/** What a token came to. */
export type TokenCheck = SecretCheck<TokenSummary>;

/** Checks tokens against those of one store. */
export class TokenLogin {
  readonly #login: SecretLogin<TokenSummary>;
  readonly #log: OperatorLoginLog;

  constructor(tokens: Tokens, throttle: LoginThrottle, log: OperatorLoginLog) {
    this.#login = new SecretLogin((digest) => tokens.find(digest), throttle);
    this.#log = log;
  }

  /**
   * Looks a token up; see {@link SecretLogin.check}.
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
    // A token is too long for brute force, so nothing is gained by sharing the turns of programs. Forms are for people,
    // who have a few.
    const group = surface === 'console' ? `${NO_LOGIN}console` : undefined;
    const check = await this.#login.check(secret, address, { isGood, group, isRecorded: true });
    if (check.outcome !== 'throttled') {
      const tokenName = check.found?.name ?? '';
      this.#log.note({ surface, tokenName, address, succeeded: check.outcome === 'good' });
    }
    return check;
  }
}
