/** One turn of an upstream: an order that is due is asked for, and what comes back is written down. */

import type { ReceivedOrder, ReceivedOrderStatus } from '@cert-order-status/protocol';
import type { Lease } from '../lease.ts';
import type { ChangeRequest, Refusal } from '../orders/change-request.ts';
import { describeRefusal } from '../orders/describe-refusal.ts';
import type { OrderStore } from '../orders/order-store.ts';
import { type AskResult, UpstreamChanged } from './ask-upstream.ts';
import type { ClaimedOrder, FollowedOrders, RequestOutcome } from './followed-orders.ts';
import {
  type ObservedOrder,
  observeOrder,
  predecessorOf,
  type ReceivedReplacement,
  replacementsIn,
} from './observation.ts';
import { ObservationNotes } from './observation-notes.ts';
import { afterFailure, afterStatus, afterUnknown, type Random } from './polling-policy.ts';
import type { Upstream, UpstreamProblem } from './upstream.ts';

/** How far back the predecessors of an order are looked up. */
const PREDECESSORS_LIMIT = 100;
/** The most characters of what is said of a response that could not be stored. */
const PROBLEM_LIMIT = 500;

/** What became of a request, for counting. */
export type RequestKind = 'observed' | 'unknown-order' | 'no-validity-period' | UpstreamProblem;

/** What upstreams are polled with. */
export interface PollParts {
  readonly store: {
    readonly orders: Pick<OrderStore, 'change' | 'placed'>;
    readonly followedOrders: Pick<FollowedOrders, 'claim' | 'record' | 'refresh' | 'follow' | 'followedAt'>;
  };
  /** Sends one request, see `askUpstream`. */
  readonly ask: (upstream: Upstream, orderNumber: string, signal: AbortSignal) => Promise<AskResult>;
  readonly random: Random;
  /** Is told of each request, once it is written down. */
  readonly onRequest: (upstream: Upstream, kind: RequestKind, message?: string) => void;
}

/**
 * Asks for the order that is due, if there is one that may be asked for now.
 *
 * @param signal ends the request.
 * @returns for how long to wait before the next turn, in milliseconds.
 * @throws {LeaseLost} when the lease no longer holds; nothing is written then.
 */
export async function pollUpstream(
  parts: PollParts,
  upstreamID: string,
  lease: Lease,
  signal: AbortSignal,
): Promise<number> {
  const { followedOrders } = parts.store;
  const claim = await followedOrders.claim(upstreamID, lease);
  if (claim.kind === 'wait') return claim.waitMs;
  const { upstream, order } = claim;
  const result = await parts.ask(upstream, order.orderNumber, signal).catch(async (error: unknown) => {
    if (!(error instanceof UpstreamChanged)) throw error;
    // Its turn was in vain: it has the next one.
    await followedOrders.refresh(upstreamID, [order.orderNumber]);
    return undefined;
  });
  if (result === undefined) return 0;
  const outcome = await outcomeOf(parts, claim, result, lease);
  await followedOrders.record(upstreamID, order.orderNumber, outcome, lease);
  if (result.kind === 'problem') parts.onRequest(upstream, result.problem, result.message);
  else parts.onRequest(upstream, KINDS[result.kind]);
  return 0;
}

const KINDS = {
  status: 'observed',
  'unknown order': 'unknown-order',
  'no validity period': 'no-validity-period',
} as const satisfies Partial<Record<AskResult['kind'], RequestKind>>;

interface Asked {
  readonly upstream: Upstream;
  readonly order: ClaimedOrder;
}

async function outcomeOf(
  parts: PollParts,
  asked: Asked,
  result: AskResult,
  lease: Lease,
): Promise<RequestOutcome> {
  const { upstream, order } = asked;
  switch (result.kind) {
    case 'no validity period':
      return { kind: 'no validity period' };
    case 'unknown order':
      return { kind: 'answered', ...afterUnknown(order, parts.random), isObserved: false, notes: [] };
    case 'problem': {
      const { problem, message, retryAfterMs } = result;
      const [upstreamFailures, orderFailures] = [upstream.problem?.failures ?? 0, order.failures];
      const failure = { problem, retryAfterMs, upstreamFailures, orderFailures };
      return { kind: 'failed', problem, message, ...afterFailure(upstream, failure, parts.random) };
    }
    case 'status':
      return await storeObservation(parts, asked, result.status, lease);
  }
}

