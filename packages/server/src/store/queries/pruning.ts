/** Taking away what is old: statements that every engine understands as they are. */

import { setTimeout as pause } from 'node:timers/promises';
import { AWAITING_MEANINGS, type OrderMeaning } from '@cert-order-status/protocol';
import { PRUNABLE, type Prunable, type Pruning } from '../store.ts';
import { dateTimeOfMs } from './times.ts';

/** How many rows go at a time: other writers wait for no longer than that takes. */
const BATCH_ROWS = 1000;
/**
 * What counters of failed logins are needed for, in milliseconds: an address where a login has succeeded is known so
 * long.
 */
const COUNTERS_KEPT_MS = 7 * 24 * 60 * 60_000;

/** For SQL. */
const listOf = (meanings: readonly string[]) => meanings.map((meaning) => `'${meaning}'`).join(', ');
const SETTLED = listOf(['completed', 'rejected', 'cancelled'] satisfies OrderMeaning[]);
/** What may still become something: also a state of no known meaning. */
const UNDECIDED = listOf([...AWAITING_MEANINGS, 'unknown']);

/** How rows are taken away, counted and named. */
interface Executor {
  /** Runs statements in one transaction while no other writes; returns how many rows each has changed. */
  change(statements: readonly string[]): Promise<readonly number[]>;
  /** The column `n` of the rows that a statement gives. */
  column(statement: string): Promise<readonly unknown[]>;
}

/** How long a change stays for webhooks that are to tell of it, in milliseconds; see `LOG_KEPT_MS`. */
const UNDELIVERED_KEPT_MS = 30 * 24 * 60 * 60_000;

/** Changes that webhooks have yet to tell of, and whose orders they then show. */
const untold = () => `
  SELECT 1 FROM "webhookEvent" e WHERE e.cursor = change.cursor AND e.state = 'queued'
    AND e.made >= ${Date.now() - UNDELIVERED_KEPT_MS}
  UNION ALL
  SELECT 1 FROM "webhookEndpoint" e WHERE e."accountID" = change."accountID" AND e.state <> 'disabled'
    AND change.cursor > (SELECT cursor FROM "webhookFeed") AND change.made >= ${Date.now() - UNDELIVERED_KEPT_MS}`;

type Simple = Exclude<Prunable, 'settledOrders'>;

/** Which rows of a table are meant, by its key. */
function selections(
  beforeMs: number,
  boundary: number,
): Readonly<Record<Simple, readonly [string, string, string]>> {
  return {
    changes: ['change', 'cursor', `cursor < ${boundary} AND NOT EXISTS (${untold()})`],
    loginCounters: [
      '"guessCounter"',
      'bucket',
      `updated < ${Math.min(beforeMs, Date.now() - COUNTERS_KEPT_MS)}`,
    ],
    failedLogins: ['"loginFailure"', 'hour', `hour < ${beforeMs}`],
    operatorLogins: ['"operatorLogin"', 'at', `at < '${dateTimeOfMs(beforeMs)}'`],
    sessions: ['session', 'digest', `expires < ${Math.min(beforeMs, Date.now())}`],
    shareLinks: ['"shareLink"', '"linkID"', `(expires < ${beforeMs} OR revoked < ${beforeMs})`],
  };
}

/** Orders that are done, with nothing awaited, and whose changes are all before the boundary. */
const settled = (beforeMs: number, boundary: number) => `
  "orderStatusMeaning" IN (${SETTLED}) AND changed < ${beforeMs}
  AND NOT EXISTS (SELECT 1 FROM certificate c WHERE c."orderNumber" = "order"."orderNumber"
    AND c."certificateStatusMeaning" IN (${UNDECIDED}))
  AND NOT EXISTS (SELECT 1 FROM change
    WHERE change."orderNumber" = "order"."orderNumber" AND (cursor >= ${boundary} OR EXISTS (${untold()})))`;

