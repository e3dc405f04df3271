import type { DatabaseSync } from 'node:sqlite';
import { hourOf, MOST_COUNTERS_TOLD, withinLimit } from '../../accounts/audit-limit.ts';
import type {
  CounterChange,
  FailedLogins,
  FailureRecord,
  StoredCounter,
} from '../../accounts/failed-logins.ts';
import { failureKey, withoutNames } from '../queries/failure-rows.ts';
import { inTransaction } from './transaction.ts';
import { prepareWrite } from './write-statement.ts';

/** The counters of failed logins in SQLite. */
export function sqliteFailedLogins(database: DatabaseSync): FailedLogins {
  const key = database.prepare('SELECT value FROM guessKey');
  const find = database.prepare('SELECT * FROM guessCounter WHERE bucket = ?');
  const put = prepareWrite(database, 'INSERT OR REPLACE INTO guessCounter VALUES (?, ?, ?, ?)');
  const since = database.prepare(
    `SELECT * FROM guessCounter WHERE updated > ? ORDER BY updated DESC LIMIT ${MOST_COUNTERS_TOLD}`,
  );
  const recorded = database.prepare('SELECT loginName, address FROM loginFailure WHERE hour = ?');
  const record = prepareWrite(
    database,
    `INSERT INTO loginFailure VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET failures = failures + excluded.failures`,
  );
  const latest = database.prepare(
    'SELECT * FROM loginFailure ORDER BY hour DESC, failures DESC, loginName, address LIMIT ?',
  );
  const changedSince = (time: number) => since.all(time) as unknown as StoredCounter[];

  function count({ bucket, failures, reset, succeeded, halfLifeMs }: CounterChange, at: number): void {
    const before = find.get(bucket) as StoredCounter | undefined;
    const rest =
      before === undefined || reset
        ? 0
        : before.failures * 0.5 ** (Math.max(0, at - before.updated) / halfLifeMs);
    put(bucket, rest + failures, at, Math.max(succeeded, before?.succeeded ?? 0));
  }

  function recordAll(records: readonly FailureRecord[], hour: number): void {
    const stored = (recorded.all(hour) as unknown as FailureRecord[]).map(failureKey);
    for (const { loginName, address, failures } of withinLimit(records, stored, failureKey, withoutNames)) {
      record(hour, loginName, address, failures);
    }
  }

  return {
    async key() {
      return Buffer.from(key.get()?.['value'] as string, 'hex');
    },
    async exchange(changes, records, since) {
      // Nothing to write: nobody is kept waiting.
      if (changes.length === 0 && records.length === 0) {
        return { counters: changedSince(since), at: Date.now() };
      }
      return inTransaction(database, () => {
        const at = Date.now();
        for (const change of changes) count(change, at);
        if (records.length > 0) recordAll(records, hourOf(at));
        return { counters: changedSince(since), at };
      });
    },
    async failures(limit) {
      return (latest.all(limit) as unknown as (FailureRecord & { hour: number })[]).map(
        ({ hour, ...failed }) => ({ ...failed, hour: new Date(hour).toISOString() }),
      );
    },
  };
}
