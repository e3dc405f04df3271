/** Credentials that were typed, or sent in a header. */

import {
  type Credentials,
  codePointLength,
  LOGIN_NAME_LIMIT,
  LOGIN_PASSWORD_LIMIT,
} from '@cert-order-status/protocol';

import type { Accounts } from './accounts.ts';

/** What no account can have: so that what is too long costs no less than what is wrong. */
const IMPOSSIBLE_NAME = 'x'.repeat(LOGIN_NAME_LIMIT + 1);
const IMPOSSIBLE_PASSWORD = 'x'.repeat(LOGIN_PASSWORD_LIMIT + 1);

/** The credentials, with one that no account can have in the place of what none can have. */
export function possibleCredentials({ loginName, loginPassword }: Credentials): Credentials {
  return {
    loginName: fits(loginName, LOGIN_NAME_LIMIT) ? loginName : IMPOSSIBLE_NAME,
    loginPassword: fits(loginPassword, LOGIN_PASSWORD_LIMIT) ? loginPassword : IMPOSSIBLE_PASSWORD,
  };
}

/** What a login is used for where the account itself is all that is read under it. */
export function accountReader(accounts: Pick<Accounts, 'find'>) {
  return async (loginName: string) => {
    const account = await accounts.find(loginName);
    return account === undefined ? { account } : { account };
  };
}

function fits(text: string, limit: number): boolean {
  return text !== '' && codePointLength(text) <= limit && !text.includes('\0');
}
