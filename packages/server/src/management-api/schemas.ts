/** The schemas of the management API: they validate what comes in, and the OpenAPI document is made of them. */

import {
  CERTIFICATE_ID_DIGITS,
  CERTIFICATE_STATUSES,
  CERTIFICATES_LIMIT,
  CHECK_STATUSES,
  CHECKS,
  FQDN_LIMIT,
  LOGIN_NAME_LIMIT,
  LOGIN_PASSWORD_LIMIT,
  OBJECT_TYPE_LIMIT,
  ORDER_NUMBER_DIGITS,
  ORDER_STATUSES,
  ORGANIZATION_DETAIL_LIMIT,
  ORGANIZATION_DETAILS,
  ORGANIZATIONS_LIMIT,
  REASON_LIMIT,
  SERIAL_NUMBER_DIGITS,
  SUGGESTED_ORG_STATUSES,
} from '@cert-order-status/protocol';
import { type TSchema, Type } from 'typebox';
import { ALLOWED_ADDRESSES_LIMIT } from '../accounts/allowed-addresses.ts';
import { NEW_PASSWORD_MINIMUM } from '../accounts/new-password.ts';
import { PROBLEMS, RULE_NAMES } from './problem.ts';

const EXACT = { additionalProperties: false } as const;

const NO_CONTROL_CHARACTERS = '^[^\\u0000-\\u001f\\u007f]*$';

function text(maxLength: number, description: string) {
  return Type.String({ minLength: 1, maxLength, pattern: NO_CONTROL_CHARACTERS, description });
}

/** As JSON a whole number is exact only up to 2^53 - 1; as a string it always is. */
function number(digits: number, description: string) {
  return Type.Unsafe<string | number>({
    type: ['string', 'integer'],
    pattern: `^[0-9]{1,${digits}}$`,
    minimum: 1,
    maximum: Number.MAX_SAFE_INTEGER,
    description,
  });
}

function word<Word extends string>(words: readonly Word[], description: string) {
  return Type.Unsafe<Word>({ type: 'string', enum: [...words], description });
}

/** A parameter of the URL that takes one of several words. */
export function optionalWord<Word extends string>(words: readonly Word[], description: string) {
  return Type.Optional(word(words, description));
}

/** In a merge patch null takes a field away. */
function orNull(schema: TSchema): TSchema {
  const { type, enum: words, ...others } = schema as TSchema & { type: string | string[]; enum?: unknown[] };
  return Type.Unsafe({
    ...others,
    type: [...(Array.isArray(type) ? type : [type]), 'null'],
    ...(words !== undefined && { enum: [...words, null] }),
  });
}

function allOptional(
  fields: Readonly<Record<string, TSchema>>,
  removable: readonly string[],
): Record<string, TSchema> {
  const entries = Object.entries(fields).map(([name, schema]) => {
    return [name, Type.Optional(removable.includes(name) ? orNull(schema) : schema)];
  });
  return Object.fromEntries(entries);
}

const organizationDetails = Object.fromEntries(
  ORGANIZATION_DETAILS.map((detail) => [
    detail,
    Type.Optional(
      detail === 'countryName'
        ? Type.String({ pattern: '^[A-Za-z]{2}$', description: 'ISO 3166-1 Alpha-2' })
        : text(ORGANIZATION_DETAIL_LIMIT, 'As it is known.'),
    ),
  ]),
);

const suggestedOrgDetailsFields = {
  status: word(SUGGESTED_ORG_STATUSES, 'How automatic organisation validation went.'),
  organizations: Type.Array(Type.Object(organizationDetails, { ...EXACT, minProperties: 1 }), {
    minItems: 1,
    maxItems: ORGANIZATIONS_LIMIT,
    description: 'With Found, and only then: the matches, best first.',
  }),
};
const suggestedOrgDetailsOptions = {
  ...EXACT,
  description: 'Only when automatic organisation validation was asked for.',
};
const suggestedOrgDetails = Type.Object(
  withOptional(suggestedOrgDetailsFields, ['organizations']),
  suggestedOrgDetailsOptions,
);
const suggestedOrgDetailsPatch = Type.Object(
  allOptional(suggestedOrgDetailsFields, ['organizations']),
  suggestedOrgDetailsOptions,
);

const checks = Object.fromEntries(
  CHECKS.map((check) => [check, word(CHECK_STATUSES, 'A check left out is not-required.')]),
);

const certificateFields = {
  certificateID: number(CERTIFICATE_ID_DIGITS, 'Unique in the whole database. Answers hold strings.'),
  objectType: text(OBJECT_TYPE_LIMIT, 'For example SSL.'),
  FQDN: text(FQDN_LIMIT, 'The domain name, if it has one; *. is allowed.'),
  certificateStatus: word(CERTIFICATE_STATUSES, 'Where the certificate stands.'),
  certificateStatusReason: text(REASON_LIMIT, 'With Rejected and Revoked certificates, and only with them.'),
  serialNumber: Type.String({
    pattern: `^(?:[0-9A-Fa-f]{2}){1,${SERIAL_NUMBER_DIGITS / 2}}$`,
    description:
      'Hex digits, kept in upper case; with Issued, Expired, Revoked and Replaced certificates, and only with them.',
  }),
  ...checks,
};

const OPTIONAL_OF_CERTIFICATE = ['FQDN', 'certificateStatusReason', 'serialNumber', ...CHECKS];

const CertificateRecord = Type.Object(withOptional(certificateFields, OPTIONAL_OF_CERTIFICATE), {
  ...EXACT,
  $id: 'CertificateRecord',
});

const CertificatePatch = Type.Object(allOptional(certificateFields, OPTIONAL_OF_CERTIFICATE), {
  ...EXACT,
  $id: 'CertificatePatch',
  description: 'A JSON merge patch (RFC 7396): fields to set; null takes one away.',
});

