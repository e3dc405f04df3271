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

/** A certificate's fields, their names put together once: a response may hold two thousand certificates. */
const CERTIFICATE_PARAMETERS = {
  '1.2': parametersOf('1.2'),
  '1.10': parametersOf('1.10'),
} as const satisfies Record<ServedRevision, unknown>;

function parametersOf(revision: ServedRevision) {
  return CERTIFICATE_ON_WIRE_BY_REVISION[revision].map((field) => ({
    field,
    nameAndEquals: `${field.name}=`,
  }));
}

/**
 * The body of a successful response, its parameters in the order that the API documents.
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
  for (const [index, order] of status.orders.entries()) {
    const parameters = encodeOrder(`${index + 1}_`, order, form, revision);
    if (parameters === '') throw emptyValue(`order ${index + 1}`);
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
  for (const [index, certificate] of certificates.entries()) {
    const ofCertificate = encodeCertificate(`${prefix}${index + 1}_`, certificate, revision);
    if (ofCertificate === '') throw emptyValue(`certificate ${prefix}${index + 1}`);
    parameters += ofCertificate;
  }
  return parameters;
}

function encodeCertificate(prefix: string, certificate: CertificateStatus, revision: ServedRevision): string {
  const start = `&${prefix}`;
  let parameters = '';
  for (const { field, nameAndEquals } of CERTIFICATE_PARAMETERS[revision]) {
    if (field.form === 'check') {
      const state = certificate[field.name];
      if (state !== undefined) parameters += start + nameAndEquals + CHECK_STATUS_NUMBERS[state];
    } else if (field.form === 'seconds') {
      const time = certificate[field.name];
      if (time !== undefined) parameters += start + nameAndEquals + secondOf(time);
    } else {
      const text = certificate[field.name];
      if (text === undefined) continue;
      if (text === '') throw emptyValue(prefix + field.name);
      parameters += start + nameAndEquals + encodeFormText(text);
    }
  }
  return parameters;
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
