/** Writes a successful response (spec, section 2.2). */

import { LATEST_REVISION, type ServedRevision } from './api-revision.ts';
import type {
  CertificateStatus,
  DetailedOrderStatus,
  OrderStatus,
  SuggestedOrgDetails,
} from './detailed-order-status.ts';
import { emptyValue } from './empty-value.ts';
import { CERTIFICATE_ON_WIRE_BY_REVISION, ORDER_ON_WIRE, ORGANIZATION_DETAILS } from './fields.ts';
import { encodeFormText } from './form.ts';
import { secondOf } from './order-date-time.ts';
import { CHECK_STATUS_NUMBERS } from './states.ts';

/** The ways to write suggested organisations; see {@link SuggestedOrgDetailsForm}. */
export const SUGGESTED_ORG_DETAILS_FORMS = ['flat', 'nested'] as const;

/**
 * How suggested organisations are written: `flat` keeps the spec's letters and carries the best match only;
 * `nested` makes the parameter's value a form of its own that carries every match.
 */
export type SuggestedOrgDetailsForm = (typeof SUGGESTED_ORG_DETAILS_FORMS)[number];

/** Most responses hold one order with one certificate: what stands before its values is put together once. */
const FIRST_CERTIFICATE = '1_1_';

/**
 * A certificate's fields with what stands before their values, put together once: a response may hold two thousand
 * certificates.
 */
const CERTIFICATE_PARAMETERS = {
  '1.2': parametersOf('1.2'),
  '1.10': parametersOf('1.10'),
} as const satisfies Record<ServedRevision, unknown>;

function parametersOf(revision: ServedRevision) {
  return CERTIFICATE_ON_WIRE_BY_REVISION[revision].map((field) => ({
    field,
    nameAndEquals: `${field.name}=`,
    startOfFirst: `&${FIRST_CERTIFICATE}${field.name}=`,
  }));
}

/**
 * The body of a successful response, its parameters in the order that the API documents. It is ASCII: as many bytes as
 * characters.
 *
 * @param revision fields of later ones are left out.
 * @throws {TypeError} for what the wire cannot carry: an empty text (leave the parameter out instead), and an
 * order, certificate or organisation without any parameter.
 */
export function encodeDetailedOrderStatus(
  status: DetailedOrderStatus,
  form: SuggestedOrgDetailsForm,
  revision: ServedRevision = LATEST_REVISION,
): string {
  let body = 'errorCode=0';
  let number = 0;
  for (const order of status.orders) {
    number++;
    const parameters = encodeOrder(`${number}_`, order, form, revision);
    if (parameters === '') throw emptyValue(`order ${number}`);
    body += parameters;
  }
  return body;
}

function encodeOrder(
  prefix: string,
  order: OrderStatus,
  form: SuggestedOrgDetailsForm,
  revision: ServedRevision,
): string {
  let parameters = '';
  for (const field of ORDER_ON_WIRE) {
    if (field.form === 'organizations') parameters += encodeOrganizations(prefix, order[field.name], form);
    else if (field.form === 'certificates')
      parameters += encodeCertificates(prefix, order[field.name], revision);
    else parameters += parameter(prefix, field.name, order[field.name]);
  }
  return parameters;
}

function encodeCertificates(
  prefix: string,
  certificates: readonly CertificateStatus[],
  revision: ServedRevision,
): string {
  let parameters = '';
  let number = 0;
  for (const certificate of certificates) {
    number++;
    const ofCertificate = encodeCertificate(`${prefix}${number}_`, certificate, revision);
    if (ofCertificate === '') throw emptyValue(`certificate ${prefix}${number}`);
    parameters += ofCertificate;
  }
  return parameters;
}

type CertificateField = (typeof CERTIFICATE_ON_WIRE_BY_REVISION)[ServedRevision][number];

function encodeCertificate(prefix: string, certificate: CertificateStatus, revision: ServedRevision): string {
  const isFirst = prefix === FIRST_CERTIFICATE;
  const start = `&${prefix}`;
  let parameters = '';
  for (const { field, nameAndEquals, startOfFirst } of CERTIFICATE_PARAMETERS[revision]) {
    const value = encodedValue(field, certificate);
    if (value === undefined) continue;
    if (value === '') throw emptyValue(prefix + field.name);
    parameters += (isFirst ? startOfFirst : start + nameAndEquals) + value;
  }
  return parameters;
}

function encodedValue(field: CertificateField, certificate: CertificateStatus): string | number | undefined {
  if (field.form === 'check') {
    const state = certificate[field.name];
    return state === undefined ? undefined : CHECK_STATUS_NUMBERS[state];
  }
  if (field.form === 'seconds') {
    const time = certificate[field.name];
    return time === undefined ? undefined : secondOf(time);
  }
  const text = certificate[field.name];
  return text === undefined ? undefined : encodeFormText(text);
}

function encodeOrganizations(
  prefix: string,
  details: SuggestedOrgDetails | undefined,
  form: SuggestedOrgDetailsForm,
): string {
  if (details === undefined) return '';
  return form === 'flat' ? encodeFlat(prefix, details) : encodeNested(prefix, details);
}

function encodeFlat(prefix: string, { status, organizations = [] }: SuggestedOrgDetails): string {
  const [best = {}] = organizations;
  let parameters = parameter(prefix, 'suggestedOrgDetails', status);
  for (const detail of ORGANIZATION_DETAILS) parameters += parameter(prefix, detail, best[detail]);
  return parameters;
}

function encodeNested(prefix: string, { status, organizations = [] }: SuggestedOrgDetails): string {
  if (status === '') throw emptyValue(`${prefix}suggestedOrgDetails`);
  let nested = `Status=${encodeFormText(status)}`;
  for (const [index, organization] of organizations.entries()) {
    let details = '';
    for (const detail of ORGANIZATION_DETAILS) {
      details += parameter(`${index + 1}_`, detail, organization[detail]);
    }
    if (details === '') throw emptyValue(`organisation ${index + 1}`);
    nested += details;
  }
  return parameter(prefix, 'suggestedOrgDetails', nested);
}

function parameter(prefix: string, name: string, value: string | undefined): string {
  if (value === undefined) return '';
  if (value === '') throw emptyValue(prefix + name);
  return `&${prefix}${name}=${encodeFormText(value)}`;
}
