/** The order as it is stored, imported, exported and sent to the service, and the rules of its shape. */

import { CERTIFICATE_ID_DIGITS, ORDER_NUMBER_DIGITS } from './numbers.ts';
import { Fields, type RecordProblem } from './record-fields.ts';
import {
  CERTIFICATE_STATUSES,
  type CertificateStatusWord,
  CHECK_STATUSES,
  CHECKS,
  type CheckName,
  type CheckStatus,
  ORDER_STATUSES,
  ORGANIZATION_DETAILS,
  type OrderStatusWord,
  type OrganizationDetail,
  SUGGESTED_ORG_STATUSES,
  type SuggestedOrganization,
  type SuggestedOrgStatusWord,
} from './states.ts';
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
/** The most suggested organisations: a bound on what one order can make an answer hold; the API names none. */
export const ORGANIZATIONS_LIMIT = 100;
/**
 * The most bytes that an order may take as JSON. Every order that these rules allow fits in UTF-8 (it takes 12.4 MB at most, 3.8 MB
 * in ASCII), and with every character escaped as `\uXXXX`, unless almost all of them are such as take two escapes.
 */
export const ORDER_LIMIT_BYTES = 20 * 1024 * 1024;
/** The most hex digits of a serial number. */
export const SERIAL_NUMBER_DIGITS = 40;

/** An order. {@link readOrderRecord} makes one in canonical form, so equal orders are equal as JSON. */
export interface OrderRecord {
  /** The login name of the account whose order it is; case-sensitive. */
  readonly account: string;
  /** Canonical decimal, 1–18 digits. */
  readonly orderNumber: string;
  /** RFC 3339 in UTC to the second: `2025-06-11T11:57:00Z`. */
  readonly orderDateTime: string;
  readonly orderStatus: OrderStatusWord;
  /** With `Rejected` orders, and only with them. */
  readonly orderStatusReason?: string;
  /** The order, of the same account, that this one replaces. */
  readonly replacesOrderNumber?: string;
  /** Only when automatic organisation validation was asked for. */
  readonly suggestedOrgDetails?: SuggestedOrgDetailsRecord;
  /** In the order in which they were added; 1–2,000. */
  readonly certificates: readonly CertificateRecord[];
}

/** How automatic organisation validation went; `organizations` with `Found`, and only then. */
export interface SuggestedOrgDetailsRecord {
  readonly status: SuggestedOrgStatusWord;
  /** The matches, best first; at least one. */
  readonly organizations?: readonly SuggestedOrganization[];
}

/** A certificate of an order. */
export interface CertificateRecord extends Readonly<Record<CheckName, CheckStatus>> {
  /** Canonical decimal, 1–16 digits; unique in the whole database. */
  readonly certificateID: string;
  readonly objectType: string;
  readonly FQDN?: string;
  readonly certificateStatus: CertificateStatusWord;
  /** With `Rejected` and `Revoked` certificates, and only with them. */
  readonly certificateStatusReason?: string;
  /** Upper-case hex; with `Issued`, `Expired`, `Revoked` and `Replaced` certificates, and only with them. */
  readonly serialNumber?: string;
}

/** The fields of an order, in canonical order. */
export const ORDER_FIELDS = [
  'account',
  'orderNumber',
  'orderDateTime',
  'orderStatus',
  'orderStatusReason',
  'replacesOrderNumber',
  'suggestedOrgDetails',
  'certificates',
] as const satisfies (keyof OrderRecord)[];

/** The fields of suggestedOrgDetails, in canonical order. */
export const SUGGESTED_ORG_DETAILS_FIELDS = [
  'status',
  'organizations',
] as const satisfies (keyof SuggestedOrgDetailsRecord)[];

/** The fields of a certificate, in canonical order. */
export const CERTIFICATE_FIELDS = [
  'certificateID',
  'objectType',
  'FQDN',
  'certificateStatus',
  'certificateStatusReason',
  'serialNumber',
  ...CHECKS,
] as const satisfies (keyof CertificateRecord)[];

/** What {@link readOrderRecord} makes of a value. */
export type OrderRecordResult =
  | { readonly ok: true; readonly record: OrderRecord }
  | { readonly ok: false; readonly problems: readonly RecordProblem[] };

/**
 * Checks a value parsed from JSON and brings it into canonical form. Never throws; finds every problem, up to
 * {@link RECORD_PROBLEMS_LIMIT}.
 */
export function readOrderRecord(value: unknown): OrderRecordResult {
  const problems: RecordProblem[] = [];
  const record = readOrder(Fields.of(value, '', problems));
  return record === undefined || problems.length > 0 ? { ok: false, problems } : { ok: true, record };
}

/** One line that tells every problem: `certificates[0].FQDN: must not be empty; orderStatus: is missing`. */
export function describeProblems(problems: readonly RecordProblem[]): string {
  return problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
}

