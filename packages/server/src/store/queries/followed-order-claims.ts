/** Whose turn it is: the schedule of requests to upstreams, within their budgets. */

import type { Lease } from '../../lease.ts';
import {
  LONGEST_BACKOFF_MS,
  longestWaitMs,
  quietEndMs,
  SLOTS_AHEAD,
  slotMs,
} from '../../upstreams/budget.ts';
import type { Claim, FollowedState } from '../../upstreams/followed-orders.ts';
import type { Upstream } from '../../upstreams/upstream.ts';
import { requireLeaseOn } from './job-leases.ts';
import { all, clockMs, run, type Sql, type Steps } from './sql.ts';
import { countedByHour, lockUpstreamOn, type UpstreamRow, upstreamOf } from './upstreams.ts';

/** After so long it is looked again, in milliseconds: people may have changed something. */
const LONGEST_PAUSE_MS = 60_000;

/** An order that may have its turn: the first of its queue, or the last. */
interface Candidate {
  readonly orderNumber: string;
  readonly account: string;
  readonly state: FollowedState;
  readonly queue: number;
  readonly nextRequest: number;
  readonly step: number;
  readonly failures: number;
  readonly isLast: number;
}

/** One end of a queue of the upstream ?1, by its index. */
const endOf = (queue: number, end: 'first' | 'last') => {
  const direction = end === 'first' ? 'ASC' : 'DESC';
  return `SELECT * FROM (
    SELECT "orderNumber", "accountID", state, queue, "nextRequest", step, failures, ${end === 'last' ? 1 : 0} AS "isLast"
    FROM "followedOrder" WHERE "upstreamID" = ?1 AND queue = ${queue} AND "nextRequest" IS NOT NULL
    ORDER BY "nextRequest" ${direction}, "orderNumber" ${direction} LIMIT 1) AS ${end}${queue}`;
};

/** The candidates: five rows at most, however many orders are followed. */
const CANDIDATES = `
  SELECT CAST(f."orderNumber" AS text) AS "orderNumber", a."loginName" AS account, f.state, f.queue, f."nextRequest",
    f.step, f.failures, f."isLast"
  FROM (${[endOf(0, 'first'), endOf(1, 'first'), endOf(2, 'first'), endOf(3, 'first'), endOf(2, 'last')].join(' UNION ALL ')}) f
  JOIN account a ON a."accountID" = f."accountID"`;

/** See `FollowedOrders.claim`. */
export function claimOn(sql: Sql, clock = clockMs): (upstreamID: string, lease: Lease) => Promise<Claim> {
  const lockUpstream = lockUpstreamOn(sql);
  const requireLease = requireLeaseOn(sql);
  const countInBudget = countInBudgetOn(sql);
  const candidates = sql.query<Candidate>(CANDIDATES);
  const putOff = sql.change(`
    UPDATE "followedOrder" SET queue = ?2, "lastRequest" = ?3, "nextRequest" = ?4 WHERE "orderNumber" = ?1`);

  return (upstreamID, lease) =>
    sql.transaction(function* () {
      const row = yield* lockUpstream(upstreamID);
      yield* requireLease(lease);
      if (row?.state !== 'active') return wait(LONGEST_PAUSE_MS);
      const nowMs = yield* clock();
      const upstream = upstreamOf(row);
      const allowedMs = nextAllowedMs(row, upstream, nowMs);
      if (allowedMs > nowMs) return wait(allowedMs - nowMs);
      const found = yield* all(candidates, upstreamID);
      const next = nextOf(found, row.turn, upstream, nowMs);
      if (next === undefined) {
        return wait(Math.min(...found.map(({ nextRequest }) => nextRequest)) - nowMs);
      }
      const { orderNumber, account, state, step, failures } = next;
      const asked = yield* countInBudget(row, nowMs);
      const queue = state === 'settled' || state === 'unknown' ? 3 : 2;
      yield* run(putOff, orderNumber, queue, nowMs, nowMs + row.intervalSeconds * 1000);
      return {
        kind: 'ask',
        upstream: upstreamOf(asked),
        order: { orderNumber, account, state, step, failures, nowMs },
      };
    });
}

