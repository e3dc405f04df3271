/** An order's history as its account may see it: which public field changed, to what, and when; never who, or why. */

import {
  CERTIFICATE_SHAPE,
  CHECK_STATUSES,
  CHECKS,
  fieldsOf,
  ORDER_SHAPE,
} from '@cert-order-status/protocol';
import { certificateName } from '../orders/certificate-identity.ts';
import type { Change } from '../orders/change.ts';
import type { Difference } from '../orders/differences.ts';
import { FIELD_LABELS, fieldValue } from './field-labels.ts';
import { CHECK_STATES } from './labels.ts';

/** The changed fields of one change. */
export interface HistoryEvent {
  /** RFC 3339. */
  readonly at: string;
  readonly changedFields: readonly ChangedField[];
  /** How many further fields changed, which are not shown. */
  readonly more: number;
}

/** How many fields of one change are shown: it may have changed every check of two thousand certificates. */
const CHANGED_FIELDS_SHOWN = 20;

/** One field's new value, as text. */
interface ChangedField {
  /**
   * What the certificate is called whose field it is, if it is one's: `certificate 5550001`, `certificate number 2`.
   */
  readonly certificate?: string | undefined;
  readonly what: string;
  /** Left out when the field is there no longer. */
  readonly to?: string | undefined;
  /** A state of the order or of a certificate: drawn larger than the rest. */
  readonly isMilestone: boolean;
}

const CHECK_NAMES: ReadonlySet<string> = new Set(CHECKS);

const LABEL_BY_FIELD: ReadonlyMap<string, string> = new Map(Object.entries(FIELD_LABELS));
const SHOWN: ReadonlySet<string> = new Set(LABEL_BY_FIELD.keys());
/** A link shows one order, nothing of others, and no personal data. */
const SHOWN_BY_LINK: ReadonlySet<string> = new Set(
  [...fieldsOf(ORDER_SHAPE), ...fieldsOf(CERTIFICATE_SHAPE)]
    .filter(
      ([name, { privacy }]) => privacy === 'public' && SHOWN.has(name) && name !== 'replacesOrderNumber',
    )
    .map(([name]) => name),
);

/**
 * The newest first.
 *
 * @param changes the newest first, too.
 * @param reader the reader: the order's account, or the holder of a share link.
 */
export function publicHistory(changes: readonly Change[], reader: 'account' | 'link'): HistoryEvent[] {
  const fields = reader === 'account' ? SHOWN : SHOWN_BY_LINK;
  return changes.flatMap((change) => {
    const changedFields = changedFieldsOf(change, fields);
    if (changedFields.length === 0) return [];
    const more = Math.max(0, changedFields.length - CHANGED_FIELDS_SHOWN);
    return [{ at: change.at, changedFields: changedFields.slice(0, CHANGED_FIELDS_SHOWN), more }];
  });
}

function changedFieldsOf(change: Change, fields: ReadonlySet<string>): ChangedField[] {
  if (change.kind === 'created') {
    return [{ what: 'Order', to: `${change.order.orderStatus}, recorded since then`, isMilestone: true }];
  }
  return change.differences.flatMap((difference) => changedFieldOf(difference, fields));
}

function changedFieldOf(
  { certificate, certificateID, field, after }: Difference,
  fields: ReadonlySet<string>,
): ChangedField[] {
  const isOfCertificate = certificate !== undefined || certificateID !== undefined;
  if (field === 'certificates') {
    const name = certificateName({ certificateID: textIn(after, 'certificateID') }, certificate ?? 0);
    return [{ certificate: name, what: 'Certificate', to: 'added to the order', isMilestone: true }];
  }
  if (!fields.has(field)) return [];
  const what = LABEL_BY_FIELD.get(field) ?? field;
  const isMilestone = field === 'orderStatus' || field === 'certificateStatus';
  const to = after === undefined ? {} : { to: shown(field, after) };
  const which = isOfCertificate ? { certificate: certificateName({ certificateID }, certificate ?? 0) } : {};
  return [{ ...which, what, ...to, isMilestone }];
}

function shown(field: string, value: unknown): string {
  const state = CHECK_NAMES.has(field) ? CHECK_STATUSES.find((status) => status === value) : undefined;
  if (state !== undefined) return CHECK_STATES[state].word;
  return fieldValue(field, field === 'suggestedOrgDetails' ? textIn(value, 'status') : value);
}

/** A field of a value that is a record or a part of one. */
function textIn(value: unknown, field: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const text = new Map<string, unknown>(Object.entries(value)).get(field);
  return text === undefined ? undefined : String(text);
}
