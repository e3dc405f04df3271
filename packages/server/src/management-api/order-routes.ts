/** One order: looking at it and changing it. */

import { ORDER_LIMIT_BYTES, readOrderRecord } from '@cert-order-status/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Api } from '../json-api/json-api.ts';
import { invalidRecord, Problem, problemOf } from '../json-api/problem.ts';
import { CERTIFICATE_PATCH, ORDER_PATCH, ORDER_RECORD } from '../json-api/record-schemas.ts';
import { EXACT, HISTORY_LIMIT, pageLimit } from '../json-api/schema-parts.ts';
import { type ChangeRequest, patchOrder, putOrder, unmetPrecondition } from '../orders/change-request.ts';
import { isObject } from '../orders/merge-patch.ts';
import { etagOf, isNotModified, matchOf, preconditionOf } from './preconditions.ts';
import { BODY_PROBLEMS, numberOf, type RouteParts, responses, sendOrder, shownChange } from './route.ts';
import {
  certificateIDParameter,
  certificateNumberParameter,
  force,
  ORDER,
  orderNumberParameter,
} from './schemas.ts';

const params = Type.Object({ orderNumber: orderNumberParameter }, EXACT);
const changeQuery = Type.Object({ force }, EXACT);
const conditions = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      description:
        'The ETag of the order as the client knows it: then another client’s change is not overwritten.',
    }),
  ),
  'if-none-match': Type.Optional(
    Type.String({
      description: '*: only if the order does not exist yet; ETags: only if it has none of them.',
    }),
  ),
});

