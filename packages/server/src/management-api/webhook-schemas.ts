/** Schemas of webhook endpoints and of the events that they get. */

import { CHANGE_EVENT_TYPES } from '@cert-order-status/protocol';
import { Type } from 'typebox';
import { DIFFERENCE_PROPERTIES } from '../json-api/feed-schemas.ts';
import { moment, word } from '../json-api/schema-parts.ts';
import { ENDPOINT_CREATORS, ENDPOINT_STATES } from '../webhooks/endpoint.ts';
import { WEBHOOK_EVENT_TYPES } from '../webhooks/event-type.ts';

/** The longest ID of an endpoint or event that is looked up, and the longest URL, in characters. */
export const ID_LIMIT = 64;
export const URL_LIMIT = 2048;

export const eventTypes = Type.Array(word(CHANGE_EVENT_TYPES, 'A type of event.'), {
  minItems: 1,
  maxItems: CHANGE_EVENT_TYPES.length,
  description: 'The events that are sent; all when left out.',
});

const WebhookEndpoint = Type.Object(
  {
    endpointID: Type.String(),
    account: Type.String({ description: 'The login name.' }),
    url: Type.String(),
    eventTypes: Type.Optional(eventTypes),
    description: Type.Optional(Type.String()),
    createdBy: word(ENDPOINT_CREATORS, 'Who added it.'),
    state: word(ENDPOINT_STATES, 'paused: events wait. disabled: the endpoint is not told of changes.'),
    reason: Type.Optional(Type.String({ description: 'Why it is disabled, or paused by the service.' })),
    created: moment('When it was added.'),
    lastSuccess: Type.Optional(moment('When it last took an event.')),
    failingSince: Type.Optional(moment('Since when it has taken none, if the latest attempt has failed.')),
  },
  { $id: 'WebhookEndpoint' },
);

const attempt = Type.Object({
  at: moment('When it was made.'),
  status: Type.Optional(Type.Integer({ description: 'The HTTP status.' })),
  error: Type.Optional(Type.String({ description: 'Why it failed.' })),
  errorForCustomers: Type.Optional(Type.String({ description: 'The same, as customers see it.' })),
  durationMs: Type.Integer(),
  response: Type.Optional(Type.String({ description: 'The first KiB of the body.' })),
});

const WebhookLogEntry = Type.Object(
  {
    eventID: Type.String({ description: 'The webhook-id.' }),
    type: word(WEBHOOK_EVENT_TYPES, 'What it tells.'),
    orderNumber: Type.Optional(Type.String()),
    at: moment('When the change was made.'),
    state: word(['queued', 'delivered', 'given-up'], 'What has become of it.'),
    nextAttempt: Type.Optional(moment('Left out while an earlier event of the order waits.')),
    attempts: Type.Integer(),
    latestAttempts: Type.Array(attempt, { description: 'The latest ten, the latest first.' }),
  },
  { $id: 'WebhookLogEntry' },
);

/** The body of an event. */
const WebhookEvent = Type.Object(
  {
    type: word(WEBHOOK_EVENT_TYPES, 'What it tells.'),
    timestamp: moment('When the change was made, or the ping asked for.'),
    data: Type.Object(
      {
        version: Type.Optional(Type.Integer({ minimum: 1, description: "The order's since the change." })),
        orderNumber: Type.Optional(Type.String()),
        observedAt: Type.Optional(
          moment('Of an order that is followed at an upstream: when it was seen there as order has it.'),
        ),
        certificate: Type.Optional(
          Type.Integer({ minimum: 1, description: 'Of certificate.*: its number within the order.' }),
        ),
        certificateID: Type.Optional(Type.String({ description: 'Of certificate.*, if it has one.' })),
        changes: Type.Optional(
          Type.Array(Type.Object({ ...DIFFERENCE_PROPERTIES, before: Type.Optional(Type.Unknown()) }), {
            description: 'What was changed, as it was made; empty for a new order.',
          }),
        ),
        changesOmitted: Type.Optional(Type.Literal(true, { description: 'The changes are too large.' })),
        order: Type.Optional(
          Type.Object(
            { certificatesOmitted: Type.Optional(Type.Literal(true)) },
            {
              additionalProperties: true,
              description:
                'The order as it is at this attempt, as a response with responseFormat=2 has it, and the certificateID of each certificate.',
            },
          ),
        ),
      },
      { description: 'Empty for a ping.' },
    ),
  },
  { $id: 'WebhookEvent' },
);

export const WEBHOOK_COMPONENTS = [WebhookEndpoint, WebhookLogEntry, WebhookEvent];