/** Orders of which there are none that replace them. */
const NOT_REPLACED = `NOT EXISTS (SELECT 1 FROM "order" later WHERE later."replacesOrderNumber" = "order"."orderNumber")`;

/**
 * How many orders of a condition go: all but those that an order which stays replaces, directly or through others. A
 * join, as PostgreSQL would go through a long list once for each order.
 */
const countOfRemovable = (condition: string) => `
  WITH RECURSIVE standing (number) AS (
    SELECT "replacesOrderNumber" FROM "order" WHERE "replacesOrderNumber" IS NOT NULL AND NOT (${condition})
    UNION
    SELECT "order"."replacesOrderNumber" FROM "order" JOIN standing ON "order"."orderNumber" = standing.number
    WHERE "order"."replacesOrderNumber" IS NOT NULL)
  SELECT count(*) AS n FROM "order" LEFT JOIN standing ON standing.number = "order"."orderNumber"
  WHERE standing.number IS NULL AND ${condition}`;

/**
 * Of some orders those that go, and those that they replace and that go with them: the orders of a condition that are
 * replaced by nothing else. What replaces comes before what it replaces, so that any number of the first can go.
 */
const goingTogether = (numbers: readonly unknown[], condition: string) => `
  WITH RECURSIVE going (number, replaced) AS (
    SELECT "orderNumber", "replacesOrderNumber" FROM "order"
    WHERE "orderNumber" IN (${numbers.join(', ')}) AND ${NOT_REPLACED} AND ${condition}
    UNION
    SELECT "order"."orderNumber", "order"."replacesOrderNumber"
    FROM going JOIN "order" ON "order"."orderNumber" = going.replaced
    WHERE ${condition} AND NOT EXISTS (
      SELECT 1 FROM "order" later
      WHERE later."replacesOrderNumber" = "order"."orderNumber" AND later."orderNumber" <> going.number))
  SELECT CAST(number AS text) AS n FROM going LIMIT ${BATCH_ROWS}`;

/** The orders that these replace, but for these themselves. */
const replacedBy = (numbers: readonly unknown[]) => `
  SELECT DISTINCT CAST("replacesOrderNumber" AS text) AS n FROM "order"
  WHERE "orderNumber" IN (${numbers.join(', ')}) AND "replacesOrderNumber" NOT IN (${numbers.join(', ')})`;

const CHOSEN = 'SELECT "orderNumber" FROM chosen';

/** Of the chosen orders those that stay: an order that is not chosen replaces them, or one of the chosen that stays. */
const STAYING = `
  WITH RECURSIVE standing AS (
    SELECT "replacesOrderNumber" AS "orderNumber" FROM "order"
    WHERE "replacesOrderNumber" IN (${CHOSEN}) AND "orderNumber" NOT IN (${CHOSEN})
    UNION
    SELECT "order"."replacesOrderNumber" FROM "order" JOIN standing ON "order"."orderNumber" = standing."orderNumber"
    WHERE "order"."replacesOrderNumber" IN (${CHOSEN}))
  SELECT "orderNumber" FROM standing`;

/** Notes of each account up to which of its changes some are about to go: who has followed to there misses nothing. */
const noteGone = (condition: string) => `
  INSERT INTO "prunedChanges" ("accountID", cursor)
  SELECT "accountID", max(cursor) FROM change WHERE "accountID" IS NOT NULL AND ${condition} GROUP BY "accountID"
  ON CONFLICT ("accountID") DO UPDATE SET cursor = excluded.cursor
    WHERE "prunedChanges".cursor < excluded.cursor`;

/**
 * Takes orders away, those that replace one another together; what has changed since they were found is looked at
 * again.
 */
