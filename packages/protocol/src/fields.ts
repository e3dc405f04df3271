/**
 * What an order consists of, written once. The record reader, the types of records and responses, the encoder and the
 * decoder, the management API's schemas, the database's columns and the tables of docs/management-api.md follow from
 * these shapes.
 */

import type { ServedRevision } from './api-revision.ts';
import {
  type AnswerOf,
  type Field,
  fieldsOf,
  namesOf,
  namesOfKind,
  namesSince,
  type Shape,
  wireFieldsOf,
} from './field.ts';
import { CERTIFICATE_ID_DIGITS, ORDER_NUMBER_DIGITS } from './numbers.ts';
import { SUGGESTED_ORG_STATUSES } from './states.ts';
import { LOGIN_NAME_LIMIT } from './status-request.ts';

/** The most certificates an order may hold. */
export const CERTIFICATES_LIMIT = 2000;
/** The longest objectType, in code points. */
export const OBJECT_TYPE_LIMIT = 64;
/** The longest FQDN, in code points. */
export const FQDN_LIMIT = 255;
/** The longest reason of any kind, in code points. */
export const REASON_LIMIT = 1024;
/** The longest detail of an organisation, in code points. */
export const ORGANIZATION_DETAIL_LIMIT = 256;
/** The most suggested organisations of an order, to bound the size of a response; the API names no limit. */
export const ORGANIZATIONS_LIMIT = 100;
/** The longest text of a field that a later revision added, in code points. */
export const LATER_TEXT_LIMIT = 256;
/** The most hex digits of a serial number. */
export const SERIAL_NUMBER_DIGITS = 40;

const TEXT = { form: 'text', since: '1.2', fromQueryType: 0 } as const;

const ORGANIZATION_DETAIL = {
  kind: 'text',
  limitCodePoints: ORGANIZATION_DETAIL_LIMIT,
  required: 'optional',
  wire: TEXT,
  privacy: 'public',
  description: 'As it is known.',
} as const satisfies Field;

/** An organisation that automatic validation suggests (spec, section 2.2, X_suggestedOrgDetails). */
export const ORGANIZATION_SHAPE = {
  organizationName: ORGANIZATION_DETAIL,
  streetAddress: ORGANIZATION_DETAIL,
  localityName: ORGANIZATION_DETAIL,
  stateOrProvinceName: ORGANIZATION_DETAIL,
  postalCode: ORGANIZATION_DETAIL,
  countryName: { ...ORGANIZATION_DETAIL, kind: 'country', description: 'ISO 3166-1 Alpha-2' },
  dunsNumber: ORGANIZATION_DETAIL,
  telephoneNumber: ORGANIZATION_DETAIL,
} as const satisfies Shape;

/** How automatic organisation validation went. On the wire it is one value, so its fields are no parameters. */
export const SUGGESTED_ORG_DETAILS_SHAPE = {
  status: {
    kind: 'word',
    words: SUGGESTED_ORG_STATUSES,
    required: 'always',
    privacy: 'public',
    description: 'How automatic organisation validation went.',
  },
  organizations: {
    kind: 'list',
    of: ORGANIZATION_SHAPE,
    limitEntries: ORGANIZATIONS_LIMIT,
    emptyEntryMessage: 'must hold at least one detail of the organisation',
    required: { when: 'status', is: ['Found'] },
    privacy: 'public',
    description: 'With Found, and only then: the matches, best first.',
  },
} as const satisfies Shape;

const CHECK = {
  kind: 'check',
  required: 'optional',
  wire: { form: 'check', since: '1.2', fromQueryType: 1 },
  privacy: 'public',
  description: 'A check left out is not-required.',
} as const satisfies Field;

/** A bound of a certificate's validity. */
const VALIDITY = {
  kind: 'time',
  required: 'optional',
  wire: { form: 'seconds', since: 'before 1.05', fromQueryType: 0, before: 'objectType' },
  privacy: 'public',
} as const;

/** Of the site seal. */
const SITE_SEAL = {
  kind: 'text',
  limitCodePoints: LATER_TEXT_LIMIT,
  required: 'optional',
  wire: { form: 'text', since: '1.06', fromQueryType: 1 },
  privacy: 'public',
} as const;