const orderFields = {
  account: text(LOGIN_NAME_LIMIT, "The account's login name; it never changes."),
  orderNumber: number(ORDER_NUMBER_DIGITS, 'Answers hold strings.'),
  orderDateTime: Type.String({ description: 'RFC 3339; kept to the second in UTC.', format: 'date-time' }),
  orderStatus: word(ORDER_STATUSES, 'Where the order stands.'),
  orderStatusReason: text(REASON_LIMIT, 'With Rejected orders, and only with them.'),
  replacesOrderNumber: number(ORDER_NUMBER_DIGITS, 'The order of the same account that this one replaces.'),
  suggestedOrgDetails,
  certificates: Type.Array(Type.Ref('CertificateRecord#'), {
    minItems: 1,
    maxItems: CERTIFICATES_LIMIT,
    description: 'In the order in which they were added.',
  }),
};

const OPTIONAL_OF_ORDER = ['orderStatusReason', 'replacesOrderNumber', 'suggestedOrgDetails'];

/** What refers to {@link OrderRecord}. */
export const ORDER_RECORD = 'OrderRecord#';
/** What refers to {@link OrderPatch}. */
export const ORDER_PATCH = 'OrderPatch#';
/** What refers to {@link CertificatePatch}. */
export const CERTIFICATE_PATCH = 'CertificatePatch#';

/** What refers to a schema that only describes: the record's reader validates. */
export const RECORD_SCHEMAS: ReadonlySet<string> = new Set([ORDER_RECORD, ORDER_PATCH, CERTIFICATE_PATCH]);

const OrderRecord = Type.Object(withOptional(orderFields, OPTIONAL_OF_ORDER), {
  ...EXACT,
  $id: 'OrderRecord',
});

const orderPatchFields = { ...orderFields, suggestedOrgDetails: suggestedOrgDetailsPatch };

const OrderPatch = Type.Object(allOptional(orderPatchFields, OPTIONAL_OF_ORDER), {
  ...EXACT,
  $id: 'OrderPatch',
  description:
    'A JSON merge patch (RFC 7396): fields to set; null takes one away. A list of certificates replaces the whole list.',
});

function withOptional(
  fields: Readonly<Record<string, TSchema>>,
  optional: readonly string[],
): Record<string, TSchema> {
  const entries = Object.entries(fields).map(([name, schema]) => {
    return [name, optional.includes(name) ? Type.Optional(schema) : schema];
  });
  return Object.fromEntries(entries);
}

const moment = (description: string) => Type.String({ format: 'date-time', description });

/** An order in a list, with what a conditional change needs. */
const BookedOrder = Type.Object(
  {
    etag: Type.String({ description: 'For If-Match.' }),
    changed: moment('When it was last changed.'),
    order: Type.Ref(ORDER_RECORD),
  },
  { $id: 'BookedOrder' },
);

const difference = Type.Object({
  certificateID: Type.Optional(
    Type.String({ description: 'Of the certificate whose field it is; of the order if left out.' }),
  ),
  field: Type.String({ description: 'certificates stands for a certificate that was added.' }),
  before: Type.Optional(Type.Unknown({ description: 'Left out when the field was not there.' })),
  after: Type.Optional(Type.Unknown({ description: 'Left out when the field is no longer there.' })),
});

const Change = Type.Object(
  {
    cursor: Type.String({ description: 'Its place in the history; opaque.' }),
    orderNumber: Type.String(),
    version: Type.Integer({ minimum: 1, description: "The order's since this change; its ETag in quotes." }),
    at: moment('When it was made.'),
    by: Type.Object({ kind: word(['token', 'command line'], 'How it came.'), name: Type.String() }),
    reason: Type.Optional(Type.String({ description: 'Why it was forced.' })),
    waivedRules: Type.Optional(
      Type.Array(word(RULE_NAMES, 'A rule.'), {
        description: 'The rules that it breaks: by force, or because an import took the order as it was.',
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
  description: 'Networks that the account may ask from, such as 10.0.0.0/8; none: from anywhere.',
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

export const loginName = text(LOGIN_NAME_LIMIT, 'Case-sensitive.');
export const loginPassword = Type.String({
  minLength: NEW_PASSWORD_MINIMUM,
  maxLength: LOGIN_PASSWORD_LIMIT,
  description: `Case-sensitive; at least ${NEW_PASSWORD_MINIMUM} characters, though accounts may have shorter ones from before. Left out: one is made up, and the answer holds it.`,
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

const ProblemSchema = Type.Object(
  {
    type: word(
      Object.keys(PROBLEMS).map((kind) => `urn:problem-type:cert-order-status:${kind}`),
      'The kind of problem.',
    ),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'What is wrong here, for people.' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          field: Type.String({ description: 'For example certificates[0].dcvStatus; empty for the whole.' }),
          rule: Type.Optional(word(RULE_NAMES, 'The rule of the order database that is broken.')),
          message: Type.String(),
        }),
      ),
    ),
  },
  { $id: 'Problem', description: 'A problem document (RFC 9457).' },
);

export const COMPONENTS = [
  CertificateRecord,
  CertificatePatch,
  OrderRecord,
  OrderPatch,
  BookedOrder,
  Change,
  Account,
  BatchResult,
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

const PAGE_LIMIT_MAXIMUM = 1000;
/** How many orders a page holds unless the caller says otherwise. */
export const PAGE_LIMIT = 100;
/** How many changes an answer holds unless the caller says otherwise. */
export const HISTORY_LIMIT = 100;

export const pageLimit = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: PAGE_LIMIT_MAXIMUM,
    description: 'The most that the answer holds; 100 unless said otherwise.',
  }),
);
