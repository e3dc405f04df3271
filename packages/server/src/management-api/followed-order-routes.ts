/** The routes of the orders that are followed at an upstream. */

import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Api } from '../json-api/json-api.ts';
import { EXACT, pageLimit } from '../json-api/schema-parts.ts';
import { FOLLOWED_STATES, type FollowedOrder } from '../upstreams/followed-orders.ts';
import { BODY_PROBLEMS, numberOf, type RouteParts, responses } from './route.ts';
import { loginName, optionalWord, orderNumberParameter, PAGE_LIMIT } from './schemas.ts';
import { upstreamName } from './upstream-schemas.ts';

const params = Type.Object({ name: upstreamName, orderNumber: orderNumberParameter }, EXACT);
const Followed = Type.Ref('FollowedOrder#');

/** Adds the routes. */
export function followedOrderRoutes(api: Api, { upstreams: { orders } }: RouteParts): void {
  const noteChange = ({ author }: FastifyRequest, act: string, upstream: string, orderNumber: string) =>
    api.log.info({ token: author.name, act, upstream, orderNumber }, 'a followed order was changed');

  api.get(
    '/v1/upstreams/:name/orders',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'listFollowedOrders',
        summary: 'The orders that are followed at an upstream, by number',
        params: Type.Object({ name: upstreamName }, EXACT),
        querystring: Type.Object(
          {
            state: optionalWord(FOLLOWED_STATES, 'Those in this state.'),
            after: Type.Optional({ ...orderNumberParameter, description: 'The next of the page before.' }),
            limit: pageLimit,
          },
          EXACT,
        ),
        response: responses(
          {
            200: Type.Object(
              { orders: Type.Array(Followed), next: Type.Optional(Type.String()) },
              { description: 'A page; next is left out on the last one.' },
            ),
          },
          'not-found',
        ),
      },
    },
    async ({ params: { name }, query: { state, after, limit = PAGE_LIMIT } }) => {
      const { items, next } = await orders.list(name, { state, after, limit });
      return { orders: items.map(shown), next };
    },
  );

  api.get(
    '/v1/upstreams/:name/orders/:orderNumber',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'getFollowedOrder',
        summary: 'How an order is followed at an upstream',
        params,
        response: responses({ 200: Followed }, 'not-found'),
      },
    },
    async ({ params: { name, orderNumber } }) =>
      shown(await orders.get(name, numberOf('orderNumber', orderNumber))),
  );

  api.put(
    '/v1/upstreams/:name/orders/:orderNumber',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'followOrder',
        summary: 'Follow an order at an upstream',
        description:
          'Repeating the request changes nothing. An order that is fed here, or followed elsewhere or for another account, is refused.',
        params,
        body: Type.Object(
          {
            account: Type.Optional({
              ...loginName,
              description:
                "The account whose order it is; not needed if all of the upstream's orders are one's.",
            }),
          },
          EXACT,
        ),
        response: responses(
          { 200: { ...Followed, description: 'It is followed.' } },
          'not-found',
          'order-number-taken',
          ...BODY_PROBLEMS,
          'invalid-record',
        ),
      },
    },
    async (request) => {
      const { name } = request.params;
      const orderNumber = numberOf('orderNumber', request.params.orderNumber);
      const order = await orders.followOne(name, request.body.account, orderNumber);
      noteChange(request, 'follow', name, orderNumber);
      return shown(order);
    },
  );

  api.delete(
    '/v1/upstreams/:name/orders/:orderNumber',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'unfollowOrder',
        summary: 'Ask for an order no more; it stays as it was last known, and may be fed',
        params,
        response: responses(
          { 204: Type.Null({ description: 'It is not followed any more.' }) },
          'not-found',
          ...BODY_PROBLEMS,
        ),
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      const orderNumber = numberOf('orderNumber', request.params.orderNumber);
      await orders.unfollow(name, [orderNumber]);
      noteChange(request, 'unfollow', name, orderNumber);
      return reply.code(204).send();
    },
  );

  api.post(
    '/v1/upstreams/:name/orders/:orderNumber/refresh',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'refreshOrder',
        summary: 'Ask for an order before all others, as soon as the budget allows',
        params,
        response: responses({ 202: Followed }, 'not-found', ...BODY_PROBLEMS),
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      const orderNumber = numberOf('orderNumber', request.params.orderNumber);
      await orders.refresh(name, [orderNumber]);
      noteChange(request, 'refresh', name, orderNumber);
      return reply.code(202).send(shown(await orders.get(name, orderNumber)));
    },
  );
}

function shown({ notes, ...order }: FollowedOrder) {
  return { ...order, notes: [...notes] };
}
