import type { JobLeases } from '../../jobs/job-leases.ts';
import { type Lease, LeaseLost } from '../../lease.ts';
import { all, get, run, type Sql, type Steps } from './sql.ts';

/**
 * The leases of jobs. One that ends later than in twice its time counts as expired: it is from before the database's
 * clock was set back. (Twice, as a transaction may have begun a while before another process has renewed the lease.)
 *
 * A lease that is free keeps its row, and so its generation.
 */
export function jobLeasesOn(sql: Sql): JobLeases {
  const { nowMs, lockUnlockedRows } = sql.dialect;
  const holds = (durationMs: string) =>
    `expires > ${nowMs} AND expires <= ${nowMs} + 2 * CAST(${durationMs} AS bigint)`;
  const othersHave = sql.query<{ name: string }>(
    `SELECT name FROM "jobLease" WHERE holder <> ?1 AND ${holds('?2')}`,
  );
  const renew = sql.change(`
    UPDATE "jobLease" SET expires = ${nowMs} + CAST(?3 AS bigint)
    WHERE name = ?1 AND holder = ?2 AND ${holds('?3')}`);
  const add = sql.change(`
    INSERT INTO "jobLease" (name, holder, expires, generation) VALUES (?, '', 0, 0) ON CONFLICT (name) DO NOTHING`);
  // Does not wait for a transaction under the lease: others of the holder's leases have to be renewed meanwhile.
  const take = sql.change(`
    UPDATE "jobLease" SET holder = ?2, expires = ${nowMs} + CAST(?3 AS bigint), generation = generation + 1
    WHERE name IN (SELECT name FROM "jobLease" WHERE name = ?1 AND NOT (${holds('?3')}) ${lockUnlockedRows})`);
  const heldBy = sql.query<Omit<Lease, 'holder'>>(`
    SELECT name AS job, generation FROM "jobLease" WHERE holder = ?1 AND expires > ${nowMs}`);
  const release = sql.change('UPDATE "jobLease" SET expires = 0 WHERE holder = ?');

  return {
    async hold(names, holder, durationMs) {
      // Looked at first: processes that wait for a lease write nothing.
      const taken = new Set((await othersHave.all(holder, durationMs)).map(({ name }) => name));
      const free = names.filter((name) => !taken.has(name));
      if (free.length === 0) return new Map();
      return sql.transaction(function* () {
        for (const name of free) {
          if ((yield* run(renew, name, holder, durationMs)) > 0) continue;
          yield* run(add, name);
          yield* run(take, name, holder, durationMs);
        }
        const held = yield* all(heldBy, holder);
        return new Map(
          held.flatMap(({ job, generation }) =>
            free.includes(job) ? [[job, { job, holder, generation }] as const] : [],
          ),
        );
      });
    },
    async release(holder) {
      await release.run(holder);
    },
  };
}

/**
 * A step with which a transaction makes sure that a lease holds, until the transaction ends: the lease can be renewed
 * meanwhile, but not taken over. It comes before what the transaction writes, and after the locks that may make it
 * wait.
 *
 * @throws {LeaseLost} when it does not hold, which undoes the transaction.
 */
export function requireLeaseOn({ dialect, query }: Sql): (lease: Lease) => Steps<void> {
  const held = query(`
    SELECT 1 FROM "jobLease" WHERE name = ?1 AND holder = ?2 AND generation = ?3 AND expires > ${dialect.nowMs}
    ${dialect.lockKeys}`);
  return function* (lease) {
    if ((yield* get(held, lease.job, lease.holder, lease.generation)) === undefined)
      throw new LeaseLost(lease);
  };
}
