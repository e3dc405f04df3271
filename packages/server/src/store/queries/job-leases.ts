import type { JobLeases } from '../../jobs/job-leases.ts';
import { run, type Sql } from './sql.ts';

/**
 * The leases of jobs. One that ends later than in twice its time counts as expired: it is from before the database's
 * clock was set back. (Twice, as a transaction may have begun a while before another process has renewed the lease.)
 */
export function jobLeasesOn(sql: Sql): JobLeases {
  const { nowMs } = sql.dialect;
  const othersHave = sql.query<{ name: string }>(`
    SELECT name FROM "jobLease"
    WHERE holder <> ?1 AND expires > ${nowMs} AND expires <= ${nowMs} + 2 * CAST(?2 AS bigint)`);
  const hold = sql.change(`
    INSERT INTO "jobLease" AS held (name, holder, expires) VALUES (?1, ?2, ${nowMs} + CAST(?3 AS bigint))
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires = excluded.expires
    WHERE held.holder = excluded.holder OR held.expires <= ${nowMs}
      OR held.expires > ${nowMs} + 2 * CAST(?3 AS bigint)`);
  const release = sql.change('DELETE FROM "jobLease" WHERE holder = ?');

  return {
    async hold(names, holder, durationMs) {
      // Looked at first: processes that wait for a lease write nothing.
      const taken = new Set((await othersHave.all(holder, durationMs)).map(({ name }) => name));
      const free = names.filter((name) => !taken.has(name));
      if (free.length === 0) return new Set();
      return sql.transaction(function* () {
        const held = new Set<string>();
        for (const name of free) if ((yield* run(hold, name, holder, durationMs)) > 0) held.add(name);
        return held;
      });
    },
    async release(holder) {
      await release.run(holder);
    },
  };
}
