import type { DatabaseSync } from 'node:sqlite';
import type { FailureRecord, GuessCounters, StoredCounter } from '../store.ts';
import { inTransaction } from './transaction.ts';
import { prepareWrite } from './write-statement.ts';

const HOUR = 3_600_000;

/** The counters of failed logins in SQLite. */
export function sqliteGuessCounters(database: DatabaseSync): GuessCounters {
  const key = database.prepare('SELECT value FROM guessKey');
  const find = database.prepare('SELECT * FROM guessCounter WHERE bucket = ?');
  const put = prepareWrite(database, 'INSERT OR REPLACE INTO guessCounter VALUES (?, ?, ?, ?)');
  const since = database.prepare('SELECT * FROM guessCounter WHERE updated > ?');
  const record = prepareWrite(
    database,
    `INSERT INTO loginFailure VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET failures = failures + excluded.failures`,
  );
  const latest = database.prepare(
    'SELECT * FROM loginFailure ORDER BY hour DESC, failures DESC, loginName, address LIMIT ?',
  );
  const changedSince = (time: number) => since.all(time) as unknown as StoredCounter[];

  return {
    async key() {
      return Buffer.from(key.get()?.['value'] as string, 'hex');
    },
    async exchange(changes, records, terms) {
      const at = Date.now();
      // Nothing to write: nobody is kept waiting.
      if (changes.length === 0 && records.length === 0) return { counters: changedSince(terms.since), at };
      return inTransaction(database, () => {
        for (const { bucket, failures, reset, succeeded } of changes) {
          const before = find.get(bucket) as StoredCounter | undefined;
          const rest =
            before === undefined || reset
              ? 0
              : before.failures * 0.5 ** (Math.max(0, at - before.updated) / terms.halfLife);
          put(bucket, rest + failures, at, succeeded ?? before?.succeeded ?? 0);
        }
        const hour = Math.floor(at / HOUR) * HOUR;
        for (const { loginName, address, failures } of records) record(hour, loginName, address, failures);
        return { counters: changedSince(terms.since), at };
      });
    },
    async failures(limit) {
      return (latest.all(limit) as unknown as (FailureRecord & { hour: number })[]).map(
        ({ hour, ...failed }) => ({ ...failed, hour: new Date(hour).toISOString() }),
      );
    },
  };
}
