/** The routes of upstreams. */

import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Api } from '../json-api/json-api.ts';
import { EXACT } from '../json-api/schema-parts.ts';
import { UPSTREAMS_LIMIT } from '../upstreams/upstream.ts';
import { BODY_PROBLEMS, type RouteParts, responses } from './route.ts';
import { orderNumberParameter } from './schemas.ts';
import { baseUrl, OPTIONS, PACE, upstreamLogin, upstreamName, upstreamPassword } from './upstream-schemas.ts';

const params = Type.Object({ name: upstreamName }, EXACT);
const Upstream = Type.Ref('Upstream#');
const { roots, account, lastStepsIntervalSeconds, quietHours } = OPTIONS;

/** Adds the routes. */
export function upstreamRoutes(api: Api, { upstreams }: RouteParts): void {
  const noteChange = ({ author }: FastifyRequest, act: string, upstream: string) =>
    api.log.info({ token: author.name, act, upstream }, 'an upstream was changed');

  api.get(
    '/v1/upstreams',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'listUpstreams',
        summary: 'The upstreams, by name',
        response: responses({
          200: Type.Object({ upstreams: Type.Array(Upstream) }, { description: 'All of them.' }),
        }),
      },
    },
    async () => ({ upstreams: [...(await upstreams.list())] }),
  );

  api.post(
    '/v1/upstreams',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'addUpstream',
        summary: 'Add a service of a CA or reseller, where orders are followed',
        description: `No order is followed there yet. There are at most ${UPSTREAMS_LIMIT} upstreams.`,
        body: Type.Object(
          {
            name: upstreamName,
            baseUrl,
            loginName: upstreamLogin,
            loginPassword: upstreamPassword,
            ...Type.Partial(Type.Object({ ...PACE, ...OPTIONS })).properties,
          },
          EXACT,
        ),
        response: responses(
          { 201: { ...Upstream, description: 'Added.' } },
          'not-found',
          'already-exists',
          'limit-reached',
          ...BODY_PROBLEMS,
          'invalid-record',
          'no-secret-key',
        ),
      },
    },
    async (request, reply) => {
      const { name, loginPassword, ...choice } = request.body;
      const upstream = await upstreams.add(name, choice, loginPassword);
      noteChange(request, 'add', name);
      return reply.code(201).send(upstream);
    },
  );

  api.get(
    '/v1/upstreams/:name',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'getUpstream',
        summary: 'An upstream, and how its orders are being followed',
        params,
        response: responses({ 200: Upstream }, 'not-found'),
      },
    },
    async ({ params: { name } }) => upstreams.get(name),
  );

  const orNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
    Type.Optional(Type.Union([schema, Type.Null()]));
  api.patch(
    '/v1/upstreams/:name',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'changeUpstream',
        summary: 'Change what was chosen about an upstream',
        description:
          'What is left out stays; null removes it. Another baseUrl or loginName needs the loginPassword again. A problem is forgotten, and requests go on at once.',
        params,
        body: Type.Object(
          {
            baseUrl: Type.Optional(baseUrl),
            loginName: Type.Optional(upstreamLogin),
            loginPassword: Type.Optional(upstreamPassword),
            ...Type.Partial(Type.Object(PACE)).properties,
            roots: orNull(roots),
            account: orNull(account),
            lastStepsIntervalSeconds: orNull(lastStepsIntervalSeconds),
            quietHours: orNull(quietHours),
          },
          EXACT,
        ),
        response: responses(
          { 200: Upstream },
          'not-found',
          'already-exists',
          ...BODY_PROBLEMS,
          'invalid-record',
          'no-secret-key',
        ),
      },
    },
    async (request) => {
      const { name } = request.params;
      const upstream = await upstreams.change(name, request.body);
      noteChange(request, 'change', name);
      return upstream;
    },
  );

  api.delete(
    '/v1/upstreams/:name',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'removeUpstream',
        summary: 'Delete an upstream and its password; its orders stay as they were last known',
        params,
        response: responses(
          {
            200: Type.Object(
              { orders: Type.Integer({ description: 'How many were followed; they may now be fed.' }) },
              { description: 'Deleted.' },
            ),
          },
          'not-found',
          ...BODY_PROBLEMS,
        ),
      },
    },
    async (request) => {
      const { name } = request.params;
      const orders = await upstreams.remove(name);
      noteChange(request, 'remove', name);
      return { orders };
    },
  );

  for (const [act, summary] of [
    ['pause', 'Ask an upstream for nothing until it is resumed'],
    ['resume', 'Ask an upstream again, at once, also after a problem'],
  ] as const) {
    api.post(
      `/v1/upstreams/:name/${act}`,
      {
        config: { scope: 'admin' },
        schema: {
          operationId: `${act}Upstream`,
          summary,
          params,
          response: responses({ 200: Upstream }, 'not-found', ...BODY_PROBLEMS),
        },
      },
      async (request) => {
        const { name } = request.params;
        const upstream = await upstreams[act](name);
        noteChange(request, act, name);
        return upstream;
      },
    );
  }

  api.post(
    '/v1/upstreams/:name/test',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'testUpstream',
        summary: 'Ask an upstream for one order, and say what came back',
        description:
          'The request counts in the budget; nothing of the response is stored. It may take half a minute. An upstream has one test at a time.',
        params,
        body: Type.Object(
          {
            orderNumber: Type.Optional({
              ...orderNumberParameter,
              description: 'Any order of the account there; the one that is due next when left out.',
            }),
          },
          EXACT,
        ),
        response: responses(
          { 200: Type.Ref('UpstreamTest#') },
          'not-found',
          'limit-reached',
          ...BODY_PROBLEMS,
          'invalid-record',
        ),
      },
    },
    async (request) => {
      const { name } = request.params;
      const report = await upstreams.test(name, request.body.orderNumber);
      noteChange(request, 'test', name);
      return { ...report, findings: [...report.findings] };
    },
  );
}
