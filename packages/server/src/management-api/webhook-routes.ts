/** The routes of webhook endpoints. */

import { parseDateTime } from '@cert-order-status/protocol';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Api } from '../json-api/json-api.ts';
import { invalidRecord } from '../json-api/problem.ts';
import { EXACT, pageLimit, text } from '../json-api/schema-parts.ts';
import { DESCRIPTION_LIMIT, ENDPOINTS_LIMIT } from '../webhooks/endpoint.ts';
import { REQUESTS_PER_HOUR, shownEndpoint } from '../webhooks/webhook-admin.ts';
import { BODY_PROBLEMS, type RouteParts, responses } from './route.ts';
import { loginName, PAGE_LIMIT } from './schemas.ts';
import { eventTypes, ID_LIMIT, URL_LIMIT } from './webhook-schemas.ts';

const endpointID = text(ID_LIMIT, "The endpoint's ID.");
const params = Type.Object({ endpointID }, EXACT);
const url = text(
  URL_LIMIT,
  'https. It may lead to public addresses, and to the networks of --outbound-allow.',
);
const description = text(DESCRIPTION_LIMIT, 'What it is for.');
const Endpoint = Type.Ref('WebhookEndpoint#');

const secret = Type.String({ description: 'The secret that signs; shown only this once.' });

