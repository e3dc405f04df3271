/** The routes of the accounts. */

import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { AccountAdmin } from '../accounts/account-admin.ts';
import type { Api } from '../json-api/json-api.ts';
import { EXACT, pageLimit } from '../json-api/schema-parts.ts';
import { BODY_PROBLEMS, type RouteParts, responses } from './route.ts';
import { allowedAddresses, loginName, loginPassword, PAGE_LIMIT } from './schemas.ts';

const params = Type.Object({ loginName }, EXACT);
const password = Type.Object({ loginPassword: Type.Optional(loginPassword) }, EXACT);
const credentials = Type.Object(
  {
    loginName: Type.String(),
    loginPassword: Type.Optional(Type.String({ description: 'The generated password, if none was given.' })),
  },
  { description: 'Done.' },
);

/** Adds the routes. */
export function accountRoutes(api: Api, { store }: RouteParts): void {
  const admin = new AccountAdmin(store.accounts);
  /** In the log, like what is done in the console: who has done what to which account. */
  const noteChange = ({ author }: FastifyRequest, act: string, account: string) =>
    api.log.info({ token: author.name, act, account }, 'an account was changed');

  api.get(
    '/v1/accounts',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'listAccounts',
        summary: 'The accounts, by login name',
        querystring: Type.Object(
          {
            after: Type.Optional(Type.String({ description: "The 'next' of the page before." })),
            limit: pageLimit,
          },
          EXACT,
        ),
        response: responses({
          200: Type.Object(
            {
              accounts: Type.Array(Type.Ref('Account#')),
              next: Type.Optional(Type.String({ description: 'There are more: pass it as after.' })),
            },
            { description: 'A page of accounts.' },
          ),
        }),
      },
    },
    async ({ query: { after, limit = PAGE_LIMIT } }) => {
      const { items, next } = await admin.list({ after, limit });
      return { accounts: [...items], next };
    },
  );

  api.post(
    '/v1/accounts',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'createAccount',
        summary: 'Add an account',
        body: Type.Object({ loginName, loginPassword: Type.Optional(loginPassword) }, EXACT),
        response: responses({ 201: credentials }, 'already-exists', ...BODY_PROBLEMS, 'invalid-record'),
      },
    },
    async (request, reply) => {
      const { loginName, loginPassword: given } = request.body;
      const password = await admin.add(loginName, given);
      noteChange(request, 'add', loginName);
      return reply.code(201).send({ loginName, loginPassword: given === undefined ? password : undefined });
    },
  );

  api.put(
    '/v1/accounts/:loginName/password',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'resetPassword',
        summary: "Change an account's password",
        description: 'The old one is refused from the next request on.',
        params,
        body: password,
        response: responses({ 200: credentials }, 'not-found', ...BODY_PROBLEMS, 'invalid-record'),
      },
    },
    async (request) => {
      const { loginName } = request.params;
      const { loginPassword: given } = request.body;
      const password = await admin.resetPassword(loginName, given);
      noteChange(request, 'reset', loginName);
      return { loginName, loginPassword: given === undefined ? password : undefined };
    },
  );

  api.put(
    '/v1/accounts/:loginName/allowed-addresses',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'setAllowedAddresses',
        summary: 'Bind an account to networks',
        description:
          'From elsewhere it is refused, like a wrong password, from the next request on. All sessions of the account end.',
        params,
        body: Type.Object({ allowedAddresses }, EXACT),
        response: responses(
          {
            200: Type.Object(
              { loginName: Type.String(), allowedAddresses },
              { description: 'The account is bound to these networks.' },
            ),
          },
          'not-found',
          ...BODY_PROBLEMS,
          'invalid-record',
        ),
      },
    },
    async (request) => {
      const { loginName } = request.params;
      const { allowedAddresses } = request.body;
      await admin.allow(loginName, allowedAddresses);
      noteChange(request, 'allow', loginName);
      return { loginName, allowedAddresses };
    },
  );

  for (const [verb, disabled, summary] of [
    ['disable', true, 'Disable an account, from its next request on'],
    ['enable', false, 'Let an account in again'],
  ] as const) {
    api.post(
      `/v1/accounts/:loginName/${verb}`,
      {
        config: { scope: 'admin' },
        schema: {
          operationId: `${verb}Account`,
          summary,
          params,
          response: responses(
            {
              200: Type.Object(
                { loginName: Type.String(), disabled: Type.Boolean() },
                { description: 'Done, or already so.' },
              ),
            },
            'not-found',
            ...BODY_PROBLEMS,
          ),
        },
      },
      async (request) => {
        const { loginName } = request.params;
        await admin.setDisabled(loginName, disabled);
        noteChange(request, verb, loginName);
        return { loginName, disabled };
      },
    );
  }
}