const removal = (numbers: readonly unknown[], condition: string) => [
  'CREATE TEMPORARY TABLE chosen ("orderNumber" bigint PRIMARY KEY)',
  `INSERT INTO chosen SELECT "orderNumber" FROM "order" WHERE "orderNumber" IN (${numbers.join(', ')}) AND ${condition}`,
  `DELETE FROM chosen WHERE "orderNumber" IN (${STAYING})`,
  // Else PostgreSQL, which knows nothing of a table just made, reads whole tables to find what is of a thousand orders.
  'ANALYZE chosen',
  noteGone(`"orderNumber" IN (${CHOSEN})`),
  // What belongs to an order goes with it.
  ...['"followedOrder"', 'change', '"firstIssue"', '"shareLink"', 'certificate', '"order"'].map(
    (table) => `DELETE FROM ${table} WHERE "orderNumber" IN (${CHOSEN})`,
  ),
  'DROP TABLE chosen',
];

/** Pruning by such statements. */
export function pruningOn({ change, column }: Executor): Pruning {
  const count = async (statement: string) => Number((await column(statement))[0]);

  /**
   * Takes orders away that nothing replaces, and then those that they replaced, as far as nothing else does: each is
   * looked at once, and once more for each that replaced it.
   */
  async function* removedOrders(condition: string): AsyncIterable<number> {
    /** Orders that were replaced by some that are gone. */
    const waiting: unknown[] = [];
    for (let below = ''; ; ) {
      let numbers: readonly unknown[] = waiting.splice(0, BATCH_ROWS);
      if (numbers.length === 0) {
        numbers = await column(
          `SELECT CAST("orderNumber" AS text) AS n FROM "order"
           WHERE ${below && `"orderNumber" < ${below} AND`} ${NOT_REPLACED} AND ${condition}
           ORDER BY "order"."orderNumber" DESC LIMIT ${BATCH_ROWS}`,
        );
        if (numbers.length === 0) return;
        below = String(numbers.at(-1));
      }
      const going = await column(goingTogether(numbers, condition));
      if (going.length === 0) continue;
      const replaced = await column(replacedBy(going));
      yield (await change(removal(going, condition))).at(-2) ?? 0;
      waiting.push(...replaced);
    }
  }

  /** The latest change before a moment stays: a follower of the feed that has seen it can go on from there. */
  async function boundaryAt(beforeMs: number): Promise<number> {
    return Number(
      (await column(`SELECT coalesce(max(cursor), 0) AS n FROM change WHERE made < ${beforeMs}`))[0],
    );
  }

  async function* removedRows(table: string, key: string, condition: string): AsyncIterable<number> {
    const some = `SELECT ${key} FROM ${table} WHERE ${condition} ORDER BY ${key} LIMIT ${BATCH_ROWS}`;
    for (;;) {
      const these = `${key} IN (${some}) AND ${condition}`;
      const notes = table === 'change' ? [noteGone(these)] : [];
      const gone = (await change([...notes, `DELETE FROM ${table} WHERE ${these}`])).at(-1) ?? 0;
      if (gone === 0) return;
      yield gone;
    }
  }

  return {
    async prune(beforeMs, what, { isDryRun = false, onProgress = () => {}, pauseMs = 0 } = {}) {
      // Looked for only where it is needed, as all changes are looked at.
      const boundary = what.has('changes') || what.has('settledOrders') ? await boundaryAt(beforeMs) : 0;
      const pruned: Partial<Record<Prunable, number>> = {};
      for (const kind of PRUNABLE.filter((each) => what.has(each))) {
        const [table, key, condition] =
          kind === 'settledOrders'
            ? ['"order"', '"orderNumber"', settled(beforeMs, boundary)]
            : selections(beforeMs, boundary)[kind];
        if (isDryRun) {
          pruned[kind] = await count(
            kind === 'settledOrders'
              ? countOfRemovable(condition)
              : `SELECT count(*) AS n FROM ${table} WHERE ${condition}`,
          );
          continue;
        }
        let total = 0;
        const removed =
          kind === 'settledOrders' ? removedOrders(condition) : removedRows(table, key, condition);
        for await (const gone of removed) {
          total += gone;
          onProgress(kind, total);
          await pause(pauseMs);
        }
        pruned[kind] = total;
      }
      return pruned;
    },
  };
}
