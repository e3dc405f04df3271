import type { Lease } from '../../lease.ts';
import {
  FOLLOWED_STATES,
  type FollowedOrder,
  type FollowedOrders,
  type FollowedState,
  type NotFollowed,
  type RequestOutcome,
} from '../../upstreams/followed-orders.ts';
import { claimOn, countRequestOn } from './followed-order-claims.ts';
import { requireLeaseOn } from './job-leases.ts';
import { all, clockMs, get, rowsOf, run, runEach, type Sql, type Steps } from './sql.ts';
import { dateTimeOfMs } from './times.ts';
import { lockUpstreamOn } from './upstreams.ts';

/** A followed order's row; times are milliseconds since 1970. */
interface FollowedRow {
  readonly orderNumber: string;
  readonly account: string;
  readonly upstream: string;
  readonly state: FollowedState;
  readonly added: number;
  readonly lastRequest: number | null;
  readonly observed: number | null;
  readonly nextRequest: number | null;
  readonly problem: string | null;
  readonly notes: string | null;
}

interface KnownRow {
  readonly orderNumber: string;
  readonly upstreamID: string;
  readonly upstream: string;
  readonly account: string;
}

interface OrderRow {
  readonly orderNumber: string;
  readonly account: string;
  readonly isObserved: boolean | number;
}

const COLUMNS = `CAST(f."orderNumber" AS text) AS "orderNumber", a."loginName" AS account, u.name AS upstream, f.state,
  f.added, f."lastRequest", f.observed, f."nextRequest", f.problem, f.notes`;
const FROM = `JOIN account a ON a."accountID" = f."accountID" JOIN upstream u ON u."upstreamID" = f."upstreamID"`;

