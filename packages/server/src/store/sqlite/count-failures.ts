import type { CounterChange, StoredCounter } from '../../accounts/failed-logins.ts';
import { COUNTER_COLUMNS } from '../queries/failed-logins.ts';
import { clockMs, get, run, type Sql, type Steps } from '../queries/sql.ts';

/** Adds changes to the counters of failed logins, one after another. */
export function sqliteCountFailures(sql: Sql): (changes: readonly CounterChange[]) => Steps<void> {
  const find = sql.query<StoredCounter>(`SELECT ${COUNTER_COLUMNS} FROM guessCounter WHERE bucket = ?`);
  const put = sql.change('INSERT OR REPLACE INTO guessCounter VALUES (?, ?, ?, ?)');

  return function* (changes) {
    const atMs = yield* clockMs();
    for (const { bucket, failures, reset, succeededMs, halfLifeMs } of changes) {
      const before = yield* get(find, bucket);
      const rest =
        before === undefined || reset
          ? 0
          : before.failures * 0.5 ** (Math.max(0, atMs - before.updatedMs) / halfLifeMs);
      yield* run(put, bucket, rest + failures, atMs, Math.max(succeededMs, before?.succeededMs ?? 0));
    }
  };
}
