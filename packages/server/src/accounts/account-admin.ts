/**
 * What operators do with accounts, once for the command line, the management API and the console, and how customers
 * change passwords.
 */

import { LOGIN_NAME_LIMIT, textProblem } from '@cert-order-status/protocol';
import type { AccountCredential, AccountSummary, Accounts } from './accounts.ts';
import { AdminError } from './admin-error.ts';
import { allowedAddressesProblem } from './allowed-addresses.ts';
import { type ListPage, type ListRange, listPage } from './list-page.ts';
import { generatePassword, NEW_PASSWORD_MINIMUM, newPasswordProblem } from './new-password.ts';
import { hashPassword, hashSecondPassword, matchesHash } from './password-hash.ts';

/** Queues a password hash, and runs it. */
type RunHash = <Result>(hash: () => Promise<Result>) => Promise<Result>;

/** Administers the accounts of one store. Each method throws an {@link AdminError} when it changes nothing. */
export class AccountAdmin {
  readonly #accounts: Accounts;

  constructor(accounts: Accounts) {
    this.#accounts = accounts;
  }

  /**
   * Adds an account.
   *
   * @param given its password; a generated one when left out.
   * @param minimumLength the fewest characters of a given password.
   * @returns the password.
   */
  async add(loginName: string, given?: string, minimumLength = NEW_PASSWORD_MINIMUM): Promise<string> {
    checkLoginName(loginName);
    const password = chosenPassword(given, minimumLength);
    if (!(await this.#accounts.add(loginName, await hashPassword(password)))) throw taken(loginName);
    return password;
  }

  /** Sets the only password of an account. Parameters and result are those of {@link add}. */
  async resetPassword(
    loginName: string,
    given?: string,
    minimumLength = NEW_PASSWORD_MINIMUM,
  ): Promise<string> {
    const password = chosenPassword(given, minimumLength);
    const isSet = await this.#accounts.setPasswordHash(loginName, await hashPassword(password));
    if (!isSet) throw unknownAccount(loginName);
    return password;
  }

  /**
   * Sets from where an account may send requests.
   *
   * @param networks in CIDR notation; none: from anywhere.
   */
  async allow(loginName: string, networks: readonly string[]): Promise<void> {
    checkAllowedAddresses(networks);
    if (!(await this.#accounts.setAllowedAddresses(loginName, networks))) throw unknownAccount(loginName);
  }

  /** Disables or enables an account. False when it was so already. */
  async setDisabled(loginName: string, disabled: boolean): Promise<boolean> {
    const result = await this.#accounts.setDisabled(loginName, disabled);
    if (result === 'unknown account') throw unknownAccount(loginName);
    return result === 'changed';
  }

  /**
   * The accounts by login name.
   *
   * @param countUpTo how far the orders of an account are counted; to the last when left out.
   */
  async list({ after, limit }: ListRange, countUpTo?: number): Promise<ListPage<AccountSummary>> {
    const found = await this.#accounts.list({ after, limit: limit + 1, countUpTo });
    return listPage(found, limit, ({ loginName }) => loginName);
  }

  /** Checks that an account may be added under this name, before its password is asked for. */
  async checkFree(loginName: string): Promise<void> {
    if ((await this.#accounts.find(loginName)) !== undefined) throw taken(loginName);
  }

  /** Checks that there is an account, before its password is asked for. */
  async checkExists(loginName: string): Promise<void> {
    if ((await this.#accounts.find(loginName)) === undefined) throw unknownAccount(loginName);
  }

  /**
   * Adds a second password to an account: from then on both work.
   *
   * @param account as it was when its password was checked.
   * @param password one that {@link newPasswordProblem} accepts.
   */
  async addSecondPassword(
    loginName: string,
    { passwordHash }: AccountCredential,
    password: string,
    runHash: RunHash,
  ): Promise<'added' | 'same password' | 'changed meanwhile'> {
    if (await runHash(() => matchesHash(password, passwordHash))) return 'same password';
    const second = await runHash(() => hashSecondPassword(password, passwordHash));
    const isSet = await this.#accounts.setSecondPasswordHash(loginName, passwordHash, second);
    return isSet ? 'added' : 'changed meanwhile';
  }

  /** Removes the first of two passwords. False when there is only one. */
  async retireFirstPassword(loginName: string): Promise<boolean> {
    return this.#accounts.retireFirstPassword(loginName);
  }

  /** Removes the second password. False when the first one was changed meanwhile. */
  async discardSecondPassword(loginName: string, { passwordHash }: AccountCredential): Promise<boolean> {
    return this.#accounts.setSecondPasswordHash(loginName, passwordHash, null);
  }
}

/** @throws {AdminError} when no account can have this login name. */
export function checkLoginName(loginName: string): void {
  const problem = textProblem(loginName, LOGIN_NAME_LIMIT);
  if (problem !== undefined)
    throw new AdminError('invalid', 'loginName', problem, `the login name ${problem}`);
}

/** @throws {AdminError} when an account cannot be bound to these networks. */
export function checkAllowedAddresses(networks: readonly string[]): void {
  const problem = allowedAddressesProblem(networks);
  if (problem !== undefined) throw new AdminError('invalid', 'allowedAddresses', problem);
}

/** From where an account may send requests, in words. */
export function describeAllowedAddresses(networks: readonly string[]): string {
  return networks.length === 0 ? 'anywhere' : networks.join(', ');
}

function chosenPassword(given: string | undefined, minimumLength: number): string {
  if (given === undefined) return generatePassword();
  const problem = newPasswordProblem(given, minimumLength);
  if (problem === undefined) return given;
  throw new AdminError('invalid', 'loginPassword', problem, `the password ${problem}`);
}

function taken(loginName: string): AdminError {
  return new AdminError('already-exists', 'loginName', `account '${loginName}' exists already`);
}

/** The error of a use case that needs an account. */
export function unknownAccount(loginName: string): AdminError {
  const problem = `there is no account '${loginName}' (login names are case-sensitive)`;
  return new AdminError('not-found', 'loginName', problem);
}
