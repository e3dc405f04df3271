import type { IssueTimes, PendingReport, Reports } from '../../orders/reports.ts';
import type { ShownUpstream, UpstreamAdmin } from '../../upstreams/upstream-admin.ts';

/** In seconds. */
export const DAY_SECONDS = 24 * 60 * 60;
/** How old pending orders are, in seconds, from the youngest. */
export const AGES = [
  { from: 0, text: 'under a day' },
  { from: DAY_SECONDS, text: '1 to 3 days' },
  { from: 3 * DAY_SECONDS, text: '3 to 7 days' },
  { from: 7 * DAY_SECONDS, text: '7 to 30 days' },
  { from: 30 * DAY_SECONDS, text: 'over 30 days' },
] as const;
/** How far back times of issue are shown. */
export const WEEKS = 12;

/** The figures; `byAge` has one for each of the ages. */
export interface Figures {
  readonly byMeaning: Awaited<ReturnType<Reports['ordersByMeaning']>>;
  readonly byAge: readonly number[];
  readonly byCheck: readonly PendingReport[];
  readonly times: readonly IssueTimes[];
  readonly upstreams: readonly ShownUpstream[];
}

/** Counts them: in a large database that takes its time. */
export async function countFigures(reports: Reports, upstreamAdmin: UpstreamAdmin): Promise<Figures> {
  const now = Date.now();
  const [byMeaning, byAge, byCheck, times, upstreams] = await Promise.all([
    reports.ordersByMeaning(),
    reports.pendingByAge(
      now,
      AGES.map(({ from }) => from),
    ),
    reports.pendingByCheck(),
    reports.issueTimes(now - WEEKS * 7 * DAY_SECONDS * 1000),
    upstreamAdmin.list(),
  ]);
  return { byMeaning, byAge, byCheck, times, upstreams };
}
