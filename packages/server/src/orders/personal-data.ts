/** Personal data in orders, which is for the account itself alone. */

import { type OrderRecord, PERSONAL_FIELDS } from '@cert-order-status/protocol';

/** Whether a field is personal data. */
export function isPersonal(field: string): boolean {
  return PERSONAL_FIELDS.has(field);
}

/** An order without personal data. */
export function withoutPersonalData(record: OrderRecord): OrderRecord {
  if (!record.certificates.some((certificate) => Object.keys(certificate).some(isPersonal))) return record;
  return { ...record, certificates: record.certificates.map(publicFields) };
}

/** A certificate, or what a change has made of one, without personal data. */
export function publicFields<Part extends object>(certificate: Part): Part {
  return { ...certificate, ...Object.fromEntries([...PERSONAL_FIELDS].map((field) => [field, undefined])) };
}