/** Follows the replacements of a response, and changes all of its orders at once. */
async function storeObservation(
  { store, random }: PollParts,
  { upstream, order }: Asked,
  status: ReceivedOrderStatus,
  lease: Lease,
): Promise<RequestOutcome> {
  const { account, orderNumber } = order;
  const notes = new ObservationNotes();
  notes.addUnknown(status.extra);
  const replacements = await followReplacements(
    store,
    { upstream, order },
    replacementsIn(status, orderNumber, notes),
    notes,
    lease,
  );
  const predecessors =
    replacements.length === 0 ? new Set<string>() : await predecessorsOf(store.orders, orderNumber);
  const changes = [
    new ObservedChange({ account, orderNumber }, status.orders[0], (before) => before),
    ...replacements.map(
      ({ orderNumber: number, received }) =>
        new ObservedChange({ account, orderNumber: number }, received, (before, own) =>
          predecessorOf({ orderNumber: number, before }, { asked: orderNumber, predecessors }, own),
        ),
    ),
  ];
  const by = { kind: 'upstream', name: upstream.name } as const;
  const outcomes = await store.orders.change(changes, by, { exemption: { kind: 'observed' }, lease });
  const alsoObserved: string[] = [];
  for (const [index, change] of changes.entries()) {
    const outcome = outcomes[index];
    const where = index === 0 ? '' : `order ${change.orderNumber}: `;
    for (const note of change.notes) notes.add(where + note);
    if (index === 0) continue;
    if (outcome?.kind === 'refused') notes.add(where + describeRefusal(outcome.refusal));
    else alsoObserved.push(change.orderNumber);
  }
  const [outcome] = outcomes;
  if (outcome === undefined || outcome.kind === 'refused') {
    const { state, step } = order;
    const problem = outcome && describeRefusal(outcome.refusal).slice(0, PROBLEM_LIMIT);
    const nextRequestInMs = upstream.intervalSeconds * 1000;
    return {
      kind: 'answered',
      state,
      step,
      nextRequestInMs,
      isObserved: false,
      problem,
      notes: notes.list(),
    };
  }
  const schedule = afterStatus(
    upstream,
    order,
    { record: outcome.order.record, hasChanged: outcome.kind !== 'unchanged' },
    random,
  );
  return { kind: 'answered', ...schedule, isObserved: true, alsoObserved, notes: notes.list() };
}

/** What a response makes of one order. */
class ObservedChange implements ChangeRequest {
  readonly orderNumber: string;
  readonly #order: Pick<ObservedOrder, 'account' | 'orderNumber'>;
  readonly #received: ReceivedOrder;
  readonly #link: (before: string | undefined, notes: ObservationNotes) => string | undefined;
  /** Of the latest call of `apply`. */
  notes: readonly string[] = [];

  /** @param link the order that it replaces, from the one that it replaces as known. */
  constructor(
    order: Pick<ObservedOrder, 'account' | 'orderNumber'>,
    received: ReceivedOrder = { certificates: [] },
    link: (before: string | undefined, notes: ObservationNotes) => string | undefined,
  ) {
    this.orderNumber = order.orderNumber;
    this.#order = order;
    this.#received = received;
    this.#link = link;
  }

  readonly apply: ChangeRequest['apply'] = (current) => {
    const notes = new ObservationNotes();
    const before = current?.record;
    const replacesOrderNumber = this.#link(before?.replacesOrderNumber, notes);
    const record = observeOrder(before, this.#received, { ...this.#order, replacesOrderNumber }, notes);
    this.notes = notes.list();
    return record === undefined ? { refusal: NO_RECORD } : { record };
  };
}

const NO_RECORD: Refusal = {
  kind: 'invalid',
  problems: [{ path: '', message: 'no record can hold what the response says' }],
};

/** Follows those that are new, and leaves out those that are not for this upstream and account to change. */
async function followReplacements(
  { followedOrders }: PollParts['store'],
  { upstream: { upstreamID }, order: { account } }: Asked,
  replacements: readonly ReceivedReplacement[],
  notes: ObservationNotes,
  lease: Lease,
): Promise<readonly ReceivedReplacement[]> {
  if (replacements.length === 0) return [];
  const followed = await followedOrders.followedAt(replacements.map(({ orderNumber }) => orderNumber));
  const others = replacements.filter(({ orderNumber }) => {
    const at = followed.get(orderNumber);
    return at?.upstreamID !== upstreamID || at.account !== account;
  });
  if (others.length === 0) return replacements;
  const { refused } = await followedOrders.follow(
    upstreamID,
    others.map(({ orderNumber }) => ({ orderNumber, account })),
    lease,
  );
  const reasons = new Map(refused.map(({ orderNumber, message }) => [orderNumber, message]));
  return replacements.filter(({ orderNumber }) => {
    const reason = reasons.get(orderNumber);
    if (reason !== undefined) notes.add(`order ${orderNumber} left out: ${reason}`);
    return reason === undefined;
  });
}

/** The orders that an order replaces, directly or through others. */
async function predecessorsOf(
  orders: Pick<OrderStore, 'placed'>,
  orderNumber: string,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let number = orderNumber; found.size < PREDECESSORS_LIMIT; ) {
    const before = (await orders.placed([number])).get(number)?.replacesOrderNumber;
    if (before === undefined || found.has(before)) break;
    found.add(before);
    number = before;
  }
  return found;
}
