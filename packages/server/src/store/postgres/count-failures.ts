import type { CounterChange } from '../../accounts/failed-logins.ts';
import { run, type Sql, type Steps } from '../queries/sql.ts';
import { CLOCK_MS } from './sql.ts';

/**
 * Adds changes to the counters of failed logins, those that one statement can make together, the groups in the same
 * order for all.
 */
export function postgresCountFailures(sql: Sql): (changes: readonly CounterChange[]) => Steps<void> {
  // In the order of the buckets, so that two who write the same ones hardly ever wait for each other.
  const count = sql.change(`
    INSERT INTO "guessCounter" AS c (bucket, failures, updated, succeeded)
    SELECT bucket, failures, ${CLOCK_MS}, "succeededMs"
    FROM jsonb_to_recordset(?1::text::jsonb)
      AS row (bucket integer, failures double precision, "succeededMs" bigint)
    ORDER BY bucket
    ON CONFLICT (bucket) DO UPDATE SET
      failures = excluded.failures + CASE WHEN ?3::boolean THEN 0
        ELSE c.failures * power(0.5::float8, greatest(0, excluded.updated - c.updated) / ?2::float8) END,
      updated = excluded.updated,
      succeeded = greatest(c.succeeded, excluded.succeeded)`);

  return function* (changes) {
    for (const alike of groupsOf(changes)) {
      const { halfLifeMs, reset } = alike[0];
      yield* run(count, JSON.stringify(alike), halfLifeMs, reset);
    }
  };
}

function groupsOf(changes: readonly CounterChange[]): readonly [CounterChange, ...CounterChange[]][] {
  const groups = new Map<string, [CounterChange, ...CounterChange[]]>();
  for (const change of changes) {
    const key = `${change.halfLifeMs} ${change.reset}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [change]);
    else group.push(change);
  }
  return [...groups].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, group]) => group);
}
