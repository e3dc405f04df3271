/**
 * Decides on a change: what every engine does with it between reading and writing. A change is refused by its own
 * request (`change-request.ts`), by the orders around it (`placement-rules.ts`), or by the rules for the order itself
 * (`apply-rules.ts`).
 */

import {
  AWAITING_MEANINGS,
  type CertificateRecord,
  certificateMeaning,
  type OrderRecord,
} from '@cert-order-status/protocol';
import { applyRules } from './apply-rules.ts';
import type { Author, NewChange } from './change.ts';
import type { ChangeRequest, StoredOrder } from './change-request.ts';
import { differencesBetween } from './differences.ts';
import type { ChangeOutcome } from './order-store.ts';
import {
  brokenLinkRule,
  brokenPlacementRule,
  loopOfReplacements,
  type PlacedOrder,
  type PlacementContext,
} from './placement-rules.ts';
import type { BrokenRule, Exemption } from './rules.ts';

/** The database as far as a change must know it. */
export interface ChangeContext extends PlacementContext {
  get(orderNumber: string): StoredOrder | undefined;
  placed(orderNumber: string): PlacedOrder | undefined;
  /** Whether the one order replaces the other, directly or through others. */
  replaces(orderNumber: string, earlier: string): boolean;
}

/** Who changes orders, when, and which rules they may break. */
export interface ChangeTerms {
  readonly by: Author;
  /** In milliseconds since 1970. */
  readonly madeMs: number;
  readonly exemption: Exemption | undefined;
  /** Whether webhooks do not tell of the changes. */
  readonly isSilent?: boolean | undefined;
}

/** The outcome of a change, and what is to be written for it, if anything. */
export interface Decision {
  readonly outcome: ChangeOutcome;
  readonly write?: {
    readonly order: StoredOrder;
    readonly before: OrderRecord | undefined;
    readonly change: NewChange;
  };
}

/** Decides on a change as the database is now. */
export function decideChange(
  { orderNumber, apply }: ChangeRequest,
  context: ChangeContext,
  { by, madeMs, exemption, isSilent }: ChangeTerms,
): Decision {
  const current = context.get(orderNumber);
  const revision = apply(current);
  if ('refusal' in revision) return { outcome: { kind: 'refused', refusal: revision.refusal } };
  const wanted = revision.record;
  const before = current?.record;
  const observedAt = exemption?.kind === 'observed' ? by.name : undefined;
  const misplaced =
    brokenPlacementRule(wanted, before, context, observedAt) ?? brokenLink(wanted, before, context);
  if (misplaced !== undefined) return refused([misplaced]);
  const applied = applyRules(before, wanted, exemption);
  if (!applied.isLegal) return refused(applied.broken);
  const { record, waivedRules, adjustments } = applied;
  if (current !== undefined && isSame(current.record, record)) {
    return { outcome: { kind: 'unchanged', order: current, adjustments } };
  }

  const version = (current?.version ?? 0) + 1;
  const order = { record, version, changed: new Date(madeMs).toISOString() };
  const change: NewChange = {
    orderNumber,
    version,
    madeMs,
    isSilent,
    by,
    ...(exemption?.kind === 'forced' && { reason: exemption.reason }),
    ...(waivedRules.length > 0 && { waivedRules }),
    ...(before === undefined
      ? { kind: 'created', order: record }
      : { kind: 'changed', differences: differencesBetween(before, record) }),
  };
  return {
    outcome: { kind: before === undefined ? 'created' : 'changed', order, adjustments },
    write: { order, before, change },
  };
}

/** Whether a change of an order that is there issues a certificate of it that was being waited for. */
export function isIssue(change: NewChange): boolean {
  if (change.kind === 'created') return false;
  return change.differences.some(
    ({ field, before, after }) =>
      field === 'certificateStatus' &&
      certificateMeaning(String(after)) === 'issued' &&
      AWAITING_MEANINGS.includes(certificateMeaning(String(before))),
  );
}

function brokenLink(
  record: OrderRecord,
  before: OrderRecord | undefined,
  context: ChangeContext,
): BrokenRule | undefined {
  const { orderNumber, replacesOrderNumber } = record;
  if (replacesOrderNumber === undefined || replacesOrderNumber === before?.replacesOrderNumber) {
    return undefined;
  }
  const broken = brokenLinkRule(record, context.placed(replacesOrderNumber));
  // Nothing replaces an order that is not there yet, so only one that is can close a loop.
  if (broken !== undefined || before === undefined) return broken;
  return context.replaces(replacesOrderNumber, orderNumber) ? loopOfReplacements(orderNumber) : undefined;
}

function refused(broken: readonly BrokenRule[]): Decision {
  return { outcome: { kind: 'refused', refusal: { kind: 'rules', broken } } };
}

/** Records are canonical, so equal ones are equal as JSON. */
export function isSame(
  one: OrderRecord | CertificateRecord | undefined,
  other: OrderRecord | CertificateRecord,
): boolean {
  return one !== undefined && JSON.stringify(one) === JSON.stringify(other);
}