/** The followed orders. `clock` gives the time in milliseconds since 1970. */
export function followedOrdersOn(sql: Sql, clock = clockMs): FollowedOrders {
  const { listed } = sql.dialect;
  const requireLease = requireLeaseOn(sql);
  const lockUpstream = lockUpstreamOn(sql);
  const known = sql.query<KnownRow>(`
    SELECT CAST(f."orderNumber" AS text) AS "orderNumber", f."upstreamID", u.name AS upstream, a."loginName" AS account
    FROM "followedOrder" f ${FROM} WHERE f."orderNumber" IN (${listed})`);
  const stored = sql.query<OrderRow>(`
    SELECT CAST(o."orderNumber" AS text) AS "orderNumber", a."loginName" AS account, o."isObserved"
    FROM "order" o JOIN account a ON a."accountID" = o."accountID" WHERE o."orderNumber" IN (${listed})`);
  const accountIDs = sql.query<{ accountID: number }>(
    'SELECT "accountID" FROM account WHERE "loginName" = ?',
  );
  const add = sql.change(`
    INSERT INTO "followedOrder" ("orderNumber", "upstreamID", "accountID", added, state, queue, "nextRequest")
    VALUES (?1, ?2, ?3, ?4, 'waiting', 1, ?4)`);
  const remove = sql.change('DELETE FROM "followedOrder" WHERE "orderNumber" = ? AND "upstreamID" = ?');
  const one = sql.query<FollowedRow>(
    `SELECT ${COLUMNS} FROM "followedOrder" f ${FROM} WHERE f."orderNumber" = ?`,
  );
  // One index serves any state, and each of them by itself.
  const some = (states: readonly FollowedState[]) => {
    const ofStates = states.map(
      (state) => `SELECT * FROM (
        SELECT * FROM "followedOrder" WHERE "upstreamID" = ?1 AND state = '${state}' AND "orderNumber" > CAST(?2 AS bigint)
        ORDER BY "orderNumber" LIMIT ?3) AS ${state}`,
    );
    return sql.query<FollowedRow>(`
      SELECT ${COLUMNS} FROM (${ofStates.join(' UNION ALL ')}) f ${FROM} ORDER BY f."orderNumber" LIMIT ?3`);
  };
  const ofAnyState = some(FOLLOWED_STATES);
  const ofState = {
    waiting: some(['waiting']),
    open: some(['open']),
    settled: some(['settled']),
    unknown: some(['unknown']),
  } as const satisfies Record<FollowedState, unknown>;
  const forOthers = sql.query(`
    SELECT 1 FROM "followedOrder" f JOIN account a ON a."accountID" = f."accountID"
    WHERE f."upstreamID" = ? AND a."loginName" <> ? LIMIT 1`);
  const next = sql.query<{ orderNumber: string }>(`
    SELECT CAST("orderNumber" AS text) AS "orderNumber" FROM "followedOrder"
    WHERE "upstreamID" = ? AND "nextRequest" IS NOT NULL ORDER BY queue, "nextRequest" LIMIT 1`);
  const refresh = sql.change(`
    UPDATE "followedOrder" SET "nextRequest" = CASE queue WHEN 0 THEN "nextRequest" ELSE CAST(?3 AS bigint) END, queue = 0
    WHERE "orderNumber" IN (${listed}) AND "upstreamID" = ?2`);
  // One that was refreshed during the request is asked for again all the same.
  const putOff = (queue: string, nextRequest: string) => `
    queue = CASE queue WHEN 0 THEN 0 ELSE ${queue} END,
    "nextRequest" = CASE queue WHEN 0 THEN "nextRequest" ELSE CAST(${nextRequest} AS bigint) END`;
  const answered = sql.change(`
    UPDATE "followedOrder" SET state = ?3, step = ?4, failures = 0, problem = CAST(?5 AS text), notes = CAST(?6 AS text),
      observed = coalesce(CAST(?7 AS bigint), observed), ${putOff('?8', '?9')}
    WHERE "orderNumber" = ?1 AND "upstreamID" = ?2`);
  const observedToo = sql.change(`
    UPDATE "followedOrder" SET observed = ?2 WHERE "orderNumber" IN (${listed}) AND "upstreamID" = ?3`);
  const succeed = sql.change(`
    UPDATE upstream SET "lastSuccess" = ?2, problem = NULL, "problemMessage" = NULL, "failingSince" = NULL, failures = 0,
      "notBefore" = NULL
    WHERE "upstreamID" = ?1`);
  const failed = sql.change(`
    UPDATE "followedOrder" SET failures = failures + 1, problem = coalesce(CAST(?3 AS text), problem),
      ${putOff('queue', '?4')}
    WHERE "orderNumber" = ?1 AND "upstreamID" = ?2`);
  const fail = sql.change(`
    UPDATE upstream SET problem = ?2, "problemMessage" = ?3, "failingSince" = coalesce("failingSince", CAST(?4 AS bigint)),
      failures = failures + 1, "notBefore" = ?5
    WHERE "upstreamID" = ?1`);
  const omitValidityPeriod = sql.change(
    'UPDATE upstream SET "asksValidityPeriod" = FALSE WHERE "upstreamID" = ?',
  );
  const askAgain = sql.change(`
    UPDATE "followedOrder" SET queue = 0, "nextRequest" = ?3 WHERE "orderNumber" = ?1 AND "upstreamID" = ?2`);

  function* recordOutcome(upstreamID: string, orderNumber: string, outcome: RequestOutcome): Steps<void> {
    const nowMs = yield* clock();
    if (outcome.kind === 'no validity period') {
      yield* run(omitValidityPeriod, upstreamID);
      yield* run(askAgain, orderNumber, upstreamID, nowMs);
      return;
    }
    if (outcome.kind === 'failed') {
      const { problem, message, nextRequestInMs, backoffMs } = outcome;
      const ofOrder = problem === 'invalid-response' || problem === 'api-error' ? message : null;
      yield* run(failed, orderNumber, upstreamID, ofOrder, nowMs + nextRequestInMs);
      yield* run(fail, upstreamID, problem, message, nowMs, nowMs + backoffMs);
      return;
    }
    const { state, step, nextRequestInMs, isObserved, problem, notes } = outcome;
    const isSettled = state === 'settled' || state === 'unknown';
    yield* run(
      answered,
      orderNumber,
      upstreamID,
      state,
      step,
      problem ?? null,
      notes.length === 0 ? null : JSON.stringify(notes),
      isObserved ? nowMs : null,
      isSettled ? 3 : 2,
      nextRequestInMs === null ? null : nowMs + nextRequestInMs,
    );
    const { alsoObserved = [] } = outcome;
    if (alsoObserved.length > 0) yield* run(observedToo, JSON.stringify(alsoObserved), nowMs, upstreamID);
    yield* run(succeed, upstreamID, nowMs);
  }

  return {
    follow: (upstreamID, orders, lease) =>
      sql.transaction(function* () {
        // What writes orders must not make one meanwhile.
        yield* rowsOf(sql.dialect.lockOrders, []);
        const upstream = yield* lockUpstream(upstreamID);
        if (lease !== undefined) yield* requireLease(lease);
        if (upstream === undefined) return { followed: 0, refused: [] };
        const numbers = JSON.stringify(orders.map(({ orderNumber }) => orderNumber));
        const followed = new Map((yield* all(known, numbers)).map((row) => [row.orderNumber, row]));
        const inDatabase = new Map((yield* all(stored, numbers)).map((row) => [row.orderNumber, row]));
        const accounts = new Map<string, number>();
        for (const account of new Set(orders.map((order) => order.account))) {
          const row = yield* get(accountIDs, account);
          if (row !== undefined) accounts.set(account, row.accountID);
        }
        const nowMs = yield* clock();
        const refused: NotFollowed[] = [];
        const added: [string, string, number, number][] = [];
        for (const order of orders) {
          const { orderNumber, account } = order;
          const accountID = accounts.get(account);
          if (accountID === undefined) {
            const message = `account '${account}' does not exist; add it first`;
            refused.push({ orderNumber, reason: 'no such account', message });
            continue;
          }
          const there = followed.get(orderNumber);
          if (there?.upstreamID === upstreamID && there.account === account) continue;
          const message = inTheWay(order, there, inDatabase.get(orderNumber));
          if (message !== undefined) {
            refused.push({ orderNumber, reason: 'order-number-taken', message });
            continue;
          }
          added.push([orderNumber, upstreamID, accountID, nowMs]);
          followed.set(orderNumber, { orderNumber, upstreamID, upstream: upstream.name, account });
        }
        return { followed: yield* runEach(add, added), refused };
      }),
    async unfollow(upstreamID, orderNumber) {
      return (await remove.run(orderNumber, upstreamID)) > 0;
    },
    async get(orderNumber) {
      const row = await one.get(orderNumber);
      return row && followedOrder(row);
    },
    async followedAt(orderNumbers) {
      const rows = await known.all(JSON.stringify(orderNumbers));
      return new Map(
        rows.map(({ orderNumber, upstreamID, account }) => [orderNumber, { upstreamID, account }]),
      );
    },
    async list(upstreamID, { state, after = '0', limit }) {
      const query = state === undefined ? ofAnyState : ofState[state];
      return (await query.all(upstreamID, after, limit)).map(followedOrder);
    },
    refresh: (upstreamID, orderNumbers) =>
      sql.transaction(function* () {
        return yield* run(refresh, JSON.stringify(orderNumbers), upstreamID, yield* clock());
      }),
    async isForOthers(upstreamID, account) {
      return (await forOthers.get(upstreamID, account)) !== undefined;
    },
    async nextDue(upstreamID) {
      return (await next.get(upstreamID))?.orderNumber;
    },
    claim: claimOn(sql, clock),
    countRequest: countRequestOn(sql, clock),
    record: (upstreamID, orderNumber, outcome, lease: Lease) =>
      sql.transaction(function* () {
        yield* lockUpstream(upstreamID);
        yield* requireLease(lease);
        yield* recordOutcome(upstreamID, orderNumber, outcome);
      }),
  };
}

