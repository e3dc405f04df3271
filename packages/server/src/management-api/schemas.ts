/** The schemas of the management API: they validate what comes in, and the OpenAPI document is made of them. */

import {
  CERTIFICATE_ID_DIGITS,
  CERTIFICATES_LIMIT,
  LOGIN_NAME_LIMIT,
  LOGIN_PASSWORD_LIMIT,
  ORDER_NUMBER_DIGITS,
  REASON_LIMIT,
} from '@cert-order-status/protocol';
import { Type } from 'typebox';
import { ACCOUNT_TOKEN_SCOPE } from '../accounts/account-tokens.ts';
import { ALLOWED_ADDRESSES_LIMIT } from '../accounts/allowed-addresses.ts';
import { NEW_PASSWORD_MINIMUM } from '../accounts/new-password.ts';
import { DIFFERENCE_PROPERTIES, observedAt } from '../json-api/feed-schemas.ts';
import { RULE_NAMES } from '../json-api/problem.ts';
import {
  CertificatePatch,
  CertificateRecord,
  ORDER_RECORD,
  OrderPatch,
  OrderRecord,
} from '../json-api/record-schemas.ts';
import { EXACT, moment, NO_CONTROL_CHARACTERS, ProblemSchema, text, word } from '../json-api/schema-parts.ts';
import { AUTHOR_KINDS } from '../orders/change.ts';
import { UPSTREAM_COMPONENTS } from './upstream-schemas.ts';
import { WEBHOOK_COMPONENTS } from './webhook-schemas.ts';

/** The default number of orders of a page. */
export const PAGE_LIMIT = 100;

/** A parameter of the URL that takes one of several words. */
export function optionalWord<Word extends string>(words: readonly Word[], description: string) {
  return Type.Optional(word(words, description));
}

/** What refers to an order in a response. */
export const ORDER = 'Order#';

/** An order in a response: that it is followed is not part of its record. */
const Order = Type.Object(
  {
    ...OrderRecord.properties,
    following: Type.Optional(
      Type.Object(
        {
          upstream: Type.String({ description: 'The name of the upstream.' }),
          observed: moment('When it was last seen there as it is here. The ETag says nothing of it.'),
          intervalSeconds: Type.Optional(
            Type.Integer({
              description: 'How often it is asked for; left out when it is not, or only rarely.',
            }),
          ),
        },
        {
          description: 'There when the order is followed at an upstream, whose observations alone change it.',
        },
      ),
    ),
  },
  { ...EXACT, $id: 'Order' },
);

/** An order in a list, with what a conditional change needs. */
const OrderWithETag = Type.Object(
  {
    etag: Type.String({ description: 'For If-Match.' }),
    changed: moment('When it was last changed.'),
    order: Type.Ref(ORDER),
  },
  { $id: 'OrderWithETag' },
);

const difference = Type.Object({
  ...DIFFERENCE_PROPERTIES,
  before: Type.Optional(Type.Unknown({ description: 'Left out when the field was not there.' })),
});

const Change = Type.Object(
  {
    cursor: Type.String({ description: 'Its place in the history; opaque.' }),
    orderNumber: Type.String(),
    version: Type.Integer({ minimum: 1, description: "The order's since this change; its ETag in quotes." }),
    at: moment('When it was made.'),
    observedAt,
    by: Type.Object({ kind: word(AUTHOR_KINDS, 'How it came.'), name: Type.String() }),
    reason: Type.Optional(Type.String({ description: 'Why it was forced.' })),
    waivedRules: Type.Optional(
      Type.Array(word(RULE_NAMES, 'A rule.'), {
        description: 'The rules that were waived, for a forced correction or for an import of legacy data.',
      }),
    ),
    kind: word(['created', 'changed'], 'Whether the order was new.'),
    order: Type.Optional(Type.Ref(ORDER_RECORD)),
    differences: Type.Optional(
      Type.Array(difference, { description: 'With changed: what differs from before.' }),
    ),
  },
  { $id: 'Change' },
);

export const allowedAddresses = Type.Array(Type.String(), {
  maxItems: ALLOWED_ADDRESSES_LIMIT,
  description: 'Networks that the account may send requests from, such as 10.0.0.0/8; none: from anywhere.',
});

const Account = Type.Object(
  {
    loginName: Type.String(),
    disabled: Type.Boolean(),
    created: moment('When it was added.'),
    orders: Type.Integer({ description: 'How many it has.' }),
    allowedAddresses,
  },
  { $id: 'Account' },
);

const AccountToken = Type.Object(
  {
    name: Type.String(),
    scope: word([ACCOUNT_TOKEN_SCOPE], 'What it allows.'),
    created: moment('When it was made.'),
    expires: Type.Optional(moment('When it ends; never when left out.')),
    revoked: Type.Optional(moment('When it was revoked.')),
    lastUsed: Type.Optional(moment('When it was last used, to the minute or so.')),
  },
  { $id: 'AccountToken' },
);

export const loginName = text(LOGIN_NAME_LIMIT, 'Case-sensitive.');
export const loginPassword = Type.String({
  minLength: NEW_PASSWORD_MINIMUM,
  maxLength: LOGIN_PASSWORD_LIMIT,
  description: `Case-sensitive; at least ${NEW_PASSWORD_MINIMUM} characters, though existing passwords may be shorter. If left out, one is generated and returned.`,
});

/** The result of one line of a batch. */
const BatchResult = Type.Object(
  {
    line: Type.Optional(Type.Integer({ minimum: 1 })),
    orderNumber: Type.Optional(Type.String()),
    result: word(
      ['created', 'changed', 'unchanged', 'refused', 'blank', 'stopped'],
      'What became of the line; stopped, without a line, says why nothing comes after it.',
    ),
    etag: Type.Optional(Type.String()),
    adjustedBy: Type.Optional(
      Type.Array(word(RULE_NAMES, 'A rule.'), {
        description:
          'Rules that made the order otherwise than the line has it: closed-without-awaiting rejects the certificates of a Rejected or Cancelled order that await validation. GET shows the order.',
      }),
    ),
    problem: Type.Optional(Type.Ref('Problem#')),
  },
  { $id: 'BatchResult' },
);

export const COMPONENTS = [
  CertificateRecord,
  CertificatePatch,
  OrderRecord,
  OrderPatch,
  Order,
  OrderWithETag,
  Change,
  Account,
  AccountToken,
  BatchResult,
  ...WEBHOOK_COMPONENTS,
  ...UPSTREAM_COMPONENTS,
  ProblemSchema,
];

export const force = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: REASON_LIMIT,
    pattern: NO_CONTROL_CHARACTERS,
    description:
      'The reason for a correction that the rules of change would refuse: it is made all the same, and the history holds the reason. Rules of placement and of state hold nevertheless.',
  }),
);

export const orderNumberParameter = Type.String({
  pattern: `^[0-9]{1,${ORDER_NUMBER_DIGITS}}$`,
  description: 'Order number.',
});
export const certificateIDParameter = Type.String({
  pattern: `^[0-9]{1,${CERTIFICATE_ID_DIGITS}}$`,
  description: 'Certificate ID.',
});

export const certificateNumberParameter = Type.String({
  pattern: `^[1-9][0-9]{0,${String(CERTIFICATES_LIMIT).length - 1}}$`,
  description: 'Number of the certificate within the order, from 1.',
});
