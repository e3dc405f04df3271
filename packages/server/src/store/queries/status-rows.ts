/**
 * Rows of the hot read, as every engine gives them, and the response they make. A row is a list of values, not an
 * object: on the hottest of all paths the names of the columns would cost more than their values.
 */

import {
  type CertificateStatus,
  checkStatusOf,
  formatOrderDateTime,
  LATEST_REVISION,
  type OrderStatus,
  type StatusQuery,
  type Writable,
} from '@cert-order-status/protocol';
import type { StatusReading } from '../../orders/status-reader.ts';
import {
  NOT_PACKED,
  PACKED_FIELDS,
  PACKED_ON_WIRE,
  type PackedCertificate,
  unpackedCertificates,
} from './packed-certificates.ts';
import { ORDER_COLUMNS_ON_WIRE, STATUS_COLUMNS } from './status-statements.ts';

/** Values of {@link STATUS_COLUMNS}, in this order. There may be others behind them. */
export type StatusRow = readonly (string | number | boolean | null)[];

const ORDER_AT = STATUS_COLUMNS.indexOf(ORDER_COLUMNS_ON_WIRE[0]?.name ?? 'orderNumber');
const ORDER_NUMBER_AT = STATUS_COLUMNS.indexOf('orderNumber');
const CERTIFICATES_AT = STATUS_COLUMNS.indexOf('packedCertificates');
const WAIT_AT = STATUS_COLUMNS.indexOf('waitMs');

/**
 * After how many seconds a client should ask again for an order that its upstream has not answered yet: when it is
 * asked for, but not all too soon, as that takes a while, and not too late, as it may be asked for earlier.
 */
const LEAST_RETRY_SECONDS = 60;
const MOST_RETRY_SECONDS = 60 * 60;

/** A field, and where it stands in a packed certificate. */
const PLACED_FIELDS = PACKED_ON_WIRE.map((field, index) => ({ field, at: index + 1 }));
const CERTIFICATE_ID_AT = PACKED_FIELDS.indexOf('certificateID');
const QUERY_TYPE_0_FIELDS = PLACED_FIELDS.filter(
  ({ field }) => field.fromQueryType === 0 && field.form !== 'seconds',
);
const QUERY_TYPE_1_FIELDS = PLACED_FIELDS.filter(({ field }) => field.form !== 'seconds');
const VALIDITY_FIELDS = PLACED_FIELDS.filter(({ field }) => field.form === 'seconds');
/** Few certificates have one of the fields of later revisions, which stand behind all others. */
const LATER_AT = 1 + PACKED_ON_WIRE.findIndex(({ since, form }) => since !== '1.2' && form !== 'seconds');

/** Whether the certificates of the row's order have to be read from rows of their own. */
export function isUnpacked(row: StatusRow | undefined): boolean {
  return row?.[CERTIFICATES_AT] === NOT_PACKED;
}

/**
 * The reading that rows make.
 *
 * @param row of the order asked about; undefined when there is no such account.
 * @param replacements those of the orders that replace it.
 */
export function readingOf(
  row: StatusRow | undefined,
  query: StatusQuery,
  replacements: readonly StatusRow[] = [],
): StatusReading {
  if (row === undefined) return { account: undefined };
  const account = {
    accountID: row[0] as number,
    credentialVersion: row[1] as number,
    disabled: Boolean(row[2]),
  };
  if (row[ORDER_NUMBER_AT] === null) {
    const waitMs = row[WAIT_AT];
    if (typeof waitMs === 'number') {
      const seconds = Math.min(Math.max(Math.ceil(waitMs / 1000), LEAST_RETRY_SECONDS), MOST_RETRY_SECONDS);
      return { account, notAnsweredYet: { retryAfterSeconds: seconds } };
    }
    return { account, notOfAccount: query.orderNumber === undefined ? 'certificateID' : 'orderNumber' };
  }
  const { certificateID } = query;
  let certificates = certificatesOf(row);
  if (certificateID !== undefined) {
    certificates = certificates.filter((packed) => packed[CERTIFICATE_ID_AT] === certificateID);
    if (certificates.length === 0) return { account, notOfAccount: 'certificateID' };
  }
  const orders = [orderOf(row, certificates, query)];
  let hasLater = certificates.some(hasLaterFields);
  for (const later of replacements) {
    const itsCertificates = certificatesOf(later);
    orders.push(orderOf(later, itsCertificates, query));
    hasLater ||= itsCertificates.some(hasLaterFields);
  }
  const revision = query.showValidityPeriod || hasLater ? LATEST_REVISION : '1.2';
  return { account, status: { orders }, revision };
}

function certificatesOf(row: StatusRow): readonly PackedCertificate[] {
  const certificates = unpackedCertificates(row[CERTIFICATES_AT] as string);
  if (certificates === undefined) throw new Error('the certificates of an order were not read');
  return certificates;
}

function hasLaterFields(packed: PackedCertificate): boolean {
  for (let at = LATER_AT; at < packed.length; at++) if (packed[at] !== null) return true;
  return false;
}

function orderOf(
  row: StatusRow,
  certificates: readonly PackedCertificate[],
  query: StatusQuery,
): OrderStatus {
  const order: Writable<OrderStatus> = {
    certificates: certificates.map((packed) => certificateOf(packed, query)),
  };
  let at = ORDER_AT;
  for (const field of ORDER_COLUMNS_ON_WIRE) {
    const value = row[at++];
    if (field.form === 'minute') {
      if (typeof value === 'number') order[field.name] = formatOrderDateTime(value);
    } else if (typeof value === 'string') {
      order[field.name] = field.form === 'organizations' ? JSON.parse(value) : value;
    }
  }
  return order;
}

function certificateOf(
  packed: PackedCertificate,
  { queryType, showValidityPeriod }: StatusQuery,
): CertificateStatus {
  const certificate: Writable<CertificateStatus> = {};
  for (const { field, at } of queryType === 0 ? QUERY_TYPE_0_FIELDS : QUERY_TYPE_1_FIELDS) {
    if (at >= packed.length) break;
    const value = packed[at];
    if (field.form === 'check') {
      if (typeof value === 'number') certificate[field.name] = checkStatusOf(value);
    } else if (field.form === 'text' && typeof value === 'string') {
      certificate[field.name] = value;
    }
  }
  if (showValidityPeriod) {
    for (const { field, at } of VALIDITY_FIELDS) {
      const value = packed[at];
      if (field.form === 'seconds' && typeof value === 'number') {
        certificate[field.name] = new Date(value * 1000);
      }
    }
  }
  return certificate;
}
