/**
 * A successful response in JSON (argument responseFormat=2, revision 1.08). The live service's JSON is not public: this
 * shape is this project's own, and holds the form's parameters under their names, in the form's order.
 */

import { LATEST_REVISION, type ServedRevision } from './api-revision.ts';
import type {
  CertificateStatus,
  DetailedOrderStatus,
  OrderStatus,
  SuggestedOrgDetails,
} from './detailed-order-status.ts';
import { emptyValue } from './empty-value.ts';
import {
  CERTIFICATE_ON_WIRE_BY_REVISION,
  ORDER_ON_WIRE,
  ORGANIZATION_DETAILS,
  type SuggestedOrganization,
} from './fields.ts';
import { secondOf } from './order-date-time.ts';
import { CHECK_STATUS_NUMBERS } from './states.ts';

/** Values by name, in the order in which they are written. */
type JsonObject = Record<string, unknown>;

/**
 * The body of a successful response in JSON, without white space between tokens. Check statuses and the ends of a
 * validity period are integers; `suggestedOrgDetails` is as in a record, with every match.
 *
 * @param revision fields of later ones are left out.
 * @throws {TypeError} for what a form cannot carry either: an empty text, and an order or certificate without any
 * field.
 */
export function encodeDetailedOrderStatusJson(
  { orders }: DetailedOrderStatus,
  revision: ServedRevision = LATEST_REVISION,
): string {
  return JSON.stringify({
    errorCode: 0,
    orders: orders.map((order, index) => orderObject(order, index, revision)),
  });
}

function orderObject(order: OrderStatus, index: number, revision: ServedRevision): JsonObject {
  const object: JsonObject = {};
  for (const field of ORDER_ON_WIRE) {
    if (field.form === 'certificates') continue;
    if (field.form === 'organizations') put(object, field.name, detailsObject(order[field.name]));
    else put(object, field.name, order[field.name]);
  }
  const certificates = order.certificates.map((certificate, at) => {
    const ofCertificate = certificateObject(certificate, revision);
    if (isEmpty(ofCertificate)) throw emptyValue(`certificate ${index + 1}_${at + 1}`);
    return ofCertificate;
  });
  if (isEmpty(object) && certificates.length === 0) throw emptyValue(`order ${index + 1}`);
  return { ...object, certificates };
}

function certificateObject(certificate: CertificateStatus, revision: ServedRevision): JsonObject {
  const object: JsonObject = {};
  for (const field of CERTIFICATE_ON_WIRE_BY_REVISION[revision]) {
    if (field.form === 'check') {
      const state = certificate[field.name];
      put(object, field.name, state && CHECK_STATUS_NUMBERS[state]);
    } else if (field.form === 'seconds') {
      const time = certificate[field.name];
      put(object, field.name, time && secondOf(time));
    } else {
      put(object, field.name, certificate[field.name]);
    }
  }
  return object;
}

function detailsObject(details: SuggestedOrgDetails | undefined): JsonObject | undefined {
  if (details === undefined) return undefined;
  const object: JsonObject = {};
  put(object, 'status', details.status);
  put(object, 'organizations', details.organizations?.map(organizationObject));
  return object;
}

function organizationObject(organization: SuggestedOrganization, index: number): JsonObject {
  const object: JsonObject = {};
  for (const detail of ORGANIZATION_DETAILS) put(object, detail, organization[detail]);
  if (isEmpty(object)) throw emptyValue(`organisation ${index + 1}`);
  return object;
}

/** What does not apply is left out. */
function put(object: JsonObject, name: string, value: unknown): void {
  if (value === '') throw emptyValue(name);
  if (value !== undefined) object[name] = value;
}

function isEmpty(object: JsonObject): boolean {
  return Object.keys(object).length === 0;
}
