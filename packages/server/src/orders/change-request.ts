/** Requested changes, as functions from the stored record to the new record. */

import {
  CERTIFICATE_FIELDS,
  ORDER_FIELDS,
  type OrderRecord,
  RECORD_PROBLEMS_LIMIT,
  type RecordProblem,
  SUGGESTED_ORG_DETAILS_FIELDS,
  shownName,
} from '@cert-order-status/protocol';
import { mergePatch } from './merge-patch.ts';
import { readRevision } from './read-revision.ts';
import type { BrokenRule } from './rules.ts';

/** An order as the database holds it. */
export interface StoredOrder {
  readonly record: OrderRecord;
  /** Goes up by one with every change; 1 for a new order. */
  readonly version: number;
  /** When it was last changed: RFC 3339 in UTC, to the millisecond. */
  readonly changed: string;
  /** Left out for an order that is not followed at an upstream. */
  readonly following?: Following | undefined;
}

/** How an order is followed at an upstream. */
export interface Following {
  /** The upstream's name, which is for operators alone. */
  readonly upstream: string;
  /** When it was last seen as it is: RFC 3339 in UTC. */
  readonly observed: string;
  /** How often it is asked for, as far as the budget allows; left out while nothing of it is waited for. */
  readonly intervalSeconds?: number | undefined;
}

/** Why a change was not made. */
export type Refusal =
  /** There is no such order, or no such certificate in it. */
  | { readonly kind: 'not found'; readonly message: string }
  /** The order is not in the state that the client expects. */
  | { readonly kind: 'version mismatch'; readonly message: string }
  /** The order would not be one. */
  | { readonly kind: 'invalid'; readonly problems: readonly RecordProblem[] }
  | { readonly kind: 'rules'; readonly broken: readonly BrokenRule[] };

/** What an order is to become, or why it is not. */
type RequestedState = { readonly record: OrderRecord } | { readonly refusal: Refusal };

/** A change of one order. */
export interface ChangeRequest {
  readonly orderNumber: string;
  /** Pure: it may be called again when a transaction has to be repeated. */
  readonly apply: (current: StoredOrder | undefined) => RequestedState;
}

/**
 * What the client expects of the order: that it has one of these versions (in decimal, compared as text, so that
 * nothing is rounded into a match), or none of these, that it exists, or that it does not; or several of these.
 */
export type Precondition =
  | { readonly versions: readonly string[] }
  | { readonly noVersions: readonly string[] }
  | { readonly all: readonly Precondition[] }
  | 'exists'
  | 'is new';

/** Creates the order, or replaces it whole. */
export function putOrder(record: OrderRecord, precondition?: Precondition): ChangeRequest {
  return {
    orderNumber: record.orderNumber,
    apply: (current) => unmetPrecondition(precondition, record.orderNumber, current) ?? { record },
  };
}

/** What to change of an order and its certificates: JSON merge patches (RFC 7396). */
export interface OrderPatch {
  readonly order?: Readonly<Record<string, unknown>>;
  /** By certificate ID. */
  readonly certificates?: ReadonlyMap<string, FieldPatch>;
  /** By the certificate's number within the order, from 1: for those without an ID. */
  readonly certificatesByNumber?: ReadonlyMap<number, FieldPatch>;
}

type FieldPatch = Readonly<Record<string, unknown>>;

