/** How an order must fit into the database, in any state. */

import type { OrderRecord } from '@cert-order-status/protocol';
import { certificateName, matchCertificates } from './certificate-identity.ts';
import type { BrokenRule } from './rules.ts';

/** What the database holds about an order, as far as other orders are concerned. */
export type PlacedOrder = Pick<OrderRecord, 'account' | 'replacesOrderNumber'>;

/** Where an order is followed. */
export interface FollowedPlace {
  /** The upstream's name. */
  readonly upstream: string;
  /** The account here whose order it is. */
  readonly account: string;
}

/** The parts of the database that an order touches. */
export interface PlacementContext {
  hasAccount(loginName: string): boolean;
  /** Undefined for an order that is not followed. */
  followed(orderNumber: string): FollowedPlace | undefined;
  /** The number of the order that holds the certificate, if one does. */
  holderOf(certificateID: string): string | undefined;
}

/**
 * The first rule that the order's place in the database would break.
 *
 * @param before the order in the database, if it is there.
 * @param observedAt the upstream where it was observed to be so; left out when it was not.
 */
export function brokenPlacementRule(
  record: OrderRecord,
  before: OrderRecord | undefined,
  context: PlacementContext,
  observedAt?: string,
): BrokenRule | undefined {
  const { account, orderNumber } = record;
  const conflict = followConflict(record, context.followed(orderNumber), observedAt);
  if (conflict !== undefined) {
    return { rule: 'followed-order', field: 'orderNumber', message: conflict };
  }
  if (!context.hasAccount(account)) {
    return {
      rule: 'account-exists',
      field: 'account',
      message: `account '${account}' does not exist; add it first`,
    };
  }
  if (before !== undefined && before.account !== account) {
    return {
      rule: 'account-never-changes',
      field: 'account',
      message: `order ${orderNumber} belongs to another account, and an order's account never changes`,
    };
  }
  for (const [index, { certificateID }] of record.certificates.entries()) {
    const holder = certificateID === undefined ? undefined : context.holderOf(certificateID);
    if (holder !== undefined && holder !== orderNumber) {
      return {
        rule: 'certificate-in-one-order',
        field: `certificates[${index}].certificateID`,
        message: `certificate ${certificateID} belongs to order ${holder}`,
      };
    }
  }
  const lost = before && lostCertificate(before, record);
  if (lost !== undefined) {
    return {
      rule: 'certificate-never-removed',
      field: 'certificates',
      message: `${lost} of order ${orderNumber} is left out, and a certificate is never removed`,
    };
  }
  return undefined;
}

/** Why an order cannot be changed by hand, as it is followed, or by what was observed, as it is not, or no longer. */
function followConflict(
  { account, orderNumber }: OrderRecord,
  followed: FollowedPlace | undefined,
  observedAt: string | undefined,
): string | undefined {
  if (observedAt === undefined) {
    return (
      followed &&
      `order ${orderNumber} is followed at upstream '${followed.upstream}': only what is observed there changes it; unfollow it first (cert-order-status upstream unfollow ${followed.upstream} ${orderNumber})`
    );
  }
  if (followed?.upstream === observedAt && followed.account === account) return undefined;
  return `order ${orderNumber} is not followed at upstream '${observedAt}' for account '${account}'`;
}

/** What messages call the first certificate that is no longer there. */
function lostCertificate({ certificates }: OrderRecord, after: OrderRecord): string | undefined {
  const kept = new Set(matchCertificates(certificates, after.certificates));
  const index = certificates.findIndex((_, place) => !kept.has(place));
  const lost = certificates[index];
  return lost && certificateName(lost, index + 1);
}

/**
 * The rule that the order's link to the order it replaces would break. Whether links come back to where they
 * started is checked by the client, which can follow them.
 */
export function brokenLinkRule(
  { account, replacesOrderNumber }: PlacedOrder,
  replaced: Pick<PlacedOrder, 'account'> | undefined,
): BrokenRule | undefined {
  if (replacesOrderNumber === undefined) return undefined;
  const field = 'replacesOrderNumber';
  if (replaced === undefined) {
    const message = `order ${replacesOrderNumber}, which it replaces, does not exist`;
    return { rule: 'replaced-order-exists', field, message };
  }
  if (replaced.account !== account) {
    const message = `order ${replacesOrderNumber}, which it replaces, belongs to another account`;
    return { rule: 'replaced-order-of-same-account', field, message };
  }
  return undefined;
}

/** What is broken by an order whose links lead back to itself. */
export function loopOfReplacements(orderNumber: string): BrokenRule {
  return {
    rule: 'replacements-never-loop',
    field: 'replacesOrderNumber',
    message: `order ${orderNumber} would replace itself through other replacements`,
  };
}
