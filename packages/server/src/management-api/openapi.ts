/** The description of the API, made of the schemas that validate. */

import { Type } from 'typebox';
import type { TokenScope } from '../accounts/tokens.ts';
import { type Api, describeApi } from '../json-api/json-api.ts';
import { WEBHOOK_EVENT_TYPES, type WebhookEventType } from '../webhooks/event-type.ts';
import { responses } from './route.ts';

const DESCRIPTION = [
  'Reports orders and their changes to the order database behind GetDetailedOrderStatus, and returns what changed.',
  'Every request has a bearer token (`cert-order-status token create NAME --scope read|write|admin`); each scope includes those ' +
    'before it. Orders and certificates have the field names of the API.',
  '**Retries.** No idempotency key is needed: every change names its order by a number that the client chooses, and says what ' +
    'the order becomes. A repeated request finds the order in that state, changes nothing, adds nothing to the history, and gets ' +
    'the same response. A repeated request with If-Match that had been carried out gets version-mismatch: read the order, which ' +
    'shows the change.',
  '**Errors** are problem documents (RFC 9457) that name the field and, where a change breaks a rule of the order database, the rule.',
].join('\n\n');

/** The request that tells an endpoint of an event; docs/webhooks.md says more. */
function webhookOf(type: WebhookEventType): object {
  const header = (name: string, description: string) => ({
    name,
    in: 'header',
    required: true,
    description,
    schema: { type: 'string' },
  });
  return {
    post: {
      summary: `An event ${type}`,
      parameters: [
        header('webhook-id', 'Names the event: the same on every attempt.'),
        header('webhook-timestamp', 'When this attempt was made, in seconds since 1970.'),
        header(
          'webhook-signature',
          'One signature for each secret that is valid, as v1,BASE64, separated by spaces.',
        ),
      ],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/WebhookEvent' } } },
      },
      responses: {
        '2XX': { description: 'The event was taken.' },
        '410': { description: 'No more events are wanted: the endpoint is disabled.' },
        default: { description: 'The event is sent again later.' },
      },
    },
  };
}

/** Adds `/openapi.json`; to be called before the routes are added. */
export async function describeManagementApi(api: Api): Promise<void> {
  await describeApi(api, {
    title: 'cert-order-status management API',
    description: DESCRIPTION,
    securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'A token with a scope.' } },
    webhooks: Object.fromEntries(WEBHOOK_EVENT_TYPES.map((type) => [type, webhookOf(type)])),
  });
  api.addHook('onRoute', ({ method, config, schema }) => {
    // A route of HEAD has the schema of its GET.
    if (method === 'HEAD' || schema === undefined || config?.scope === undefined) return;
    const scope: TokenScope = config.scope;
    schema.security = [{ token: [scope] }];
    schema.description = [schema.description, `Needs a token with scope ${scope}.`].filter(Boolean).join(' ');
  });
  api.get(
    '/openapi.json',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'getDescription',
        summary: 'This description (OpenAPI 3.1)',
        response: responses({ 200: Type.Object({}, { description: 'The document.' }) }),
      },
    },
    async () => api.swagger(),
  );
}