/** Adds the routes. */
export function orderRoutes(api: Api, { store, watch }: RouteParts): void {
  const { orders: orderStore, history, followedOrders } = store;

  async function noSuchOrder(orderNumber: string): Promise<Problem> {
    const followed = await followedOrders.get(orderNumber);
    if (followed === undefined) return new Problem('not-found', `there is no order ${orderNumber}`);
    const { upstream, state } = followed;
    const answer = state === 'unknown' ? 'which does not know it' : 'which has not answered for it yet';
    return new Problem('not-found', `order ${orderNumber} is followed at upstream '${upstream}', ${answer}`);
  }

  async function change(
    request: FastifyRequest<{ Querystring: { force?: string } }>,
    reply: FastifyReply,
    change: ChangeRequest,
  ) {
    const { force: reason } = request.query;
    const exemption = reason === undefined ? undefined : ({ kind: 'forced', reason } as const);
    const [outcome] = await orderStore.change([change], request.author, { exemption });
    if (outcome === undefined) throw new Error('a change has no outcome');
    if (outcome.kind === 'refused') throw problemOf(outcome.refusal);
    watch.poke();
    return sendOrder(reply, outcome.kind === 'created' ? 201 : 200, outcome.order);
  }

  api.get(
    '/v1/orders/:orderNumber',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'getOrder',
        summary: 'An order',
        params,
        response: responses(
          {
            200: { ...Type.Ref(ORDER), description: 'The order; its version is the ETag.' },
            304: Type.Null({ description: 'If-None-Match holds the ETag of the order as it is.' }),
          },
          'not-found',
          'version-mismatch',
        ),
      },
    },
    async (request, reply) => {
      const orderNumber = numberOf('orderNumber', request.params.orderNumber);
      const order = await orderStore.get(orderNumber);
      if (order === undefined) throw await noSuchOrder(orderNumber);
      const unmet = unmetPrecondition(matchOf(request.headers), orderNumber, order);
      if (unmet !== undefined) throw problemOf(unmet.refusal);
      if (isNotModified(request.headers, order.version))
        return reply.code(304).header('ETag', etagOf(order.version)).send();
      return sendOrder(reply, 200, order);
    },
  );

  api.put(
    '/v1/orders/:orderNumber',
    {
      config: { scope: 'write' },
      bodyLimit: ORDER_LIMIT_BYTES,
      schema: {
        operationId: 'putOrder',
        summary: 'Create an order, or replace it whole',
        description:
          'Repeating the request changes nothing and returns the same, so a request without a response can simply be repeated.',
        params,
        querystring: changeQuery,
        headers: conditions,
        body: Type.Ref(ORDER_RECORD),
        response: responses(
          {
            200: {
              ...Type.Ref(ORDER),
              description: 'The order as it is now, changed or as it was; its version is the ETag.',
            },
            201: { ...Type.Ref(ORDER), description: 'The order was created.' },
          },
          'rule-broken',
          'version-mismatch',
          ...BODY_PROBLEMS,
          'invalid-record',
        ),
      },
    },
    async (request, reply) => {
      const orderNumber = numberOf('orderNumber', request.params.orderNumber);
      const read = readOrderRecord(request.body);
      if (!read.ok) throw invalidRecord(read.problems);
      if (read.record.orderNumber !== orderNumber) {
        throw invalidRecord([{ path: 'orderNumber', message: `must be ${orderNumber}, as in the address` }]);
      }
      return change(request, reply, putOrder(read.record, preconditionOf(request.headers)));
    },
  );

  const patchResponses = responses(
    {
      200: {
        ...Type.Ref(ORDER),
        description: 'The order as it is now; its version is the ETag.',
      },
    },
    'not-found',
    'rule-broken',
    'version-mismatch',
    ...BODY_PROBLEMS,
    'invalid-record',
  );

  /** What the three routes that take a merge patch have in common. */
  const patchSchema = {
    consumes: ['application/merge-patch+json', 'application/json'],
    querystring: changeQuery,
    headers: conditions,
    response: patchResponses,
  };

  api.patch(
    '/v1/orders/:orderNumber',
    {
      config: { scope: 'write' },
      bodyLimit: ORDER_LIMIT_BYTES,
      schema: {
        ...patchSchema,
        operationId: 'patchOrder',
        summary: 'Change some fields of an order',
        params,
        body: Type.Ref(ORDER_PATCH),
      },
    },
    async (request, reply) => {
      const orderNumber = numberOf('orderNumber', request.params.orderNumber);
      const order = patchOf(request.body);
      return change(request, reply, patchOrder(orderNumber, { order }, preconditionOf(request.headers)));
    },
  );

  api.patch(
    '/v1/orders/:orderNumber/certificates/:certificateID',
    {
      config: { scope: 'write' },
      schema: {
        ...patchSchema,
        operationId: 'patchCertificate',
        summary: 'Change some fields of a certificate',
        description:
          'The response is the order that contains it; the ETag, here and in If-Match, is the order’s.',
        params: Type.Object(
          { orderNumber: orderNumberParameter, certificateID: certificateIDParameter },
          EXACT,
        ),
        body: Type.Ref(CERTIFICATE_PATCH),
      },
    },
    async (request, reply) => {
      const orderNumber = numberOf('orderNumber', request.params.orderNumber);
      const certificateID = numberOf('certificateID', request.params.certificateID);
      const certificates = new Map([[certificateID, patchOf(request.body)]]);
      return change(
        request,
        reply,
        patchOrder(orderNumber, { certificates }, preconditionOf(request.headers)),
      );
    },
  );

  api.patch(
    '/v1/orders/:orderNumber/certificates/by-number/:certificateNumber',
    {
      config: { scope: 'write' },
      schema: {
        ...patchSchema,
        operationId: 'patchCertificateByNumber',
        summary: 'Change some fields of a certificate, by its number within the order',
        description: 'For certificates without an ID, too. The answer is as that of the other route.',
        params: Type.Object(
          { orderNumber: orderNumberParameter, certificateNumber: certificateNumberParameter },
          EXACT,
        ),
        body: Type.Ref(CERTIFICATE_PATCH),
      },
    },
    async (request, reply) => {
      const orderNumber = numberOf('orderNumber', request.params.orderNumber);
      const number = Number(request.params.certificateNumber);
      const certificatesByNumber = new Map([[number, patchOf(request.body)]]);
      return change(
        request,
        reply,
        patchOrder(orderNumber, { certificatesByNumber }, preconditionOf(request.headers)),
      );
    },
  );

  api.get(
    '/v1/orders/:orderNumber/history',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'getOrderHistory',
        summary: "An order's changes, the oldest first",
        params,
        querystring: Type.Object(
          {
            after: Type.Optional(
              Type.Integer({ minimum: 0, description: 'Only changes after this version.' }),
            ),
            limit: pageLimit,
          },
          EXACT,
        ),
        response: responses(
          {
            200: Type.Object(
              {
                changes: Type.Array(Type.Ref('Change#')),
                next: Type.Optional(Type.Integer({ description: 'There are more: pass it as after.' })),
              },
              { description: 'A page of changes.' },
            ),
          },
          'not-found',
        ),
      },
    },
    async (request) => {
      const orderNumber = numberOf('orderNumber', request.params.orderNumber);
      const { after = 0, limit = HISTORY_LIMIT } = request.query;
      const { changes, more } = await history.ofOrder(orderNumber, { after, limit });
      if (changes.length === 0 && (await orderStore.get(orderNumber)) === undefined) {
        throw await noSuchOrder(orderNumber);
      }
      return { changes: changes.map(shownChange), next: more ? changes.at(-1)?.version : undefined };
    },
  );
}

function patchOf(body: unknown): Readonly<Record<string, unknown>> {
  if (isObject(body)) return body;
  throw invalidRecord([{ path: '', message: 'must be a JSON object' }]);
}
