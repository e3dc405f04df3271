/**
 * Checking a login that was typed into a page: as the API checks one, with the same turns, the same cost and the same
 * throttle.
 */

import { codePointLength, LOGIN_NAME_LIMIT, LOGIN_PASSWORD_LIMIT } from '@cert-order-status/protocol';
import type { FastifyRequest } from 'fastify';
import type { AccountCredential } from '../../accounts/accounts.ts';
import type { Denied } from '../../accounts/authenticator.ts';
import type { CheckerParts } from './layout.ts';

/** What a form that needs the current password says without it. */
export const PASSWORD_WRONG = 'The current password is wrong.';
export const PASSWORD_THROTTLED =
  'Too many wrong passwords were given. Wait some minutes before you try again.';

/** What no account can have: so that what is too long costs no less than what is wrong. */
const IMPOSSIBLE_NAME = 'x'.repeat(LOGIN_NAME_LIMIT + 1);
const IMPOSSIBLE_PASSWORD = 'x'.repeat(LOGIN_PASSWORD_LIMIT + 1);

/**
 * The account, if the password is one of its own and it may send requests from where the request comes from.
 *
 * @throws {HashQueueFull} when there was no turn to hash in time.
 */
export async function checkLogin(
  { store, login, proxies }: Pick<CheckerParts, 'store' | 'login' | 'proxies'>,
  request: FastifyRequest,
  loginName: string,
  loginPassword: string,
): Promise<{ readonly account: AccountCredential } | Denied> {
  const credentials = {
    loginName: fits(loginName, LOGIN_NAME_LIMIT) ? loginName : IMPOSSIBLE_NAME,
    loginPassword: fits(loginPassword, LOGIN_PASSWORD_LIMIT) ? loginPassword : IMPOSSIBLE_PASSWORD,
  };
  return login.authenticate(credentials, proxies.clientAddress(request.raw), async (name) => {
    const account = await store.accounts.find(name);
    return account === undefined ? { account } : { account };
  });
}

function fits(text: string, limit: number): boolean {
  return text !== '' && codePointLength(text) <= limit && !text.includes('\0');
}
