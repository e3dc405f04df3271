/** Taking away what is old: statements that every engine understands as they are. */

import { ORDER_STATUSES } from '@cert-order-status/protocol';
import { PRUNABLE, type Prunable, type Pruning } from './store.ts';

/** How many rows go at a time: whoever writes meanwhile waits for no longer than that takes. */
const BATCH = 1000;

const SETTLED = ORDER_STATUSES.filter((status) => status !== 'Pending').map((status) => `'${status}'`);

/** How rows are taken away, and counted. */
interface Executor {
  /** Runs statements in one write transaction; how many rows each has changed. */
  change(statements: readonly string[]): Promise<readonly number[]>;
  /** The number that a statement gives. */
  count(statement: string): Promise<number>;
}

/**
 * The latest change before the moment stays, so that whoever follows the feed and has seen it can go on from there; what came
 * before it goes.
 */
const boundary = (before: number) => `(SELECT coalesce(max(cursor), 0) FROM change WHERE made < ${before})`;

/** Which rows of a table are meant, by its key. */
function selections(before: number): Readonly<Record<Prunable, readonly [string, string, string]>> {
  const awaiting = `SELECT 1 FROM certificate c WHERE c."orderNumber" = "order"."orderNumber"
    AND c."certificateStatus" IN ('Awaiting Validation', 'Awaiting Brand Validation')`;
  return {
    changes: ['change', 'cursor', `cursor < ${boundary(before)}`],
    failedLogins: ['"loginFailure"', 'hour', `hour < ${before}`],
    operatorLogins: ['"operatorLogin"', 'at', `at < '${new Date(before).toISOString()}'`],
    sessions: ['session', 'digest', `expires < ${Math.min(before, Date.now())}`],
    shareLinks: ['"shareLink"', '"linkID"', `(expires < ${before} OR revoked < ${before})`],
    settledOrders: [
      '"order"',
      '"orderNumber"',
      `"orderStatus" IN (${SETTLED.join(', ')}) AND changed < ${before} AND NOT EXISTS (${awaiting})
       AND NOT EXISTS (SELECT 1 FROM "order" later WHERE later."replacesOrderNumber" = "order"."orderNumber")
       AND NOT EXISTS (SELECT 1 FROM change WHERE change."orderNumber" = "order"."orderNumber" AND cursor >= ${boundary(before)})`,
    ],
  };
}

const CHOSEN = 'CREATE TEMPORARY TABLE chosen ("orderNumber" bigint PRIMARY KEY)';
/** What belongs to an order and goes with it. */
const OF_ORDER = ['change', '"firstIssue"', '"shareLink"', 'certificate', '"order"'];

/** The selection would choose others once something is gone, so it is made once. */
const removalOfOrders = (some: string) => [
  `INSERT INTO chosen ${some}`,
  ...OF_ORDER.map(
    (table) => `DELETE FROM ${table} WHERE "orderNumber" IN (SELECT "orderNumber" FROM chosen)`,
  ),
];

export function pruningOn({ change, count }: Executor): Pruning {
  return {
    async prune(before, what, { isDryRun = false, onProgress = () => {} } = {}) {
      const pruned: Partial<Record<Prunable, number>> = {};
      for (const kind of PRUNABLE.filter((each) => what.has(each))) {
        const [table, key, condition] = selections(before)[kind];
        if (isDryRun) {
          pruned[kind] = await count(`SELECT count(*) AS n FROM ${table} WHERE ${condition}`);
          continue;
        }
        const some = `SELECT ${key} FROM ${table} WHERE ${condition} ORDER BY ${key} LIMIT ${BATCH}`;
        const statements =
          kind === 'settledOrders'
            ? [CHOSEN, ...removalOfOrders(some), 'DROP TABLE chosen']
            : [`DELETE FROM ${table} WHERE ${key} IN (${some}) AND ${condition}`];
        let total = 0;
        for (let gone = 1; gone > 0; total += gone) {
          const changed = await change(statements);
          gone = changed[kind === 'settledOrders' ? 1 : 0] ?? 0;
          onProgress(kind, total + gone);
        }
        pruned[kind] = total;
      }
      return pruned;
    },
  };
}
