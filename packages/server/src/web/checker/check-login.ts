/**
 * Checking a login that was typed into a page: as the API checks one, with the same turns, the same cost and the same
 * throttle.
 */

import type { FastifyRequest } from 'fastify';
import type { AccountCredential } from '../../accounts/accounts.ts';
import type { Denied } from '../../accounts/authenticator.ts';
import { accountReader, possibleCredentials } from '../../accounts/possible-credentials.ts';
import type { Notice } from '../notice.ts';
import { formOf } from '../page-server.ts';
import type { CheckerParts } from './layout.ts';

/** What a form that needs the current password says without it. */
const PASSWORD_WRONG = 'The current password is wrong.';
const PASSWORD_THROTTLED = 'Too many wrong passwords were given. Wait some minutes before you try again.';

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
  const credentials = possibleCredentials({ loginName, loginPassword });
  return login.authenticate(credentials, proxies.clientAddress(request.raw), accountReader(store.accounts));
}

/** What a form says whose `current` password is not one of the account's; undefined when it is. */
export async function passwordProblem(
  parts: Pick<CheckerParts, 'store' | 'login' | 'proxies'>,
  request: FastifyRequest,
  loginName: string,
): Promise<Notice | undefined> {
  const checked = await checkLogin(parts, request, loginName, formOf(request, 'current').current);
  return 'denied' in checked ? passwordDenied(checked) : undefined;
}

/** What a form says whose current password was not accepted. */
export function passwordDenied({ throttled }: Denied): Notice {
  return { kind: 'bad', text: throttled ? PASSWORD_THROTTLED : PASSWORD_WRONG };
}