/** Adds the routes. */
export function webhookRoutes(api: Api, { webhooks }: RouteParts): void {
  const noteChange = ({ author }: FastifyRequest, act: string, endpointID: string) =>
    api.log.info({ token: author.name, act, endpointID }, 'a webhook endpoint was changed');

  api.get(
    '/v1/webhooks',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'listWebhookEndpoints',
        summary: 'The webhook endpoints, by when they were added',
        querystring: Type.Object(
          {
            account: Type.Optional(loginName),
            after: Type.Optional(text(ID_LIMIT, 'The next of the page before.')),
            limit: pageLimit,
          },
          EXACT,
        ),
        response: responses(
          {
            200: Type.Object(
              { endpoints: Type.Array(Endpoint), next: Type.Optional(Type.String()) },
              { description: 'A page; next is left out on the last one.' },
            ),
          },
          'not-found',
        ),
      },
    },
    async ({ query: { account, after, limit = PAGE_LIMIT } }) => {
      const { items, next } = await webhooks.list({ loginName: account, after, limit });
      return { endpoints: items.map(shownEndpoint), next };
    },
  );

  api.post(
    '/v1/webhooks',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'addWebhookEndpoint',
        summary: "Tell a URL of the changes of an account's orders",
        description: `An account has at most ${ENDPOINTS_LIMIT} endpoints.`,
        body: Type.Object(
          {
            account: loginName,
            url,
            eventTypes: Type.Optional(eventTypes),
            description: Type.Optional(description),
          },
          EXACT,
        ),
        response: responses(
          { 201: Type.Object({ endpoint: Endpoint, secret }, { description: 'Added.' }) },
          'not-found',
          'limit-reached',
          ...BODY_PROBLEMS,
          'invalid-record',
          'no-secret-key',
        ),
      },
    },
    async (request, reply) => {
      const { account, ...choice } = request.body;
      const added = await webhooks.add(account, choice, 'operator');
      noteChange(request, 'add', added.endpoint.endpointID);
      return reply.code(201).send({ endpoint: shownEndpoint(added.endpoint), secret: added.secret });
    },
  );

  api.get(
    '/v1/webhooks/:endpointID',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'getWebhookEndpoint',
        summary: 'A webhook endpoint',
        params,
        response: responses({ 200: Endpoint }, 'not-found'),
      },
    },
    async ({ params: { endpointID } }) => shownEndpoint(await webhooks.get(endpointID)),
  );

  api.patch(
    '/v1/webhooks/:endpointID',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'changeWebhookEndpoint',
        summary: 'Change what was chosen about an endpoint',
        description: 'What is left out stays; null is all events, or no description.',
        params,
        body: Type.Object(
          {
            url: Type.Optional(url),
            eventTypes: Type.Optional(Type.Union([eventTypes, Type.Null()])),
            description: Type.Optional(Type.Union([description, Type.Null()])),
          },
          EXACT,
        ),
        response: responses({ 200: Endpoint }, 'not-found', ...BODY_PROBLEMS, 'invalid-record'),
      },
    },
    async (request) => {
      const { endpointID } = request.params;
      const endpoint = await webhooks.change(endpointID, request.body);
      noteChange(request, 'change', endpointID);
      return shownEndpoint(endpoint);
    },
  );

  api.delete(
    '/v1/webhooks/:endpointID',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'removeWebhookEndpoint',
        summary: 'Delete an endpoint, what waits for it, and its log',
        params,
        response: responses({ 204: Type.Null({ description: 'Deleted.' }) }, 'not-found', ...BODY_PROBLEMS),
      },
    },
    async (request, reply) => {
      const { endpointID } = request.params;
      await webhooks.remove(endpointID);
      noteChange(request, 'remove', endpointID);
      return reply.code(204).send();
    },
  );

  for (const [act, summary] of [
    ['pause', 'Let the events of an endpoint wait, for 30 days at most'],
    ['resume', 'Send what waits, and what comes; also to an endpoint that was disabled'],
  ] as const) {
    api.post(
      `/v1/webhooks/:endpointID/${act}`,
      {
        config: { scope: 'admin' },
        schema: {
          operationId: `${act}WebhookEndpoint`,
          summary,
          params,
          response: responses({ 200: Endpoint }, 'not-found', ...BODY_PROBLEMS),
        },
      },
      async (request) => {
        const { endpointID } = request.params;
        const endpoint = await webhooks[act](endpointID);
        noteChange(request, act, endpointID);
        return shownEndpoint(endpoint);
      },
    );
  }

  api.post(
    '/v1/webhooks/:endpointID/rotate',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'rotateWebhookSecret',
        summary: 'Make a new secret; for 24 hours the one before signs beside it',
        params,
        response: responses(
          { 200: Type.Object({ secret }, { description: 'Made.' }) },
          'not-found',
          'no-secret-key',
          ...BODY_PROBLEMS,
        ),
      },
    },
    async (request) => {
      const { endpointID } = request.params;
      const secret = await webhooks.rotate(endpointID);
      noteChange(request, 'rotate', endpointID);
      return { secret };
    },
  );

  api.post(
    '/v1/webhooks/:endpointID/test',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'testWebhookEndpoint',
        summary: 'Send a ping, once',
        description: `The log has what came of it. An account has at most ${REQUESTS_PER_HOUR} tests and resent events an hour.`,
        params,
        response: responses(
          { 202: Type.Object({ eventID: Type.String() }, { description: 'It is sent at once.' }) },
          'not-found',
          'limit-reached',
          ...BODY_PROBLEMS,
        ),
      },
    },
    async ({ params: { endpointID } }, reply) =>
      reply.code(202).send({ eventID: await webhooks.test(endpointID) }),
  );

  api.post(
    '/v1/webhooks/:endpointID/replay',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'replayWebhookEvents',
        summary: 'Send the events of all changes since a moment again, also those that were missed',
        params,
        body: Type.Object(
          { since: Type.String({ format: 'date-time', description: 'Of the past 30 days.' }) },
          EXACT,
        ),
        response: responses(
          { 202: Type.Object({ queued: Type.Integer() }, { description: 'So many events are queued.' }) },
          'not-found',
          'limit-reached',
          ...BODY_PROBLEMS,
          'invalid-record',
        ),
      },
    },
    async (request, reply) => {
      const { endpointID } = request.params;
      const seconds = parseDateTime(request.body.since);
      if (seconds === undefined) {
        throw invalidRecord([{ path: 'since', message: 'must be a time such as 2027-01-01T00:00:00Z' }]);
      }
      const queued = await webhooks.replay(endpointID, seconds * 1000);
      noteChange(request, 'replay', endpointID);
      return reply.code(202).send({ queued });
    },
  );

  api.get(
    '/v1/webhooks/:endpointID/events',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'listWebhookEvents',
        summary: 'The log of an endpoint, the latest changes first',
        params,
        querystring: Type.Object(
          { before: Type.Optional(text(ID_LIMIT, 'The next of the page before.')), limit: pageLimit },
          EXACT,
        ),
        response: responses(
          {
            200: Type.Object(
              { events: Type.Array(Type.Ref('WebhookLogEntry#')), next: Type.Optional(Type.String()) },
              { description: 'A page; next is left out on the last one.' },
            ),
          },
          'not-found',
        ),
      },
    },
    async ({ params: { endpointID }, query: { before, limit = PAGE_LIMIT } }) => {
      const { items, next } = await webhooks.events(endpointID, { before, limit }, 'operator');
      return { events: [...items], next };
    },
  );

  api.post(
    '/v1/webhooks/:endpointID/events/:eventID/resend',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'resendWebhookEvent',
        summary: 'Send an event again that was delivered or given up',
        params: Type.Object({ endpointID, eventID: text(ID_LIMIT, "The event's webhook-id.") }, EXACT),
        response: responses(
          {
            202: Type.Object(
              { isQueued: Type.Boolean({ description: 'False when it waited already.' }) },
              { description: 'It is sent at its place among the events of its order.' },
            ),
          },
          'not-found',
          'limit-reached',
          ...BODY_PROBLEMS,
        ),
      },
    },
    async ({ params: { endpointID, eventID } }, reply) =>
      reply.code(202).send({ isQueued: await webhooks.resend(endpointID, eventID) }),
  );
}