/**
 * Why an order cannot be followed; undefined when it can. One that was followed, and that nothing here has changed
 * since, can be followed again.
 */
function inTheWay(
  { orderNumber, account }: { readonly orderNumber: string; readonly account: string },
  there: KnownRow | undefined,
  inDatabase: OrderRow | undefined,
): string | undefined {
  if (there !== undefined) {
    return `order ${orderNumber} is followed at upstream '${there.upstream}' for account '${there.account}'`;
  }
  if (inDatabase === undefined) return undefined;
  if (inDatabase.account !== account)
    return `order ${orderNumber} is in the order database, of another account`;
  return inDatabase.isObserved
    ? undefined
    : `order ${orderNumber} is in the order database, which is where it is changed: only an order that is not there can be followed`;
}

function followedOrder(row: FollowedRow): FollowedOrder {
  return {
    orderNumber: row.orderNumber,
    account: row.account,
    upstream: row.upstream,
    state: row.state,
    added: dateTimeOfMs(row.added),
    lastRequest: dateTimeOfMs(row.lastRequest),
    observed: dateTimeOfMs(row.observed),
    nextRequest: dateTimeOfMs(row.nextRequest),
    problem: row.problem ?? undefined,
    notes: row.notes === null ? [] : JSON.parse(row.notes),
  };
}
