/** The reports about the whole database. */

import {
  AWAITING_MEANINGS,
  CHECK_STATUS_NUMBERS,
  CHECKS_IN_ORDER_OF_WORK,
  type CheckName,
  checkStatusOf,
  type OrderMeaning,
} from '@cert-order-status/protocol';
import type { PendingReport, Reports } from '../../orders/reports.ts';
import type { Sql } from './sql.ts';
import { msOfSeconds, secondsOfMs, sqlSecondsOfMs } from './times.ts';

interface MeaningCount {
  readonly meaning: OrderMeaning;
  readonly orders: number;
}

interface CheckCount {
  readonly awaited: PendingReport['for'];
  /** A check's number on the wire; null when it is no check. */
  readonly state: number | null;
  readonly certificates: number;
}

interface WeekRow {
  /** Counted from the first Monday after the beginning of 1970. */
  readonly week: number;
  readonly orders: number;
  /** Seconds. */
  readonly median: number;
  readonly p90: number;
}

const WEEK_SECONDS = 7 * 24 * 60 * 60;
/** The first Monday after the beginning of 1970. */
const FIRST_MONDAY_SECONDS = 4 * 24 * 60 * 60;

const BY_MEANING = 'SELECT "orderStatusMeaning" AS meaning, count(*) AS orders FROM "order" GROUP BY 1';

/** The free DV upgrade holds nothing up. */
const IN_THE_WAY = CHECKS_IN_ORDER_OF_WORK.filter((check) => check !== 'freeDVUPStatus');
const OPEN = `(${CHECK_STATUS_NUMBERS['not-completed']}, ${CHECK_STATUS_NUMBERS['in-progress']})`;
const whenOpen = (value: (check: CheckName) => string) =>
  IN_THE_WAY.map((check) => `WHEN c."${check}" IN ${OPEN} THEN ${value(check)}`).join(' ');

const AWAITING = AWAITING_MEANINGS.map((meaning) => `'${meaning}'`).join(', ');

const BY_CHECK = `
  SELECT
    CASE c."certificateStatusMeaning" WHEN 'awaiting-brand-validation' THEN 'brandValidation'
      WHEN 'awaiting-caa' THEN 'caaStatus' WHEN 'failed-after-signing' THEN 'issue'
      ELSE CASE ${whenOpen((check) => `'${check}'`)} ELSE 'issue' END END AS awaited,
    CASE c."certificateStatusMeaning" WHEN 'awaiting-brand-validation' THEN NULL
      WHEN 'awaiting-caa' THEN ${CHECK_STATUS_NUMBERS['not-completed']} WHEN 'failed-after-signing' THEN NULL
      ELSE CASE ${whenOpen((check) => `c."${check}"`)} END END AS state,
    count(*) AS certificates
  FROM certificate c JOIN "order" o ON o."orderNumber" = c."orderNumber"
  WHERE o."orderStatusMeaning" = 'pending' AND c."certificateStatusMeaning" IN (${AWAITING})
  GROUP BY 1, 2`;

const ISSUED_SECONDS = sqlSecondsOfMs('f.issued');
const ISSUE_TIMES = `
  WITH issue AS (
    SELECT (${ISSUED_SECONDS} - ${FIRST_MONDAY_SECONDS}) / ${WEEK_SECONDS} AS week,
      ${ISSUED_SECONDS} - o."orderDateTime" AS took
    FROM "firstIssue" f JOIN "order" o ON o."orderNumber" = f."orderNumber"
    WHERE f.issued >= ? AND o."orderDateTime" IS NOT NULL
  ), ranked AS (
    SELECT week, took, row_number() OVER (PARTITION BY week ORDER BY took) AS place,
      count(*) OVER (PARTITION BY week) AS orders
    FROM issue
  )
  SELECT week, max(orders) AS orders, max(took) FILTER (WHERE place = (orders + 1) / 2) AS median,
    max(took) FILTER (WHERE place = (orders * 9 + 9) / 10) AS p90
  FROM ranked GROUP BY week ORDER BY week`;

/** The reports. */
export function reportsOn(sql: Sql): Reports {
  const byMeaning = sql.query<MeaningCount>(BY_MEANING);
  const byCheck = sql.query<CheckCount>(BY_CHECK);
  const issueTimes = sql.query<WeekRow>(ISSUE_TIMES);

  return {
    async ordersByMeaning() {
      return Object.fromEntries((await byMeaning.all()).map(({ meaning, orders }) => [meaning, orders]));
    },
    async pendingByAge(nowMs, limitsSeconds) {
      const second = secondsOfMs(nowMs);
      const columns = limitsSeconds.map((_, index) => {
        const isYounger = index + 1 < limitsSeconds.length ? `AND "orderDateTime" > ?${index + 2}` : '';
        return `count(*) FILTER (WHERE "orderDateTime" <= ?${index + 1} ${isYounger}) AS age${index}`;
      });
      const pending = sql.query<Record<string, number>>(
        `SELECT ${columns.join(', ')} FROM "order" WHERE "orderStatusMeaning" = 'pending'`,
      );
      const row = await pending.get(...limitsSeconds.map((limit) => second - limit));
      return limitsSeconds.map((_, index) => row?.[`age${index}`] ?? 0);
    },
    async pendingByCheck() {
      return (await byCheck.all()).map(({ awaited, state, certificates }) => ({
        for: awaited,
        state: state === null ? undefined : checkStatusOf(state),
        certificates,
      }));
    },
    async issueTimes(sinceMs) {
      return (await issueTimes.all(Math.floor(sinceMs))).map(({ week, orders, median, p90 }) => ({
        weekMs: msOfSeconds(week * WEEK_SECONDS + FIRST_MONDAY_SECONDS),
        orders,
        medianSeconds: median,
        p90Seconds: p90,
      }));
    },
  };
}