/** Changes some fields of an order that exists. */
export function patchOrder(
  orderNumber: string,
  patch: OrderPatch,
  precondition?: Precondition,
): ChangeRequest {
  const { order = {}, certificates = new Map(), certificatesByNumber = new Map() } = patch;
  return {
    orderNumber,
    apply: (current) => {
      const refused = unmetPrecondition(precondition, orderNumber, current);
      if (refused !== undefined) return refused;
      if (current === undefined) return notFound(`there is no order ${orderNumber}`);
      const { record } = current;
      const problems = [...unknownRemovals(patch)];
      if (problems.length > 0) return invalid(problems);
      const held = new Set(record.certificates.map(({ certificateID }) => certificateID));
      for (const certificateID of certificates.keys()) {
        if (!held.has(certificateID)) {
          return notFound(`there is no certificate ${certificateID} in order ${orderNumber}`);
        }
      }
      for (const number of certificatesByNumber.keys()) {
        if (record.certificates[number - 1] === undefined) {
          return notFound(`there is no certificate number ${number} in order ${orderNumber}`);
        }
      }
      const patched = record.certificates.map((certificate, index) => {
        const { certificateID } = certificate;
        const byID = certificateID === undefined ? undefined : certificates.get(certificateID);
        return mergePatch(mergePatch(certificate, byID ?? {}), certificatesByNumber.get(index + 1) ?? {});
      });
      return revisionOf(record, mergePatch({ ...record, certificates: patched }, order));
    },
  };
}

/** Nulls for fields that no order has: merging would drop them without a word. The record's reader finds all else. */
function* unknownRemovals({
  order = {},
  certificates = new Map(),
  certificatesByNumber = new Map(),
}: OrderPatch): Iterable<RecordProblem> {
  const suggested: Readonly<Record<string, unknown>> = Object(order['suggestedOrgDetails']);
  const parts = [
    [order, ORDER_FIELDS, ''],
    [suggested, SUGGESTED_ORG_DETAILS_FIELDS, 'suggestedOrgDetails.'],
    ...[...certificates.values(), ...certificatesByNumber.values()].map(
      (patch) => [patch, CERTIFICATE_FIELDS, ''] as const,
    ),
  ] as const;
  for (const [patch, known, path] of parts) {
    const unknown = Object.keys(patch).filter((name) => patch[name] === null && !isIn(known, name));
    for (const name of unknown.slice(0, RECORD_PROBLEMS_LIMIT)) {
      yield { path: path + shownName(name), message: 'is not a field of this record' };
    }
  }
}

function isIn(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

/** The numbers of an order and of its certificates say which ones are meant: a patch cannot change them. */
function revisionOf(before: OrderRecord, patched: unknown): RequestedState {
  const read = readRevision(before, patched);
  if (!read.ok) return invalid(read.problems);
  const { record } = read;
  if (record.orderNumber !== before.orderNumber) {
    return invalid([{ path: 'orderNumber', message: `must be ${before.orderNumber}, or left out` }]);
  }
  return { record };
}

/** Why the order is not as expected; undefined when it is. */
export function unmetPrecondition(
  precondition: Precondition | undefined,
  orderNumber: string,
  current: StoredOrder | undefined,
): { readonly refusal: Refusal } | undefined {
  if (precondition === undefined) return undefined;
  if (precondition === 'is new') {
    return current && versionMismatch(`order ${orderNumber} exists already, with version ${current.version}`);
  }
  if (typeof precondition === 'object' && 'all' in precondition) {
    for (const each of precondition.all) {
      const refused = unmetPrecondition(each, orderNumber, current);
      if (refused !== undefined) return refused;
    }
    return undefined;
  }
  if (typeof precondition === 'object' && 'noVersions' in precondition) {
    if (current === undefined || !precondition.noVersions.includes(String(current.version))) return undefined;
    return versionMismatch(
      `order ${orderNumber} has version ${current.version}, which If-None-Match excludes`,
    );
  }
  if (current === undefined) return versionMismatch(`there is no order ${orderNumber}`);
  if (precondition === 'exists' || precondition.versions.includes(String(current.version))) return undefined;
  return versionMismatch(
    `order ${orderNumber} has version ${current.version} by now; read it again and decide anew`,
  );
}

function notFound(message: string): RequestedState {
  return { refusal: { kind: 'not found', message } };
}

function versionMismatch(message: string): { readonly refusal: Refusal } {
  return { refusal: { kind: 'version mismatch', message } };
}

function invalid(problems: readonly RecordProblem[]): RequestedState {
  return { refusal: { kind: 'invalid', problems } };
}
