/** Finds followed orders that are not what a followed order is. */

import type { Store } from '../store.ts';
import type { Sql } from './sql.ts';

/** As many are named: where there are more, the reason is the same. */
const NAMED_LIMIT = 1000;

/** See `Store.wronglyFollowed`. */
export function wronglyFollowedOn(sql: Sql): Store['wronglyFollowed'] {
  const wrong = sql.query<{ orderNumber: string; problem: string }>(`
    SELECT * FROM (
      SELECT CAST(f."orderNumber" AS text) AS "orderNumber", CASE
        WHEN u."upstreamID" IS NULL THEN 'it is followed at an upstream that is not there'
        WHEN f."accountID" <> o."accountID" THEN 'it is followed for another account than its own'
        WHEN NOT o."isObserved" THEN 'it is followed at an upstream, and something else than what was observed changed it'
        END AS problem
      FROM "followedOrder" f LEFT JOIN upstream u ON u."upstreamID" = f."upstreamID"
      LEFT JOIN "order" o ON o."orderNumber" = f."orderNumber") AS looked
    WHERE problem IS NOT NULL LIMIT ${NAMED_LIMIT}`);
  return () => wrong.all();
}