function readOrder(fields: Fields): OrderRecord | undefined {
  const account = fields.text('account', LOGIN_NAME_LIMIT);
  const orderNumber = fields.number('orderNumber', ORDER_NUMBER_DIGITS);
  const orderDateTime = fields.dateTime('orderDateTime');
  const orderStatus = fields.word('orderStatus', ORDER_STATUSES);
  const orderStatusReason = fields.onlyWith(
    'orderStatus',
    orderStatus,
    ['Rejected'],
    'orderStatusReason',
    (name) => fields.text(name, REASON_LIMIT),
  );
  const replacesOrderNumber = fields.optional('replacesOrderNumber', (name) =>
    fields.number(name, ORDER_NUMBER_DIGITS),
  );
  const suggestedOrgDetails = fields.optional('suggestedOrgDetails', (name) =>
    readSuggestedOrgDetails(fields.object(name)),
  );
  const certificateIDs = new Set<string>();
  const certificates = fields.list('certificates', CERTIFICATES_LIMIT, (certificate) =>
    readCertificate(certificate, certificateIDs),
  );
  fields.noOthers();

  if (orderNumber !== undefined && orderNumber === replacesOrderNumber) {
    fields.report('replacesOrderNumber', 'an order cannot replace itself');
  }
  if (!account || !orderNumber || !orderDateTime || !orderStatus || !certificates) return undefined;
  return {
    account,
    orderNumber,
    orderDateTime,
    orderStatus,
    ...present('orderStatusReason', orderStatusReason),
    ...present('replacesOrderNumber', replacesOrderNumber),
    ...present('suggestedOrgDetails', suggestedOrgDetails),
    certificates,
  };
}

/** `seen` are the IDs of the certificates before it in the order. */
function readCertificate(fields: Fields, seen: Set<string>): CertificateRecord | undefined {
  const certificateID = fields.number('certificateID', CERTIFICATE_ID_DIGITS);
  if (certificateID !== undefined) {
    if (seen.has(certificateID)) fields.report('certificateID', 'is given more than once in this order');
    seen.add(certificateID);
  }
  const objectType = fields.text('objectType', OBJECT_TYPE_LIMIT);
  const fqdn = fields.optional('FQDN', (name) => fields.text(name, FQDN_LIMIT));
  const certificateStatus = fields.word('certificateStatus', CERTIFICATE_STATUSES);
  const certificateStatusReason = fields.onlyWith(
    'certificateStatus',
    certificateStatus,
    ['Rejected', 'Revoked'],
    'certificateStatusReason',
    (name) => fields.text(name, REASON_LIMIT),
  );
  const serialNumber = fields.onlyWith(
    'certificateStatus',
    certificateStatus,
    ['Issued', 'Expired', 'Revoked', 'Replaced'],
    'serialNumber',
    (name) => readSerialNumber(fields, name),
  );
  const checks = {} as Record<CheckName, CheckStatus>;
  for (const check of CHECKS) {
    checks[check] = fields.optional(check, (name) => fields.word(name, CHECK_STATUSES)) ?? 'not-required';
  }
  fields.noOthers();
  if (!certificateID || !objectType || !certificateStatus) return undefined;
  return {
    certificateID,
    objectType,
    ...present('FQDN', fqdn),
    certificateStatus,
    ...present('certificateStatusReason', certificateStatusReason),
    ...present('serialNumber', serialNumber),
    ...checks,
  };
}

function readSuggestedOrgDetails(fields: Fields): SuggestedOrgDetailsRecord | undefined {
  const status = fields.word('status', SUGGESTED_ORG_STATUSES);
  const organizations = fields.onlyWith('status', status, ['Found'], 'organizations', (name) =>
    fields.list(name, ORGANIZATIONS_LIMIT, readOrganization),
  );
  fields.noOthers();
  return status && { status, ...present('organizations', organizations) };
}

function readOrganization(fields: Fields): SuggestedOrganization {
  const organization: { -readonly [Detail in OrganizationDetail]?: string } = {};
  for (const detail of ORGANIZATION_DETAILS) {
    const value = fields.optional(detail, (name) =>
      name === 'countryName' ? readCountryName(fields, name) : fields.text(name, ORGANIZATION_DETAIL_LIMIT),
    );
    if (value !== undefined) organization[detail] = value;
  }
  fields.noOthers();
  if (fields.isEmpty()) fields.report('', 'must hold at least one detail of the organisation');
  return organization;
}

function readSerialNumber(fields: Fields, name: string): string | undefined {
  const value = fields.required(name);
  if (value === undefined) return undefined;
  const isSerialNumber =
    typeof value === 'string' && value.length <= SERIAL_NUMBER_DIGITS && /^(?:[0-9A-Fa-f]{2})+$/.test(value);
  if (isSerialNumber) return value.toUpperCase();
  return fields.report(name, `must be an even number of hex digits, at most ${SERIAL_NUMBER_DIGITS}`);
}

function readCountryName(fields: Fields, name: string): string | undefined {
  const value = fields.required(name);
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^[A-Za-z]{2}$/.test(value)) return value;
  return fields.report(name, 'must be a two-letter country code (ISO 3166-1 Alpha-2)');
}

function present<Name extends string, Value>(name: Name, value: Value | undefined): { [N in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [N in Name]?: Value });
}
