/** A successful answer onto the wire (spec, section 2.2). */

import {
  CERTIFICATE_TEXTS,
  type CertificateStatus,
  type DetailedOrderStatus,
  ORDER_TEXTS,
  type OrderStatus,
  type SuggestedOrgDetails,
} from './detailed-order-status.ts';
import { encodeFormText } from './form.ts';
import { CHECK_STATUS_NUMBERS, CHECKS, ORGANIZATION_DETAILS } from './states.ts';

/** The ways to write suggested organisations; see {@link SuggestedOrgDetailsForm}. */
export const SUGGESTED_ORG_DETAILS_FORMS = ['flat', 'nested'] as const;

/**
 * How suggested organisations are written: `flat` keeps the spec's letters and carries the best match only;
 * `nested` makes the parameter's value a form of its own that carries every match.
 */
export type SuggestedOrgDetailsForm = (typeof SUGGESTED_ORG_DETAILS_FORMS)[number];

/**
 * The body of a successful answer, its parameters in the order that the API documents.
 *
 * @throws {TypeError} for what the wire cannot carry: an empty text (leave the parameter out instead), and an
 * order, certificate or organisation without any parameter.
 */
export function encodeDetailedOrderStatus(
  status: DetailedOrderStatus,
  form: SuggestedOrgDetailsForm,
): string {
  let body = 'errorCode=0';
  for (const [index, order] of status.orders.entries()) {
    body += notEmpty(encodeOrder(`${index + 1}_`, order, form), `order ${index + 1}`);
  }
  return body;
}

function encodeOrder(prefix: string, order: OrderStatus, form: SuggestedOrgDetailsForm): string {
  let parameters = '';
  for (const name of ORDER_TEXTS) parameters += parameter(prefix + name, order[name]);
  if (order.suggestedOrgDetails !== undefined) {
    const encode = form === 'flat' ? encodeFlat : encodeNested;
    parameters += encode(prefix, order.suggestedOrgDetails);
  }
  for (const [index, certificate] of order.certificates.entries()) {
    const place = `${prefix}${index + 1}`;
    parameters += notEmpty(encodeCertificate(`${place}_`, certificate), `certificate ${place}`);
  }
  return parameters;
}

function encodeCertificate(prefix: string, certificate: CertificateStatus): string {
  let parameters = '';
  for (const name of CERTIFICATE_TEXTS) parameters += parameter(prefix + name, certificate[name]);
  for (const check of CHECKS) {
    const state = certificate[check];
    if (state !== undefined) parameters += `&${prefix}${check}=${CHECK_STATUS_NUMBERS[state]}`;
  }
  return parameters;
}

function encodeFlat(prefix: string, { status, organizations = [] }: SuggestedOrgDetails): string {
  const [best = {}] = organizations;
  let parameters = parameter(`${prefix}suggestedOrgDetails`, status);
  for (const detail of ORGANIZATION_DETAILS) parameters += parameter(prefix + detail, best[detail]);
  return parameters;
}

function encodeNested(prefix: string, { status, organizations = [] }: SuggestedOrgDetails): string {
  let nested = `Status=${notEmpty(encodeFormText(status), `${prefix}suggestedOrgDetails`)}`;
  for (const [index, organization] of organizations.entries()) {
    let details = '';
    for (const detail of ORGANIZATION_DETAILS) {
      details += parameter(`${index + 1}_${detail}`, organization[detail]);
    }
    nested += notEmpty(details, `organisation ${index + 1}`);
  }
  return parameter(`${prefix}suggestedOrgDetails`, nested);
}

function parameter(name: string, value: string | undefined): string {
  return value === undefined ? '' : `&${name}=${notEmpty(encodeFormText(value), name)}`;
}

function notEmpty(encoded: string, what: string): string {
  if (encoded === '') throw new TypeError(`${what} is empty: leave it out instead`);
  return encoded;
}
