/** The accounts: who may ask. */

import { LOGIN_NAME_LIMIT, textProblem } from '@cert-order-status/protocol';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { allowedAddressesProblem } from '../accounts/allowed-addresses.ts';
import { generatePassword, newPasswordProblem } from '../accounts/new-password.ts';
import { hashPassword } from '../accounts/password-hash.ts';
import { invalidRecord, Problem } from './problem.ts';
import { type Api, answers, type RouteParts } from './route.ts';
import { allowedAddresses, loginName, loginPassword, PAGE_LIMIT, pageLimit } from './schemas.ts';

const EXACT = { additionalProperties: false } as const;
const params = Type.Object({ loginName }, EXACT);
const password = Type.Object({ loginPassword: Type.Optional(loginPassword) }, EXACT);
const credentials = Type.Object(
  {
    loginName: Type.String(),
    loginPassword: Type.Optional(Type.String({ description: 'If it was made up.' })),
  },
  { description: 'It is done.' },
);

/** Adds the routes. */
export function accountRoutes(api: Api, { store: { accounts } }: RouteParts): void {
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
        response: answers({
          200: Type.Object(
            {
              accounts: Type.Array(Type.Ref('Account#')),
              next: Type.Optional(Type.String({ description: 'There are more: give this as after.' })),
            },
            { description: 'A page of accounts.' },
          ),
        }),
      },
    },
    async ({ query: { after, limit = PAGE_LIMIT } }) => {
      const found = await accounts.list({ limit: limit + 1, after });
      const page = found.slice(0, limit);
      return { accounts: page, ...(found.length > limit && { next: page.at(-1)?.loginName }) };
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
        response: answers(
          { 201: credentials },
          'malformed-request',
          'already-exists',
          'too-large',
          'unsupported-media-type',
          'invalid-record',
        ),
      },
    },
    async (request, reply) => {
      const { body } = request;
      const problem = textProblem(body.loginName, LOGIN_NAME_LIMIT);
      if (problem !== undefined) throw invalidRecord([{ path: 'loginName', message: problem }]);
      const { hash, answer } = await newPassword(body.loginPassword);
      if (!(await accounts.add(body.loginName, hash))) {
        throw new Problem('already-exists', `account '${body.loginName}' exists already`);
      }
      noteChange(request, 'add', body.loginName);
      return reply.code(201).send({ loginName: body.loginName, ...answer });
    },
  );

  api.put(
    '/v1/accounts/:loginName/password',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'resetPassword',
        summary: "Change an account's password",
        description: 'The old one is refused from the next question on.',
        params,
        body: password,
        response: answers(
          { 200: credentials },
          'malformed-request',
          'not-found',
          'too-large',
          'unsupported-media-type',
          'invalid-record',
        ),
      },
    },
    async (request) => {
      const { loginName } = request.params;
      const { hash, answer } = await newPassword(request.body.loginPassword);
      if (!(await accounts.setPasswordHash(loginName, hash))) throw unknownAccount(loginName);
      noteChange(request, 'reset', loginName);
      return { loginName, ...answer };
    },
  );

  api.put(
    '/v1/accounts/:loginName/allowed-addresses',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'setAllowedAddresses',
        summary: 'Say from where an account may ask',
        description:
          'Elsewhere it is refused, like a wrong password, from the next question on; and everybody is signed out.',
        params,
        body: Type.Object({ allowedAddresses }, EXACT),
        response: answers(
          {
            200: Type.Object(
              { loginName: Type.String(), allowedAddresses },
              { description: 'It is so from now on.' },
            ),
          },
          'malformed-request',
          'not-found',
          'too-large',
          'unsupported-media-type',
          'invalid-record',
        ),
      },
    },
    async (request) => {
      const { loginName } = request.params;
      const { allowedAddresses } = request.body;
      const problem = allowedAddressesProblem(allowedAddresses);
      if (problem !== undefined) throw invalidRecord([{ path: 'allowedAddresses', message: problem }]);
      if (!(await accounts.setAllowedAddresses(loginName, allowedAddresses))) throw unknownAccount(loginName);
      noteChange(request, 'allow', loginName);
      return { loginName, allowedAddresses };
    },
  );

  for (const [verb, disabled, summary] of [
    ['disable', true, 'Refuse an account from its next question on'],
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
          response: answers(
            {
              200: Type.Object(
                { loginName: Type.String(), disabled: Type.Boolean() },
                { description: 'It is done, or was already so.' },
              ),
            },
            'not-found',
            // Of a body that nobody asked for.
            'malformed-request',
            'too-large',
            'unsupported-media-type',
          ),
        },
      },
      async (request) => {
        const { loginName } = request.params;
        const result = await accounts.setDisabled(loginName, disabled);
        if (result === 'unknown account') throw unknownAccount(loginName);
        noteChange(request, verb, loginName);
        return { loginName, disabled };
      },
    );
  }
}

/** The password's hash; and the password, for the answer, if it was made up here. */
async function newPassword(given: string | undefined) {
  const loginPassword = given ?? generatePassword();
  const problem = newPasswordProblem(loginPassword);
  if (problem !== undefined) throw invalidRecord([{ path: 'loginPassword', message: problem }]);
  const hash = await hashPassword(loginPassword);
  return { hash, answer: given === undefined ? { loginPassword } : {} };
}

function unknownAccount(loginName: string): Problem {
  return new Problem('not-found', `there is no account '${loginName}' (login names are case-sensitive)`);
}
