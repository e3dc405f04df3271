/** An order's history as its account may see it: which public field changed, to what, and when; never who, or why. */

import {
  CERTIFICATE_FIELDS,
  CHECKS,
  type CheckName,
  type CheckStatus,
  ORDER_FIELDS,
} from '@cert-order-status/protocol';
import type { Change } from '../orders/change.ts';
import type { Difference } from '../orders/differences.ts';
import { CHECK_LABELS, CHECK_STATES } from './words.ts';

/** What happened at one moment. */
export interface HistoryEvent {
  /** RFC 3339. */
  readonly at: string;
  readonly happened: readonly Happening[];
}

/** One field's new value, in words. */
interface Happening {
  /** Of a certificate, if it is one's. */
  readonly certificateID?: string;
  readonly what: string;
  /** Left out when the field is there no longer. */
  readonly to?: string;
  /** A state of the order or of a certificate: drawn larger than the rest. */
  readonly isMilestone: boolean;
}

const LABELS: Readonly<Record<string, string>> = {
  orderDateTime: 'Order date',
  orderStatus: 'Order',
  orderStatusReason: 'Reason',
  replacesOrderNumber: 'Replaces order',
  suggestedOrgDetails: 'Suggested organisations',
  objectType: 'Type',
  FQDN: 'Domain name',
  certificateStatus: 'Certificate',
  certificateStatusReason: 'Reason',
  serialNumber: 'Serial number',
  ...CHECK_LABELS,
};

/** Whose order it is, is not for whoever has a link to it. */
const NOT_SHOWN: readonly string[] = ['account', 'orderNumber', 'certificateID', 'certificates'];
const PUBLIC: readonly string[] = [...ORDER_FIELDS, ...CERTIFICATE_FIELDS].filter(
  (field) => !NOT_SHOWN.includes(field),
);

/** The newest first. */
export function publicHistory(changes: readonly Change[]): HistoryEvent[] {
  return changes
    .map((change) => ({ at: change.at, happened: happenedIn(change) }))
    .filter(({ happened }) => happened.length > 0)
    .reverse();
}

function happenedIn(change: Change): Happening[] {
  if (change.kind === 'created') {
    return [{ what: 'Order', to: `${change.order.orderStatus}, on record since then`, isMilestone: true }];
  }
  return change.differences.flatMap(happeningOf);
}

function happeningOf({ certificateID, field, after }: Difference): Happening[] {
  if (field === 'certificates') {
    const { certificateID: added } = after as { certificateID: string };
    return [{ certificateID: added, what: 'Certificate', to: 'added to the order', isMilestone: true }];
  }
  if (!PUBLIC.includes(field)) return [];
  return [
    {
      ...(certificateID !== undefined && { certificateID }),
      what: LABELS[field] ?? field,
      ...(after !== undefined && { to: shown(field, after) }),
      isMilestone: field === 'orderStatus' || field === 'certificateStatus',
    },
  ];
}

function shown(field: string, value: unknown): string {
  if (CHECKS.includes(field as CheckName)) return CHECK_STATES[value as CheckStatus].word;
  if (field === 'suggestedOrgDetails') return (value as { status: string }).status;
  return String(value);
}
