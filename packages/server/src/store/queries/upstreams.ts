import { setTimeout as pause } from 'node:timers/promises';
import { neededRequestsPerMinute, reachedIntervalSeconds } from '../../upstreams/budget.ts';
import {
  UPSTREAMS_LIMIT,
  type Upstream,
  type UpstreamChoice,
  type UpstreamFigures,
  type UpstreamProblem,
  type UpstreamState,
  type Upstreams,
} from '../../upstreams/upstream.ts';
import { putSecretOn } from './secret-rows.ts';
import { all, clockMs, get, lockTable, run, type Sql, type Steps, type Value } from './sql.ts';
import { dateTimeOfMs } from './times.ts';

/** How many followed orders are let go at a time; between two times others have the database. */
const BATCH_ROWS = 1000;
const BATCH_PAUSE_MS = 5;
const HOUR_MS = 3_600_000;

/** An upstream's row; times are milliseconds since 1970. */
export interface UpstreamRow {
  readonly upstreamID: string;
  readonly name: string;
  readonly baseUrl: string;
  readonly upstreamLogin: string;
  readonly roots: string | null;
  readonly account: string | null;
  readonly intervalSeconds: number;
  readonly lastStepsIntervalSeconds: number | null;
  readonly requestsPerMinute: number;
  readonly quietFrom: string | null;
  readonly quietTo: string | null;
  readonly timeZone: string | null;
  readonly state: UpstreamState;
  readonly created: number;
  readonly asksValidityPeriod: boolean | number;
  readonly lastRequest: number | null;
  readonly lastSuccess: number | null;
  readonly nextSlot: number;
  readonly notBefore: number | null;
  readonly problem: UpstreamProblem | null;
  readonly problemMessage: string | null;
  readonly failingSince: number | null;
  readonly failures: number;
  readonly turn: number;
  readonly hour: number;
  readonly hourRequests: number;
  readonly hourBeforeRequests: number;
}

const COLUMNS = `u."upstreamID", u.name, u."baseUrl", u."loginName" AS "upstreamLogin", u.roots,
  (SELECT a."loginName" FROM account a WHERE a."accountID" = u."accountID") AS account,
  u."intervalSeconds", u."lastStepsIntervalSeconds", u."requestsPerMinute", u."quietFrom", u."quietTo", u."timeZone",
  u.state, u.created, u."asksValidityPeriod", u."lastRequest", u."lastSuccess", u."nextSlot", u."notBefore", u.problem,
  u."problemMessage", u."failingSince", u.failures, u.turn, u.hour, u."hourRequests", u."hourBeforeRequests"`;

const FORGET_PROBLEM = `problem = NULL, "problemMessage" = NULL, "failingSince" = NULL, failures = 0, "notBefore" = NULL`;

interface Counts {
  readonly waiting: number;
  readonly open: number;
  readonly settled: number;
  readonly unknown: number;
  readonly failing: number;
  readonly due: number;
  readonly dueSince: number | null;
}

/** A step that reads an upstream's row and locks it until the transaction ends. */
export function lockUpstreamOn({ dialect, query }: Sql) {
  const locked = query<UpstreamRow>(
    `SELECT ${COLUMNS} FROM upstream u WHERE u."upstreamID" = ? ${dialect.lockRows}`,
  );
  return (upstreamID: string): Steps<UpstreamRow | undefined> => get(locked, upstreamID);
}