/** Of the address that a token with the certificate is sent to. */
const SHIPPING = {
  kind: 'text',
  limitCodePoints: LATER_TEXT_LIMIT,
  required: 'optional',
  wire: { form: 'text', since: '1.09', fromQueryType: 1 },
  privacy: 'personal',
  description: 'Of the address that a token with the certificate is sent to.',
} as const satisfies Field;

/** A certificate of an order (spec, section 2.2, `X_Y_…`). */
export const CERTIFICATE_SHAPE = {
  certificateID: {
    kind: 'number',
    limitDigits: CERTIFICATE_ID_DIGITS,
    isUnique: true,
    required: 'optional',
    privacy: 'public',
    description: 'Unique in the whole database; a certificate may have none. Responses have strings.',
  },
  objectType: {
    kind: 'text',
    limitCodePoints: OBJECT_TYPE_LIMIT,
    required: 'always',
    mayBeUnobserved: true,
    wire: TEXT,
    privacy: 'public',
    description: 'For example SSL.',
  },
  FQDN: {
    kind: 'text',
    limitCodePoints: FQDN_LIMIT,
    required: 'optional',
    wire: TEXT,
    privacy: 'public',
    description: 'The domain name, if it has one; *. is allowed.',
  },
  certificateStatus: {
    kind: 'state',
    of: 'certificate',
    required: 'always',
    mayBeUnobserved: true,
    wire: TEXT,
    privacy: 'public',
    description: 'Where the certificate stands.',
  },
  certificateStatusReason: {
    kind: 'text',
    limitCodePoints: REASON_LIMIT,
    required: { when: 'certificateStatus', is: ['rejected', 'revoked'], unlessInWord: true },
    wire: TEXT,
    privacy: 'public',
    description: 'With Rejected and Revoked certificates, and only with them.',
  },
  serialNumber: {
    kind: 'hex',
    limitDigits: SERIAL_NUMBER_DIGITS,
    required: { when: 'certificateStatus', is: ['issued', 'expired', 'revoked', 'replaced'] },
    wire: { ...TEXT, before: 'objectType' },
    privacy: 'public',
    description:
      'Hex digits, kept in upper case; with Issued, Expired, Revoked and Replaced certificates, and only with them.',
  },
  notBefore: { ...VALIDITY, description: 'Valid from then on. Status responses hold seconds since 1970.' },
  notAfter: { ...VALIDITY, description: 'Valid until then. Status responses hold seconds since 1970.' },
  csrStatus: CHECK,
  dcvStatus: CHECK,
  ovCallBackStatus: CHECK,
  organizationValidationStatus: CHECK,
  freeDVUPStatus: CHECK,
  evClickThroughStatus: CHECK,
  caaStatus: CHECK,
  slId: { ...SITE_SEAL, description: 'The number of the site seal.' },
  slSiteIds: { ...SITE_SEAL, description: 'The numbers of the sites that have the seal.' },
  qualysCreationDate: {
    ...SITE_SEAL,
    description: 'When the vulnerability scan was set up, as the CA words it.',
  },
  qualysExpirationDate: {
    ...SITE_SEAL,
    description: 'When the vulnerability scan ends, as the CA words it.',
  },
  upsTrackingID: { ...SHIPPING, description: 'The tracking number of the parcel.' },
  shippingOrganizationName: SHIPPING,
  shippingOrganizationalUnitName: SHIPPING,
  shippingStreetAddress1: SHIPPING,
  shippingStreetAddress2: SHIPPING,
  shippingStreetAddress3: SHIPPING,
  shippingLocalityName: SHIPPING,
  shippingStateOrProvinceName: SHIPPING,
  shippingPostalCode: SHIPPING,
  shippingCountry: SHIPPING,
  shippingTitle: SHIPPING,
  shippingForename: SHIPPING,
  shippingSurname: SHIPPING,
  shippingEmail: SHIPPING,
  shippingPhone: SHIPPING,
} as const satisfies Shape;

