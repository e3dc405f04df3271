/** What operators want to know of the database as a whole: queries that every engine understands as they are. */

import {
  CHECK_STATUS_NUMBERS,
  CHECKS_IN_ORDER_OF_WORK,
  type CheckName,
  checkStatusOf,
  type OrderStatusWord,
} from '@cert-order-status/protocol';
import type { PendingReport, Reports } from '../../orders/reports.ts';

type Row = Readonly<Record<string, unknown>>;

const WEEK = 7 * 24 * 60 * 60;
/** The first Monday after the beginning of 1970, in seconds. */
const FIRST_MONDAY = 4 * 24 * 60 * 60;

const BY_STATUS = 'SELECT "orderStatus" AS status, count(*) AS orders FROM "order" GROUP BY 1';

/** The free DV upgrade holds nothing up. */
const IN_THE_WAY = CHECKS_IN_ORDER_OF_WORK.filter((check) => check !== 'freeDVUPStatus');
const OPEN = `(${CHECK_STATUS_NUMBERS['not-completed']}, ${CHECK_STATUS_NUMBERS['in-progress']})`;
const whenOpen = (value: (check: CheckName) => string) =>
  IN_THE_WAY.map((check) => `WHEN c."${check}" IN ${OPEN} THEN ${value(check)}`).join(' ');

const BY_CHECK = `
  SELECT
    CASE WHEN c."certificateStatus" = 'Awaiting Brand Validation' THEN 'brandValidation'
      ${whenOpen((check) => `'${check}'`)} ELSE 'issue' END AS awaited,
    CASE WHEN c."certificateStatus" = 'Awaiting Brand Validation' THEN NULL
      ${whenOpen((check) => `c."${check}"`)} END AS state,
    count(*) AS certificates
  FROM certificate c JOIN "order" o ON o."orderNumber" = c."orderNumber"
  WHERE o."orderStatus" = 'Pending' AND c."certificateStatus" IN ('Awaiting Validation', 'Awaiting Brand Validation')
  GROUP BY 1, 2`;

const issueTimesSince = (since: number) => `
  WITH issue AS (
    SELECT (f.issued / 1000 - ${FIRST_MONDAY}) / ${WEEK} AS week, f.issued / 1000 - o."orderDateTime" AS took
    FROM "firstIssue" f JOIN "order" o ON o."orderNumber" = f."orderNumber"
    WHERE f.issued >= ${since}
  ), ranked AS (
    SELECT week, took, row_number() OVER (PARTITION BY week ORDER BY took) AS place,
      count(*) OVER (PARTITION BY week) AS orders
    FROM issue
  )
  SELECT week, max(orders) AS orders, max(took) FILTER (WHERE place = (orders + 1) / 2) AS median,
    max(took) FILTER (WHERE place = (orders * 9 + 9) / 10) AS p90
  FROM ranked GROUP BY week ORDER BY week`;

/** @param run runs a query on one state of the database. */
export function reportsOn(run: (query: string) => Promise<readonly Row[]>): Reports {
  return {
    async ordersByStatus() {
      const rows = await run(BY_STATUS);
      return Object.fromEntries(rows.map((row) => [row['status'] as OrderStatusWord, Number(row['orders'])]));
    },
    async pendingByAge(now, limits) {
      const second = Math.floor(now / 1000);
      const columns = limits.map((limit, index) => {
        const next = limits[index + 1];
        const isYounger = next === undefined ? '' : ` AND "orderDateTime" > ${second - next}`;
        return `count(*) FILTER (WHERE "orderDateTime" <= ${second - limit}${isYounger}) AS age${index}`;
      });
      const [row] = await run(`SELECT ${columns.join(', ')} FROM "order" WHERE "orderStatus" = 'Pending'`);
      return limits.map((_, index) => Number(row?.[`age${index}`]));
    },
    async pendingByCheck() {
      const rows = await run(BY_CHECK);
      return rows.map((row) => ({
        for: row['awaited'] as PendingReport['for'],
        ...(row['state'] !== null && { state: checkStatusOf(Number(row['state'])) }),
        certificates: Number(row['certificates']),
      })) as PendingReport[];
    },
    async issueTimes(since) {
      const rows = await run(issueTimesSince(Math.floor(since)));
      return rows.map((row) => ({
        week: (Number(row['week']) * WEEK + FIRST_MONDAY) * 1000,
        orders: Number(row['orders']),
        median: Number(row['median']),
        p90: Number(row['p90']),
      }));
    },
  };
}