/** The upstreams. `clock` gives the time in milliseconds since 1970. */
export function upstreamsOn(sql: Sql, clock = clockMs): Upstreams {
  const lockUpstream = lockUpstreamOn(sql);
  const putSecret = putSecretOn(sql);
  const byName = sql.query<UpstreamRow>(`SELECT ${COLUMNS} FROM upstream u WHERE u.name = ?`);
  const byID = sql.query<UpstreamRow>(`SELECT ${COLUMNS} FROM upstream u WHERE u."upstreamID" = ?`);
  const everyOne = sql.query<UpstreamRow>(`SELECT ${COLUMNS} FROM upstream u ORDER BY u.name`);
  const isFull = sql.query(`SELECT 1 FROM upstream LIMIT 1 OFFSET ${UPSTREAMS_LIMIT - 1}`);
  const accountOf = sql.query<{ accountID: number }>('SELECT "accountID" FROM account WHERE "loginName" = ?');
  const add = sql.change(`
    INSERT INTO upstream ("upstreamID", name, created, state, "baseUrl", "loginName", roots, "accountID",
      "intervalSeconds", "lastStepsIntervalSeconds", "requestsPerMinute", "quietFrom", "quietTo", "timeZone")
    VALUES (?, ?, ?, 'active', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  // Another service may know the parameter.
  const change = sql.change(`
    UPDATE upstream SET "baseUrl" = ?2, "loginName" = ?3, roots = ?4, "accountID" = ?5, "intervalSeconds" = ?6,
      "lastStepsIntervalSeconds" = ?7, "requestsPerMinute" = ?8, "quietFrom" = ?9, "quietTo" = ?10, "timeZone" = ?11,
      "asksValidityPeriod" = ("asksValidityPeriod" OR "baseUrl" <> ?2), ${FORGET_PROBLEM}
    WHERE "upstreamID" = ?1`);
  const setState = sql.change(`UPDATE upstream SET state = ?2, ${FORGET_PROBLEM} WHERE "upstreamID" = ?1`);
  const removeSome = sql.change(`
    DELETE FROM "followedOrder" WHERE "orderNumber" IN (
      SELECT "orderNumber" FROM "followedOrder" WHERE "upstreamID" = ? LIMIT ${BATCH_ROWS})`);
  const removeOrders = sql.change('DELETE FROM "followedOrder" WHERE "upstreamID" = ?');
  const remove = sql.change('DELETE FROM upstream WHERE "upstreamID" = ?');
  const ofState = (state: string) =>
    `(SELECT count(*) FROM "followedOrder" WHERE "upstreamID" = ?1 AND state = '${state}') AS ${state}`;
  const isDue = `"upstreamID" = ?1 AND queue IN (0, 1, 2, 3) AND "nextRequest" <= CAST(?2 AS bigint)`;
  const counts = sql.query<Counts>(`
    SELECT ${ofState('waiting')}, ${ofState('open')}, ${ofState('settled')}, ${ofState('unknown')},
      (SELECT count(*) FROM "followedOrder" WHERE "upstreamID" = ?1 AND problem IS NOT NULL) AS failing,
      (SELECT count(*) FROM "followedOrder" WHERE ${isDue}) AS due,
      (SELECT min("nextRequest") FROM "followedOrder" WHERE ${isDue}) AS "dueSince"`);

  /** The ID of the account that a choice names; null for none, undefined when it is not there. */
  function* accountIDOf({ account }: UpstreamChoice): Steps<number | null | undefined> {
    return account === undefined ? null : (yield* get(accountOf, account))?.accountID;
  }

  return {
    add: ({ upstreamID, name, ...choice }) =>
      sql.transaction(function* () {
        yield* lockTable('upstream');
        if ((yield* get(byName, name)) !== undefined) return 'name is taken';
        if ((yield* get(isFull)) !== undefined) return 'too many';
        const accountID = yield* accountIDOf(choice);
        if (accountID === undefined) return 'no such account';
        yield* run(add, upstreamID, name, yield* clock(), ...choiceValues(choice, accountID));
        return 'added';
      }),
    async get(name) {
      const row = await byName.get(name);
      return row && upstreamOf(row);
    },
    async list() {
      return (await everyOne.all()).map(upstreamOf);
    },
    change: (upstreamID, choice, password) =>
      sql.transaction(function* () {
        const before = yield* lockUpstream(upstreamID);
        const accountID = yield* accountIDOf(choice);
        if (before === undefined || accountID === undefined) return 'not found';
        if (password === undefined) {
          const isMoved = choice.baseUrl !== before.baseUrl || choice.loginName !== before.upstreamLogin;
          if (isMoved) return 'needs the password';
        } else if (!(yield* putSecret(password, 0))) return 'other key';
        yield* run(change, upstreamID, ...choiceValues(choice, accountID));
        return 'changed';
      }),
    async setState(upstreamID, state) {
      return (await setState.run(upstreamID, state)) > 0;
    },
    async remove(upstreamID) {
      // Nothing is asked while its orders go.
      if ((await setState.run(upstreamID, 'paused')) === 0) return false;
      while ((await removeSome.run(upstreamID)) === BATCH_ROWS) await pause(BATCH_PAUSE_MS);
      return sql.transaction(function* () {
        // What follows orders there waits for this, and then finds no upstream.
        if ((yield* lockUpstream(upstreamID)) === undefined) return false;
        yield* run(removeOrders, upstreamID);
        return (yield* run(remove, upstreamID)) > 0;
      });
    },
    figures: (upstreamID) =>
      sql.snapshot(function* () {
        const nowMs = yield* clock();
        const [row] = yield* all(byID, upstreamID);
        const [found] = yield* all(counts, upstreamID, nowMs);
        return row === undefined || found === undefined ? NO_FIGURES : figuresOf(row, found, nowMs);
      }),
  };
}

function choiceValues(choice: UpstreamChoice, accountID: number | null): Value[] {
  const { quietHours } = choice;
  return [
    choice.baseUrl,
    choice.loginName,
    choice.roots ?? null,
    accountID,
    choice.intervalSeconds,
    choice.lastStepsIntervalSeconds ?? null,
    choice.requestsPerMinute,
    quietHours?.from ?? null,
    quietHours?.to ?? null,
    quietHours?.timeZone ?? null,
  ];
}

/** The upstream of a row. */
export function upstreamOf(row: UpstreamRow): Upstream {
  const { quietFrom: from, quietTo: to, timeZone, problem: kind } = row;
  return {
    upstreamID: row.upstreamID,
    name: row.name,
    baseUrl: row.baseUrl,
    loginName: row.upstreamLogin,
    roots: row.roots ?? undefined,
    account: row.account ?? undefined,
    intervalSeconds: row.intervalSeconds,
    lastStepsIntervalSeconds: row.lastStepsIntervalSeconds ?? undefined,
    requestsPerMinute: row.requestsPerMinute,
    quietHours: from === null || to === null || timeZone === null ? undefined : { from, to, timeZone },
    state: row.state,
    created: dateTimeOfMs(row.created),
    asksValidityPeriod: Boolean(row.asksValidityPeriod),
    lastRequest: dateTimeOfMs(row.lastRequest),
    lastSuccess: dateTimeOfMs(row.lastSuccess),
    problem:
      kind === null
        ? undefined
        : {
            kind,
            message: row.problemMessage ?? '',
            since: dateTimeOfMs(row.failingSince ?? row.created),
            failures: row.failures,
          },
    notBefore: dateTimeOfMs(row.notBefore),
  };
}

/** Of an upstream that is gone. */
const NO_FIGURES: UpstreamFigures = {
  followed: 0,
  waiting: 0,
  open: 0,
  due: 0,
  failing: 0,
  unknown: 0,
  lagSeconds: 0,
  requestsLastHour: 0,
  neededRequestsPerMinute: 0,
  reachedIntervalSeconds: 0,
};

function figuresOf(row: UpstreamRow, counts: Counts, nowMs: number): UpstreamFigures {
  const { waiting, open, settled, unknown, failing, due, dueSince } = counts;
  const policy = upstreamOf(row);
  const asked = waiting + open;
  return {
    followed: waiting + open + settled + unknown,
    waiting,
    open,
    due,
    failing,
    unknown,
    lagSeconds: dueSince === null ? 0 : Math.max(0, Math.floor((nowMs - dueSince) / 1000)),
    requestsLastHour: requestsLastHour(row, nowMs),
    neededRequestsPerMinute: neededRequestsPerMinute(policy, asked),
    reachedIntervalSeconds: reachedIntervalSeconds(policy, asked),
  };
}

/** Requests by hour, with one more: of the hour of the moment, and of the hour before. */
export function countedByHour({ hour, hourRequests, hourBeforeRequests }: UpstreamRow, nowMs: number) {
  const present = Math.floor(nowMs / HOUR_MS);
  if (hour === present) return { hour, hourRequests: hourRequests + 1, hourBeforeRequests };
  return {
    hour: present,
    hourRequests: 1,
    hourBeforeRequests: hour === present - 1 ? hourRequests : 0,
  };
}

/** As if those of the hour before had been spread evenly over it. */
function requestsLastHour({ hour, hourRequests, hourBeforeRequests }: UpstreamRow, nowMs: number): number {
  const present = Math.floor(nowMs / HOUR_MS);
  const ofHourBefore = 1 - (nowMs % HOUR_MS) / HOUR_MS;
  if (hour === present) return Math.round(hourRequests + hourBeforeRequests * ofHourBefore);
  return hour === present - 1 ? Math.round(hourRequests * ofHourBefore) : 0;
}
