/** What operators and customers do with the tokens of accounts, once for the command line, API, console and checker. */

import { count } from '@cert-order-status/protocol';
import type { OnLimit } from '../limits.ts';
import { unknownAccount } from './account-admin.ts';
import { ACCOUNT_TOKENS_LIMIT, type AccountTokenSummary, type AccountTokens } from './account-tokens.ts';
import type { Accounts } from './accounts.ts';
import { AdminError } from './admin-error.ts';
import { type CreatedToken, checkToken, makeToken, type TokenWish } from './token-admin.ts';

/** Tells a token of an account from one of operators, for people and for programs that search for secrets. */
const PREFIX = 'cosa_';

/** Administers the tokens of accounts. Each method throws an {@link AdminError} when it changes nothing. */
export class AccountTokenAdmin {
  readonly #accounts: Pick<Accounts, 'find'>;
  readonly #tokens: AccountTokens;
  readonly #onLimit: OnLimit;

  constructor(
    store: { readonly accounts: Pick<Accounts, 'find'>; readonly accountTokens: AccountTokens },
    onLimit: OnLimit = () => {},
  ) {
    this.#accounts = store.accounts;
    this.#tokens = store.accountTokens;
    this.#onLimit = onLimit;
  }

  async create(loginName: string, { name, expiresAtMs }: Omit<TokenWish, 'scope'>): Promise<CreatedToken> {
    checkToken({ name, expiresAtMs });
    const accountID = await this.#accountID(loginName);
    const { token, digest, expires } = makeToken(PREFIX, expiresAtMs);
    switch (await this.#tokens.add(accountID, { name, digest, expires })) {
      case 'added':
        return { token, expires };
      case 'name is taken': {
        const problem = `account '${loginName}' has a token '${name}' already; revoke it, or choose another name`;
        throw new AdminError('already-exists', 'tokenName', problem);
      }
      case 'account is full': {
        this.#onLimit('accountTokens');
        const most = count(ACCOUNT_TOKENS_LIMIT, 'valid token');
        throw new AdminError(
          'limit-reached',
          'tokenName',
          `an account has at most ${most}; revoke one that is not in use`,
        );
      }
    }
  }

  /** Revokes a token. False when it was revoked before. */
  async revoke(loginName: string, name: string): Promise<boolean> {
    const result = await this.#tokens.revoke(await this.#accountID(loginName), name);
    if (result === 'unknown token') {
      throw new AdminError('not-found', 'tokenName', `account '${loginName}' has no token '${name}'`);
    }
    return result === 'revoked';
  }

  /** The tokens of an account by name, those that were revoked last. */
  async list(loginName: string): Promise<readonly AccountTokenSummary[]> {
    return this.#tokens.ofAccount(await this.#accountID(loginName));
  }

  async #accountID(loginName: string): Promise<number> {
    const account = await this.#accounts.find(loginName);
    if (account === undefined) throw unknownAccount(loginName);
    return account.accountID;
  }
}
