/** The order as it is stored, imported, exported and sent to the service; its shape is in `fields.ts`. */

import type { RecordOf } from './field.ts';
import {
  type CERTIFICATE_SHAPE,
  ORDER_SHAPE,
  type SUGGESTED_ORG_DETAILS_SHAPE,
  type SuggestedOrganization,
} from './fields.ts';
import { ObjectReader, type RecordProblem, type RecordTerms } from './object-reader.ts';
import type { CertificateStatusWord, OpenWord, OrderStatusWord, SuggestedOrgStatusWord } from './states.ts';

/**
 * The most bytes that an order may take as JSON. Every order that these rules allow fits in UTF-8 (it takes 12.4 MB at
 * most, 3.8 MB in ASCII), and with every character escaped as `\uXXXX`, unless almost all of them are such as take two
 * escapes.
 */
export const ORDER_LIMIT_BYTES = 20 * 1024 * 1024;

/** An order. `readOrderRecord` makes one in canonical form, so equal orders are equal as JSON. */
export interface OrderRecord extends RecordOf<typeof ORDER_SHAPE> {
  /** The login name of the account whose order it is; case-sensitive. */
  readonly account: string;
  /** Canonical decimal, 1–18 digits. */
  readonly orderNumber: string;
  /** RFC 3339 in UTC to the second: `2025-06-11T11:57:00Z`. Only what was observed elsewhere may lack it. */
  readonly orderDateTime?: string;
  /** A word whose meaning {@link orderMeaning} tells. */
  readonly orderStatus: OpenWord<OrderStatusWord>;
  /** With rejected orders, and only with them. */
  readonly orderStatusReason?: string;
  /** The order, of the same account, that this one replaces. */
  readonly replacesOrderNumber?: string;
  /** Only when automatic organisation validation was asked for. */
  readonly suggestedOrgDetails?: SuggestedOrgDetailsRecord;
  /** In the order in which they were added; 1–2,000. */
  readonly certificates: readonly CertificateRecord[];
}

/** How automatic organisation validation went; `organizations` with `Found`, and only then. */
export interface SuggestedOrgDetailsRecord extends RecordOf<typeof SUGGESTED_ORG_DETAILS_SHAPE> {
  readonly status: SuggestedOrgStatusWord;
  /** The matches, best first; at least one. */
  readonly organizations?: readonly SuggestedOrganization[];
}

/** A certificate of an order. */
export interface CertificateRecord extends RecordOf<typeof CERTIFICATE_SHAPE> {
  /** Canonical decimal, 1–16 digits; unique in the whole database. Some certificates have none. */
  readonly certificateID?: string;
  readonly objectType?: string;
  readonly FQDN?: string;
  /** A word whose meaning {@link certificateMeaning} tells. */
  readonly certificateStatus?: OpenWord<CertificateStatusWord>;
  /** With rejected and revoked certificates, and only with them. */
  readonly certificateStatusReason?: string;
  /** Upper-case hex; with issued, expired, revoked and replaced certificates, and only with them. */
  readonly serialNumber?: string;
  /** RFC 3339 in UTC to the second. */
  readonly notBefore?: string;
  /** Likewise. */
  readonly notAfter?: string;
}

/** What {@link readOrderRecord} makes of a value. */
export type OrderRecordResult =
  | { readonly ok: true; readonly record: OrderRecord }
  | { readonly ok: false; readonly problems: readonly RecordProblem[] };

/**
 * Checks a value parsed from JSON and brings it into canonical form. Never throws; finds every problem, up to
 * {@link RECORD_PROBLEMS_LIMIT}.
 *
 * @param terms what is asked of the record, see {@link RecordTerms}.
 */
export function readOrderRecord(value: unknown, terms: RecordTerms = 'fed'): OrderRecordResult {
  const problems: RecordProblem[] = [];
  const reader = new ObjectReader(value, '', problems, terms);
  const record = reader.read(ORDER_SHAPE);
  if (record.orderNumber !== undefined && record.orderNumber === record.replacesOrderNumber) {
    reader.report('replacesOrderNumber', 'an order cannot replace itself');
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, record };
}

/** One line that tells every problem: `certificates[0].FQDN: must not be empty; orderStatus: is missing`. */
export function describeProblems(problems: readonly RecordProblem[]): string {
  return problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
}
