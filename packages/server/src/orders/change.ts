/** A change of the order database, as it stands in the history. */

import type { OrderRecord } from '@cert-order-status/protocol';
import type { Difference } from './differences.ts';
import type { RuleName } from './rules.ts';

/**
 * What kinds of authors there are: a token of the management API, a user of the command line, the service by itself,
 * and a server that is followed.
 */
export const AUTHOR_KINDS = ['token', 'command line', 'service', 'upstream'] as const;

/** Who made a change. */
export interface Author {
  readonly kind: (typeof AUTHOR_KINDS)[number];
  /** The token's name, the operating system's user, the service's task, such as `expiry`, or the name of the server. */
  readonly name: string;
}

/** One change of one order. A change is never changed itself. */
export type Change = {
  /** Its place in the database's history: opaque, and later for what came later. */
  readonly cursor: string;
  readonly orderNumber: string;
  /** The order's version since this change; counted from 1. */
  readonly version: number;
  /** When: RFC 3339 in UTC, to the millisecond. */
  readonly at: string;
  readonly by: Author;
  /** Why rules were waived, as given by the author of the forced change. */
  readonly reason?: string;
  /**
   * The rules that it breaks: by force if there is a reason, as it was observed so if the author is an upstream, else
   * because an import took the order as it was.
   */
  readonly waivedRules?: readonly RuleName[];
} & (
  | { readonly kind: 'created' /** As it was created. */; readonly order: OrderRecord }
  | { readonly kind: 'changed'; readonly differences: readonly Difference[] }
);

/**
 * When a change was observed at an upstream, where it was made at some time before; undefined for one that was made
 * here.
 */
export function observedAtOf({ by, at }: Pick<Change, 'by' | 'at'>): string | undefined {
  return by.kind === 'upstream' ? at : undefined;
}

/** A change to be written down; its cursor is its place behind those that are there. */
export type NewChange = Omit<Change, 'cursor' | 'at'> &
  (
    | Pick<Change & { kind: 'created' }, 'kind' | 'order'>
    | Pick<Change & { kind: 'changed' }, 'kind' | 'differences'>
  ) & {
    /** In milliseconds since 1970. */
    readonly madeMs: number;
    /** Whether webhooks do not tell of it. */
    readonly isSilent?: boolean | undefined;
  };
