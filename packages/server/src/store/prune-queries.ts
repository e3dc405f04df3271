/** Taking away what is old: statements that every engine understands as they are. */

import { ORDER_STATUSES } from '@cert-order-status/protocol';
import { PRUNABLE, type Prunable, type Pruning } from './store.ts';

/** How many rows go at a time: whoever writes meanwhile waits for no longer than that takes. */
const BATCH = 1000;

const SETTLED = ORDER_STATUSES.filter((status) => status !== 'Pending').map((status) => `'${status}'`);

/** How rows are taken away, counted and named. */
interface Executor {
  /** Runs statements in one transaction that nobody else writes in; how many rows each has changed. */
  change(statements: readonly string[]): Promise<readonly number[]>;
  /** The column `n` of the rows that a statement gives. */
  column(statement: string): Promise<readonly unknown[]>;
}

type Simple = Exclude<Prunable, 'settledOrders'>;

/** Which rows of a table are meant, by its key. */
function selections(
  before: number,
  boundary: number,
): Readonly<Record<Simple, readonly [string, string, string]>> {
  return {
    changes: ['change', 'cursor', `cursor < ${boundary}`],
    failedLogins: ['"loginFailure"', 'hour', `hour < ${before}`],
    operatorLogins: ['"operatorLogin"', 'at', `at < '${new Date(before).toISOString()}'`],
    sessions: ['session', 'digest', `expires < ${Math.min(before, Date.now())}`],
    shareLinks: ['"shareLink"', '"linkID"', `(expires < ${before} OR revoked < ${before})`],
  };
}

/** Orders that are done, with nothing awaited, and whose changes are all before the boundary. */
const settled = (before: number, boundary: number) => `
  "orderStatus" IN (${SETTLED.join(', ')}) AND changed < ${before}
  AND NOT EXISTS (SELECT 1 FROM certificate c WHERE c."orderNumber" = "order"."orderNumber"
    AND c."certificateStatus" IN ('Awaiting Validation', 'Awaiting Brand Validation'))
  AND NOT EXISTS (SELECT 1 FROM change
    WHERE change."orderNumber" = "order"."orderNumber" AND cursor >= ${boundary})`;

/** The numbers of orders that others replace, which stay: by the condition on those, or because they are replaced in turn. */
const replacedByStaying = (staying: string) => `
  WITH RECURSIVE standing AS (
    SELECT "replacesOrderNumber" AS "orderNumber" FROM "order" WHERE "replacesOrderNumber" IS NOT NULL AND ${staying}
    UNION
    SELECT "order"."replacesOrderNumber" FROM "order" JOIN standing ON "order"."orderNumber" = standing."orderNumber"
    WHERE "order"."replacesOrderNumber" IS NOT NULL)
  SELECT "orderNumber" FROM standing`;

/** Of the orders of a condition, those that do go. */
const removable = (condition: string) =>
  `${condition} AND "orderNumber" NOT IN (${replacedByStaying(`NOT (${condition})`)})`;

const CHOSEN = 'SELECT "orderNumber" FROM chosen';

/** Takes orders away, those that replace one another together; what has changed since they were found is looked at again. */
const removal = (numbers: readonly unknown[], condition: string) => [
  'CREATE TEMPORARY TABLE chosen ("orderNumber" bigint PRIMARY KEY)',
  `INSERT INTO chosen SELECT "orderNumber" FROM "order" WHERE "orderNumber" IN (${numbers.join(', ')}) AND ${condition}`,
  `DELETE FROM chosen WHERE "orderNumber" IN (${replacedByStaying(
    `"replacesOrderNumber" IN (${CHOSEN}) AND "orderNumber" NOT IN (${CHOSEN})`,
  )})`,
  // Else PostgreSQL, which knows nothing of a table just made, reads whole tables to find what is of a thousand orders.
  'ANALYZE chosen',
  // What belongs to an order goes with it.
  ...['change', '"firstIssue"', '"shareLink"', 'certificate', '"order"'].map(
    (table) => `DELETE FROM ${table} WHERE "orderNumber" IN (${CHOSEN})`,
  ),
  'DROP TABLE chosen',
];

/** Pruning by such statements. */
export function pruningOn({ change, column }: Executor): Pruning {
  const count = async (table: string, condition: string) =>
    Number((await column(`SELECT count(*) AS n FROM ${table} WHERE ${condition}`))[0]);

  async function* removedOrders(condition: string): AsyncIterable<number> {
    // From the highest number on, as what replaces mostly comes after what it replaces; again as long as something gives way.
    for (let isMore = true; isMore; ) {
      isMore = false;
      for (let below = ''; ; ) {
        const numbers = await column(
          `SELECT CAST("orderNumber" AS text) AS n FROM "order" WHERE ${below && `"orderNumber" < ${below} AND`} ${condition}
           ORDER BY "order"."orderNumber" DESC LIMIT ${BATCH}`,
        );
        if (numbers.length === 0) break;
        below = String(numbers.at(-1));
        const gone = (await change(removal(numbers, condition))).at(-2) ?? 0;
        isMore ||= gone > 0;
        yield gone;
      }
    }
  }

  async function* removedRows(table: string, key: string, condition: string): AsyncIterable<number> {
    const some = `SELECT ${key} FROM ${table} WHERE ${condition} ORDER BY ${key} LIMIT ${BATCH}`;
    for (;;) {
      const [gone = 0] = await change([`DELETE FROM ${table} WHERE ${key} IN (${some}) AND ${condition}`]);
      if (gone === 0) return;
      yield gone;
    }
  }

  return {
    async prune(before, what, { isDryRun = false, onProgress = () => {} } = {}) {
      // The latest change before the moment stays: whoever follows the feed and has seen it can go on from there.
      const [latest] = await column(
        `SELECT coalesce(max(cursor), 0) AS n FROM change WHERE made < ${before}`,
      );
      const boundary = Number(latest);
      const pruned: Partial<Record<Prunable, number>> = {};
      for (const kind of PRUNABLE.filter((each) => what.has(each))) {
        const [table, key, condition] =
          kind === 'settledOrders'
            ? ['"order"', '"orderNumber"', settled(before, boundary)]
            : selections(before, boundary)[kind];
        if (isDryRun) {
          pruned[kind] = await count(table, kind === 'settledOrders' ? removable(condition) : condition);
          continue;
        }
        let total = 0;
        const removed =
          kind === 'settledOrders' ? removedOrders(condition) : removedRows(table, key, condition);
        for await (const gone of removed) {
          total += gone;
          onProgress(kind, total);
        }
        pruned[kind] = total;
      }
      return pruned;
    },
  };
}
