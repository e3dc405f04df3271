/** The accounts: who may send status requests. */

/** What decides whether credentials that were good once still are. */
export interface AccountState {
  readonly accountID: number;
  /** Goes up whenever the password, the disabled mark or the allowed addresses change. */
  readonly credentialVersion: number;
  readonly disabled: boolean;
}

/** An account with what its password is checked against. */
export interface AccountCredential extends AccountState {
  /** argon2id in PHC string form. */
  readonly passwordHash: string;
  /**
   * Of the password that is to take its place, with the same salt; null unless the account is changing its password.
   */
  readonly secondPasswordHash: string | null;
  /** Networks in CIDR notation; none: from anywhere. */
  readonly allowedAddresses: readonly string[];
}

/** An account as an operator sees it. */
export interface AccountSummary {
  readonly loginName: string;
  readonly disabled: boolean;
  /** RFC 3339 in UTC. */
  readonly created: string;
  readonly orders: number;
  /** Networks in CIDR notation; none: from anywhere. */
  readonly allowedAddresses: readonly string[];
}

/** The accounts. Login names are case-sensitive. */
export interface Accounts {
  find(loginName: string): Promise<AccountCredential | undefined>;
  /**
   * By login name, in code point order, those after the given one; all there are unless a limit is given.
   *
   * @param page.countUpTo how far the orders of an account are counted; to the last unless it is given.
   */
  list(page?: {
    readonly after?: string | undefined;
    readonly limit?: number | undefined;
    readonly countUpTo?: number | undefined;
  }): Promise<readonly AccountSummary[]>;
  /** False when the login name is taken; nothing has changed then. */
  add(loginName: string, passwordHash: string): Promise<boolean>;
  /** Sets the only password. False when there is no such account. */
  setPasswordHash(loginName: string, passwordHash: string): Promise<boolean>;
  /**
   * Adds a second password, or, with null, takes it away again.
   *
   * @param passwordHash the first one's, whose salt the second must have.
   * @returns false when the account has another first password by now, or is not there.
   */
  setSecondPasswordHash(
    loginName: string,
    passwordHash: string,
    secondPasswordHash: string | null,
  ): Promise<boolean>;
  /** Replaces the first password by the second. False when there is no second one. */
  retireFirstPassword(loginName: string): Promise<boolean>;
  setDisabled(loginName: string, disabled: boolean): Promise<'changed' | 'unchanged' | 'unknown account'>;
  /**
   * Sets the networks that the account is bound to.
   *
   * @param networks in CIDR notation; none: from anywhere.
   * @returns false when there is no such account.
   */
  setAllowedAddresses(loginName: string, networks: readonly string[]): Promise<boolean>;
}
