/** The order and certificate tables' columns, read and written. */

import {
  type CertificateRecord,
  CHECK_STATUS_NUMBERS,
  CHECKS,
  type OrderRecord,
  parseDateTime,
} from '@cert-order-status/protocol';

/** Of an order `o`. Times come as the numbers they are, which `float8` holds exactly. */
export const ORDER_COLUMNS = `o."orderNumber"::text AS "orderNumber", o."orderDateTime"::float8 AS "orderDateTime",
  o."orderStatus", o."orderStatusReason", o."replacesOrderNumber"::text AS "replacesOrderNumber",
  o."suggestedOrgDetails"`;

/** Of a certificate `c`. */
export const CERTIFICATE_COLUMNS = `c."certificateID"::text AS "certificateID", c."objectType", c."FQDN",
  c."certificateStatus", c."certificateStatusReason", c."serialNumber",
  ${CHECKS.map((check) => `c."${check}"`).join(', ')}`;

/** The numbers of a JSON list, the statement's first value. */
export const LISTED = 'SELECT value::bigint FROM jsonb_array_elements_text($1::text::jsonb)';

/** The columns that {@link orderValues} fill, with their types. */
export const ORDER_TYPES = `"orderNumber" bigint, "accountID" integer, "orderDateTime" bigint, "orderStatus" text,
  "orderStatusReason" text, "replacesOrderNumber" bigint, "suggestedOrgDetails" text, version integer, changed bigint`;

/** The columns that {@link certificateValues} fill, with their types. */
export const CERTIFICATE_TYPES = `"certificateID" bigint, "orderNumber" bigint, position integer, "objectType" text,
  "FQDN" text, "certificateStatus" text, "certificateStatusReason" text, "serialNumber" text,
  ${CHECKS.map((check) => `"${check}" smallint`).join(', ')}`;

/** An order's row, to be sent as JSON; `changed` in milliseconds since 1970. */
export function orderValues(accountID: number, record: OrderRecord, version: number, changed: number) {
  const { orderNumber, orderStatus, orderStatusReason, replacesOrderNumber, suggestedOrgDetails } = record;
  return {
    orderNumber,
    accountID,
    orderDateTime: parseDateTime(record.orderDateTime) as number,
    orderStatus,
    orderStatusReason,
    replacesOrderNumber,
    suggestedOrgDetails: suggestedOrgDetails && JSON.stringify(suggestedOrgDetails),
    version,
    changed,
  };
}

/** A certificate's row, to be sent as JSON. */
export function certificateValues(orderNumber: string, position: number, record: CertificateRecord) {
  const checks = Object.fromEntries(CHECKS.map((check) => [check, CHECK_STATUS_NUMBERS[record[check]]]));
  return { ...record, orderNumber, position, ...checks };
}
