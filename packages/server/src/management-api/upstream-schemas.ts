/** Schemas of upstreams and of the orders that are followed there. */

import { LOGIN_NAME_LIMIT, LOGIN_PASSWORD_LIMIT } from '@cert-order-status/protocol';
import { Type } from 'typebox';
import { EXACT, moment, NO_CONTROL_CHARACTERS, text, word } from '../json-api/schema-parts.ts';
import { FOLLOWED_STATES } from '../upstreams/followed-orders.ts';
import {
  DEFAULT_INTERVAL_SECONDS,
  DEFAULT_REQUESTS_PER_MINUTE,
  LEAST_INTERVAL_SECONDS,
  MOST_INTERVAL_SECONDS,
  MOST_REQUESTS_PER_MINUTE,
  TIME_OF_DAY,
  TIME_ZONE_LIMIT,
  UPSTREAM_NAME,
  UPSTREAM_NAME_LIMIT,
  UPSTREAM_PROBLEMS,
  UPSTREAM_ROOTS_LIMIT_BYTES,
  UPSTREAM_STATES,
} from '../upstreams/upstream.ts';
import { URL_LIMIT } from './webhook-schemas.ts';

export const upstreamName = Type.String({
  minLength: 1,
  maxLength: UPSTREAM_NAME_LIMIT,
  pattern: UPSTREAM_NAME.source,
  description: 'What the upstream is called here.',
  examples: ['ca'],
});
const timeOfDay = Type.String({ pattern: TIME_OF_DAY.source, examples: ['22:00'] });
const interval = (description: string, example: number) =>
  Type.Integer({
    minimum: LEAST_INTERVAL_SECONDS,
    maximum: MOST_INTERVAL_SECONDS,
    description,
    examples: [example],
  });

export const upstreamLogin = text(LOGIN_NAME_LIMIT, 'The login name of the account there.');
export const upstreamPassword = Type.String({
  minLength: 1,
  maxLength: LOGIN_PASSWORD_LIMIT,
  description: 'Of the account there; stored encrypted, and never returned.',
});
export const baseUrl = Type.String({
  minLength: 1,
  maxLength: URL_LIMIT,
  pattern: NO_CONTROL_CHARACTERS,
  description:
    'https; the path of the API is added unless it ends in it. It may lead to public addresses, and to the networks of --outbound-allow.',
  examples: ['https://ca.example'],
});

/** What may be left out, with a default or nothing in its place. */
export const OPTIONS = {
  roots: Type.String({
    minLength: 1,
    maxLength: UPSTREAM_ROOTS_LIMIT_BYTES,
    description: 'Certificates in PEM that are trusted for this upstream beside the usual ones.',
  }),
  account: text(
    LOGIN_NAME_LIMIT,
    'The account here that all of its orders belong to: then its customers may name orders, too.',
  ),
  lastStepsIntervalSeconds: interval(
    'The same for orders that wait for one last check; at most intervalSeconds, which counts when left out.',
    1800,
  ),
  quietHours: Type.Object(
    {
      from: timeOfDay,
      to: timeOfDay,
      timeZone: text(TIME_ZONE_LIMIT, 'Of the IANA time zone database, such as Europe/Berlin.'),
    },
    {
      ...EXACT,
      description: 'Hours without requests; over midnight if they end before they begin.',
      examples: [{ from: '22:00', to: '06:00', timeZone: 'Europe/Berlin' }],
    },
  ),
} as const;

/** What has a default. */
export const PACE = {
  intervalSeconds: interval(
    `How often an order is asked for that is not settled; ${DEFAULT_INTERVAL_SECONDS} by default, as CAs allow.`,
    DEFAULT_INTERVAL_SECONDS,
  ),
  requestsPerMinute: Type.Integer({
    minimum: 1,
    maximum: MOST_REQUESTS_PER_MINUTE,
    description: `Of all orders together; ${DEFAULT_REQUESTS_PER_MINUTE} by default.`,
    examples: [DEFAULT_REQUESTS_PER_MINUTE],
  }),
} as const;

const number = (description: string) => Type.Number({ minimum: 0, description });

const figures = Type.Object(
  {
    followed: number('All that are followed.'),
    waiting: number('Of these, those that were never answered.'),
    open: number('Of these, those that are asked for at every interval.'),
    due: number('Due now.'),
    failing: number('With a problem of their own at the latest request.'),
    unknown: number('Those that the upstream does not know, or no longer.'),
    lagSeconds: number('For how long the first of those has been due that are due.'),
    requestsLastHour: number('Requests in the past hour.'),
    neededRequestsPerMinute: number('What the wanted interval would take.'),
    reachedIntervalSeconds: number('The interval that requestsPerMinute allows.'),
  },
  { description: 'How its orders are being followed.' },
);

const Upstream = Type.Object(
  {
    name: upstreamName,
    baseUrl,
    loginName: upstreamLogin,
    ...PACE,
    ...Type.Partial(Type.Object(OPTIONS)).properties,
    state: word(UPSTREAM_STATES, 'paused: nothing is asked.'),
    created: moment('When it was added.'),
    asksValidityPeriod: Type.Boolean({ description: 'False once it has refused showValidityPeriod.' }),
    lastRequest: Type.Optional(moment('When it was last asked.')),
    lastSuccess: Type.Optional(moment('When a response was last of use.')),
    problem: Type.Optional(
      Type.Object(
        {
          kind: word(UPSTREAM_PROBLEMS, 'What is wrong.'),
          message: Type.String(),
          since: moment('When the first request in a row failed.'),
          failures: Type.Integer({ description: 'How many requests in a row have failed.' }),
        },
        { description: 'Left out while requests succeed.' },
      ),
    ),
    notBefore: Type.Optional(moment('Nothing is asked before, because of the problem.')),
    figures,
  },
  { $id: 'Upstream' },
);

const FollowedOrder = Type.Object(
  {
    orderNumber: Type.String({ examples: ['7250060'] }),
    account: Type.String({ description: 'The account here whose order it is.', examples: ['acme-hosting'] }),
    upstream: upstreamName,
    state: word(
      FOLLOWED_STATES,
      'waiting: never answered. unknown: the upstream does not know it, or no longer; what was known stays.',
    ),
    added: moment('Since when it is followed.'),
    lastRequest: Type.Optional(moment('When it was last asked for.')),
    observed: Type.Optional(moment('When it was last seen as it is.')),
    nextRequest: Type.Optional(moment('Left out when it is not asked for any more.')),
    problem: Type.Optional(Type.String({ description: 'What was wrong with the latest response for it.' })),
    notes: Type.Array(Type.String(), {
      description: 'What of the latest response was not taken over, and why.',
    }),
  },
  { $id: 'FollowedOrder' },
);

const UpstreamTest = Type.Object(
  {
    orderNumber: Type.String({ description: 'The order that was asked for.' }),
    outcome: word(
      ['status', 'unknown-order', ...UPSTREAM_PROBLEMS],
      'status: the order. unknown-order: the login is accepted, and the account there has no such order.',
    ),
    isWorking: Type.Boolean({
      description: 'Whether requests for orders of the account there would succeed.',
    }),
    findings: Type.Array(Type.String(), {
      description: 'What came back, in words.',
      examples: [['order 7250060 is Pending, and has 1 certificate']],
    }),
  },
  { $id: 'UpstreamTest' },
);

export const UPSTREAM_COMPONENTS = [Upstream, FollowedOrder, UpstreamTest];
