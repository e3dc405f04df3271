/** What the forms for the tokens of an account do, on the pages of customers and of operators. */

import type { FastifyRequest } from 'fastify';
import type { AccountTokenAdmin } from '../accounts/account-token-admin.ts';
import { type Notice, UNKNOWN_ACT } from './notice.ts';
import { formOf } from './page-server.ts';
import { expiryOfDays, tokenMade, tokenRevoked } from './token-view.ts';

/**
 * Makes or revokes a token, as the form says.
 *
 * @param problemOfMaking is asked before a token is made: what the page says when it may not be.
 */
export async function changeAccountToken(
  admin: AccountTokenAdmin,
  request: FastifyRequest,
  loginName: string,
  problemOfMaking: () => Promise<Notice | undefined> = async () => undefined,
): Promise<Notice> {
  const { act, name, days } = formOf(request, 'act', 'name', 'days');
  switch (act) {
    case 'create': {
      const expiry = expiryOfDays(days);
      if (expiry === undefined) return { kind: 'bad', text: 'Choose a lifetime.' };
      const problem = await problemOfMaking();
      return problem ?? tokenMade(name, await admin.create(loginName, { name, ...expiry }));
    }
    case 'revoke':
      await admin.revoke(loginName, name);
      return tokenRevoked(name);
    default:
      return UNKNOWN_ACT;
  }
}