/** An order (spec, section 2.2, `X_…`). */
export const ORDER_SHAPE = {
  account: {
    kind: 'text',
    limitCodePoints: LOGIN_NAME_LIMIT,
    required: 'always',
    privacy: 'public',
    description: "The account's login name; it never changes.",
  },
  orderNumber: {
    kind: 'number',
    limitDigits: ORDER_NUMBER_DIGITS,
    required: 'always',
    wire: TEXT,
    privacy: 'public',
    description: 'Responses have strings.',
  },
  orderDateTime: {
    kind: 'time',
    required: 'always',
    mayBeUnobserved: true,
    wire: { form: 'minute', since: '1.2', fromQueryType: 0 },
    privacy: 'public',
    description: 'RFC 3339; kept to the second in UTC.',
  },
  orderStatus: {
    kind: 'state',
    of: 'order',
    required: 'always',
    wire: TEXT,
    privacy: 'public',
    description: 'Where the order stands.',
  },
  orderStatusReason: {
    kind: 'text',
    limitCodePoints: REASON_LIMIT,
    required: { when: 'orderStatus', is: ['rejected'], unlessInWord: true },
    wire: TEXT,
    privacy: 'public',
    description: 'With Rejected orders, and only with them.',
  },
  replacesOrderNumber: {
    kind: 'number',
    limitDigits: ORDER_NUMBER_DIGITS,
    required: 'optional',
    privacy: 'public',
    description: 'The order of the same account that this one replaces.',
  },
  suggestedOrgDetails: {
    kind: 'object',
    of: SUGGESTED_ORG_DETAILS_SHAPE,
    required: 'optional',
    wire: { form: 'organizations', since: '1.2', fromQueryType: 0 },
    privacy: 'public',
    description: 'Only when automatic organisation validation was asked for.',
  },
  certificates: {
    kind: 'list',
    of: CERTIFICATE_SHAPE,
    limitEntries: CERTIFICATES_LIMIT,
    required: 'always',
    wire: { form: 'certificates', since: '1.2', fromQueryType: 0 },
    privacy: 'public',
    description: 'In the order in which they were added.',
  },
} as const satisfies Shape;

/** The fields of an order, in canonical order. */
export const ORDER_FIELDS = namesOf(ORDER_SHAPE);
/** The fields of suggestedOrgDetails, in canonical order. */
export const SUGGESTED_ORG_DETAILS_FIELDS = namesOf(SUGGESTED_ORG_DETAILS_SHAPE);
/** The fields of a certificate, in canonical order. */
export const CERTIFICATE_FIELDS = namesOf(CERTIFICATE_SHAPE);
/** The details of an organisation, in the spec's order (section 2.2, X_suggestedOrgDetails). */
export const ORGANIZATION_DETAILS = namesOf(ORGANIZATION_SHAPE);
export type OrganizationDetail = (typeof ORGANIZATION_DETAILS)[number];

/** An organisation that automatic validation suggests; those of its details that are known. */
export interface SuggestedOrganization extends AnswerOf<typeof ORGANIZATION_SHAPE> {}

/** The checks of a certificate, in the spec's order. */
export const CHECKS = namesOfKind(CERTIFICATE_SHAPE, 'check');
/** The name of a check, as the wire has it. */
export type CheckName = Extract<(typeof CHECKS)[number], string>;

/** The texts of a certificate that the revisions 1.06 and 1.09 added: few certificates have any. */
export const LATER_TEXT_FIELDS = namesSince(CERTIFICATE_SHAPE, '1.06', '1.09');

/** The checks that may still move after a certificate was issued. */
export const MOVABLE_AFTER_ISSUE: readonly CheckName[] = ['freeDVUPStatus', 'evClickThroughStatus'];

/** The fields of a certificate that are personal data. */
export const PERSONAL_FIELDS: ReadonlySet<string> = new Set(
  fieldsOf(CERTIFICATE_SHAPE).flatMap(([name, { privacy }]) => (privacy === 'personal' ? [name] : [])),
);

/** What a response holds of an order, in the wire's order. */
export const ORDER_ON_WIRE = wireFieldsOf(ORDER_SHAPE);
/** What a response holds of a certificate, in the wire's order. */
export const CERTIFICATE_ON_WIRE = wireFieldsOf(CERTIFICATE_SHAPE);

/** The same up to each revision that a service can speak. */
export const CERTIFICATE_ON_WIRE_BY_REVISION = {
  '1.2': CERTIFICATE_ON_WIRE.filter(({ since }) => since === '1.2'),
  '1.10': CERTIFICATE_ON_WIRE,
} as const satisfies Record<ServedRevision, unknown>;
