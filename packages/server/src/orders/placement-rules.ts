/** What an order must agree with in the book around it, whatever its own state. */

import type { OrderRecord } from '@cert-order-status/protocol';

/** What the book holds about an order, as far as other orders are concerned. */
export interface PlacedOrder {
  /** The login name of the account whose order it is. */
  readonly account: string;
  readonly replacesOrderNumber?: string;
  /** In the order in which they were added. */
  readonly certificateIDs: readonly string[];
}

/** The parts of the book that an order touches. */
export interface Surroundings {
  hasAccount(loginName: string): boolean;
  /** The order in the book, if it is there. */
  order(orderNumber: string): PlacedOrder | undefined;
  /** The number of the order that holds the certificate, if one does. */
  holderOf(certificateID: string): string | undefined;
}

/** The first rule that putting the order into the book would break, in words, or undefined. */
export function brokenPlacementRule(record: OrderRecord, book: Surroundings): string | undefined {
  if (!book.hasAccount(record.account)) {
    return `account '${record.account}' does not exist; add it first (cert-order-status account add)`;
  }
  const placed = book.order(record.orderNumber);
  if (placed !== undefined && placed.account !== record.account) {
    return `order ${record.orderNumber} belongs to another account, and an order's account never changes`;
  }
  const kept = new Set<string>();
  for (const { certificateID } of record.certificates) {
    kept.add(certificateID);
    const holder = book.holderOf(certificateID);
    if (holder !== undefined && holder !== record.orderNumber) {
      return `certificate ${certificateID} belongs to order ${holder}`;
    }
  }
  const lost = placed?.certificateIDs.find((certificateID) => !kept.has(certificateID));
  if (lost !== undefined) {
    return `certificate ${lost} of order ${record.orderNumber} is left out, and a certificate is never removed`;
  }
  return undefined;
}

/**
 * The rule that the order's link to the order it replaces would break, in words, or undefined. Whether links
 * come back to where they started is for the caller, who can follow them.
 */
export function brokenLinkRule(
  record: Pick<OrderRecord, 'account' | 'replacesOrderNumber'>,
  replaced: Pick<PlacedOrder, 'account'> | undefined,
): string | undefined {
  if (record.replacesOrderNumber === undefined) return undefined;
  if (replaced === undefined) return `order ${record.replacesOrderNumber}, which it replaces, does not exist`;
  if (replaced.account !== record.account) {
    return `order ${record.replacesOrderNumber}, which it replaces, belongs to another account`;
  }
  return undefined;
}

/** What is said of an order whose links lead back to itself. */
export function loopOfReplacements(orderNumber: string): string {
  return `order ${orderNumber} would replace itself through other replacements`;
}