/** See `FollowedOrders.countRequest`. */
export function countRequestOn(sql: Sql, clock = clockMs): (upstreamID: string) => Promise<void> {
  const lockUpstream = lockUpstreamOn(sql);
  const countInBudget = countInBudgetOn(sql);
  return (upstreamID) =>
    sql.transaction(function* () {
      const row = yield* lockUpstream(upstreamID);
      if (row !== undefined) yield* countInBudget(row, yield* clock());
    });
}

/** A step that counts a request in the budget of an upstream, whose row is locked; gives the row as it is then. */
function countInBudgetOn({ change }: Sql) {
  const count = change(`
    UPDATE upstream SET "nextSlot" = ?2, "lastRequest" = ?3, turn = ?4, hour = ?5, "hourRequests" = ?6,
      "hourBeforeRequests" = ?7
    WHERE "upstreamID" = ?1`);
  return function* (row: UpstreamRow, nowMs: number): Steps<UpstreamRow> {
    const slot = slotMs(row.requestsPerMinute);
    // What was not used is lost but for one slot: a pause is not followed by a burst.
    const from = Math.max(isFromBefore(row, nowMs) ? 0 : row.nextSlot, nowMs - slot);
    const nextSlot = Math.min(from, nowMs + SLOTS_AHEAD * slot) + slot;
    const turn = row.turn + 1;
    const { hour, hourRequests, hourBeforeRequests } = countedByHour(row, nowMs);
    const counted = [nextSlot, nowMs, turn, hour, hourRequests, hourBeforeRequests];
    yield* run(count, row.upstreamID, ...counted);
    return { ...row, nextSlot, lastRequest: nowMs, turn, hour, hourRequests, hourBeforeRequests };
  };
}

/** Whether the next slot is so far away that the clock must have been set back since, or the budget was smaller. */
function isFromBefore({ nextSlot, requestsPerMinute }: UpstreamRow, nowMs: number): boolean {
  return nextSlot > nowMs + (SLOTS_AHEAD + 1) * slotMs(requestsPerMinute);
}

/** When a request may be made: now or later. */
function nextAllowedMs(row: UpstreamRow, { quietHours }: Upstream, nowMs: number): number {
  const { nextSlot, notBefore } = row;
  const isBackoff = notBefore !== null && notBefore <= nowMs + LONGEST_BACKOFF_MS;
  return Math.max(
    nowMs,
    isFromBefore(row, nowMs) ? nowMs : nextSlot,
    isBackoff ? notBefore : nowMs,
    (quietHours && quietEndMs(quietHours, nowMs)) ?? nowMs,
  );
}

/**
 * The order whose turn it is, of the ends of the queues. Orders refreshed by hand come first; of new and regular ones
 * each every second time, while there are both. Those come last that wait for longer than any does, as the clock was
 * set back.
 */
function nextOf(
  candidates: readonly Candidate[],
  turn: number,
  upstream: Upstream,
  nowMs: number,
): Candidate | undefined {
  const firstOf = (queue: number) => candidates.find((each) => each.queue === queue && each.isLast === 0);
  const due = (candidate: Candidate | undefined) =>
    candidate !== undefined && candidate.nextRequest <= nowMs ? candidate : undefined;
  const [regular] = [due(firstOf(2)), due(firstOf(3))]
    .filter((each) => each !== undefined)
    .toSorted((one, other) => one.nextRequest - other.nextRequest);
  const fresh = firstOf(1);
  const farAway = candidates.find(
    ({ isLast, nextRequest }) => isLast === 1 && nextRequest > nowMs + longestWaitMs(upstream),
  );
  const byTurn = turn % 2 === 0 ? (fresh ?? regular) : (regular ?? fresh);
  return firstOf(0) ?? byTurn ?? farAway;
}

/** Not for longer than until people may have changed something. */
function wait(waitMs: number): Claim {
  return { kind: 'wait', waitMs: Math.min(waitMs, LONGEST_PAUSE_MS) };
}
