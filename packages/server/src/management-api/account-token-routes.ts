/** The routes of the tokens of accounts. */

import { parseDateTime } from '@cert-order-status/protocol';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { AccountTokenAdmin } from '../accounts/account-token-admin.ts';
import { ACCOUNT_TOKENS_LIMIT } from '../accounts/account-tokens.ts';
import { TOKEN_NAME_LIMIT } from '../accounts/token-admin.ts';
import type { Api } from '../json-api/json-api.ts';
import { invalidRecord } from '../json-api/problem.ts';
import { EXACT, text } from '../json-api/schema-parts.ts';
import { BODY_PROBLEMS, type RouteParts, responses } from './route.ts';
import { loginName } from './schemas.ts';

const tokenName = text(TOKEN_NAME_LIMIT, 'What it is for.');
const params = Type.Object({ loginName }, EXACT);

/** Adds the routes. */
export function accountTokenRoutes(api: Api, { store, onLimit }: RouteParts): void {
  const admin = new AccountTokenAdmin(store, onLimit);
  const noteChange = ({ author }: FastifyRequest, act: string, account: string, name: string) =>
    api.log.info({ token: author.name, act, account, name }, 'an account token was changed');

  api.get(
    '/v1/accounts/:loginName/tokens',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'listAccountTokens',
        summary: 'The tokens of an account, by name, those that were revoked last',
        params,
        response: responses(
          {
            200: Type.Object(
              { tokens: Type.Array(Type.Ref('AccountToken#')) },
              { description: 'All that are valid, and the latest 100 that have ended.' },
            ),
          },
          'not-found',
        ),
      },
    },
    async ({ params: { loginName } }) => ({ tokens: [...(await admin.list(loginName))] }),
  );

  api.post(
    '/v1/accounts/:loginName/tokens',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'createAccountToken',
        summary: 'Make a token with which a program follows the orders of an account',
        description: `An account has at most ${ACCOUNT_TOKENS_LIMIT} valid tokens. They stay valid when its password changes; a disabled account's are refused.`,
        params,
        body: Type.Object(
          {
            name: tokenName,
            expires: Type.Optional(Type.String({ format: 'date-time', description: 'Never when left out.' })),
          },
          EXACT,
        ),
        response: responses(
          {
            201: Type.Object(
              {
                name: Type.String(),
                token: Type.String({ description: 'Shown only this once.' }),
                expires: Type.Optional(Type.String({ format: 'date-time' })),
              },
              { description: 'Made.' },
            ),
          },
          'not-found',
          'already-exists',
          'limit-reached',
          ...BODY_PROBLEMS,
          'invalid-record',
        ),
      },
    },
    async (request, reply) => {
      const { loginName } = request.params;
      const { name, expires } = request.body;
      const expiresAtMs = expires === undefined ? undefined : msOf(expires);
      const { token, expires: until } = await admin.create(loginName, { name, expiresAtMs });
      noteChange(request, 'create', loginName, name);
      return reply.code(201).send({ name, token, expires: until });
    },
  );

  api.post(
    '/v1/accounts/:loginName/tokens/:tokenName/revoke',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'revokeAccountToken',
        summary: 'Refuse a token of an account, from its next request on',
        params: Type.Object({ loginName, tokenName }, EXACT),
        response: responses(
          {
            200: Type.Object(
              { name: Type.String(), revoked: Type.Boolean() },
              { description: 'Done, or already so.' },
            ),
          },
          'not-found',
          ...BODY_PROBLEMS,
        ),
      },
    },
    async (request) => {
      const { loginName, tokenName: name } = request.params;
      await admin.revoke(loginName, name);
      noteChange(request, 'revoke', loginName, name);
      return { name, revoked: true };
    },
  );
}

/** @throws {Problem} for a text that is not a time. */
function msOf(expires: string): number {
  const seconds = parseDateTime(expires);
  if (seconds === undefined) {
    throw invalidRecord([{ path: 'expires', message: 'must be a time such as 2027-01-01T00:00:00Z' }]);
  }
  return seconds * 1000;
}
