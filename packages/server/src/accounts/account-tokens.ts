/** The tokens of accounts: with one, a program reads the account's orders without its password. */

import type { TokenSummary } from './tokens.ts';

/** The most tokens of one account that are valid at a time. */
export const ACCOUNT_TOKENS_LIMIT = 50;

/** What a token of an account allows. */
export const ACCOUNT_TOKEN_SCOPE = 'read';

/** A token of an account, as the account and operators see it. Its name is unique among those that are not revoked. */
export interface AccountTokenSummary extends TokenSummary {
  readonly scope: typeof ACCOUNT_TOKEN_SCOPE;
}

/** A token of an account that is not disabled, with what decides whether a request with it is served. */
export interface FoundAccountToken extends Pick<AccountTokenSummary, 'name' | 'scope' | 'expires'> {
  readonly tokenID: number;
  readonly accountID: number;
  readonly loginName: string;
  /** The networks that the account is bound to, in CIDR notation; none: from anywhere. */
  readonly allowedAddresses: readonly string[];
}

/** The tokens of accounts. Only a digest of a token is ever stored. */
export interface AccountTokens {
  /**
   * The token with this digest (hex), unless it was revoked or its account is disabled. The client checks whether it
   * has expired.
   */
  find(digest: string): Promise<FoundAccountToken | undefined>;
  /** By name, those that were revoked last; of tokens that have ended, the latest 100. */
  ofAccount(accountID: number): Promise<readonly AccountTokenSummary[]>;
  /** Nothing has changed unless it was added. */
  add(accountID: number, token: NewAccountToken): Promise<'added' | 'name is taken' | 'account is full'>;
  revoke(accountID: number, name: string): Promise<'revoked' | 'was revoked' | 'unknown token'>;
  /** Notes that the token is being used now. */
  use(tokenID: number): Promise<void>;
}

/** A token to be added. */
interface NewAccountToken {
  readonly name: string;
  /** Hex. */
  readonly digest: string;
  /** RFC 3339; undefined for never. */
  readonly expires: string | undefined;
}
