import { hourOf, MOST_COUNTERS_TOLD, withinLimit } from '../../accounts/audit-limit.ts';
import type {
  CounterChange,
  FailedLogins,
  FailureRecord,
  StoredCounter,
} from '../../accounts/failed-logins.ts';
import { all, clockMs, lockTable, runEach, type Sql, type Steps } from './sql.ts';
import { summed } from './summed.ts';
import { dateTimeOfMs } from './times.ts';

/** Of counters; times are told by the names of their units. */
export const COUNTER_COLUMNS = 'bucket, failures, updated AS "updatedMs", succeeded AS "succeededMs"';

const TABLE = '"loginFailure"';

/**
 * The counters of failed logins.
 *
 * @param count adds changes to the counters, as the engine does that best.
 */
export function failedLoginsOn(
  sql: Sql,
  count: (changes: readonly CounterChange[]) => Steps<void>,
): FailedLogins {
  const key = sql.query<{ value: string }>('SELECT value FROM "guessKey"');
  const changedSince = sql.query<StoredCounter>(`
    SELECT ${COUNTER_COLUMNS} FROM "guessCounter" WHERE updated > ? ORDER BY updated DESC
    LIMIT ${MOST_COUNTERS_TOLD}`);
  const ofHour = sql.query<Pick<FailureRecord, 'loginName' | 'address'>>(
    `SELECT "loginName", address FROM ${TABLE} WHERE hour = ?`,
  );
  const record = sql.change(`
    INSERT INTO ${TABLE} (hour, "loginName", address, failures) VALUES (?, ?, ?, ?)
    ON CONFLICT (hour, "loginName", address) DO UPDATE SET failures = ${TABLE}.failures + excluded.failures`);
  const latest = sql.query<FailureRecord & { hour: number }>(`
    SELECT hour, "loginName", address, failures FROM ${TABLE}
    ORDER BY hour DESC, failures DESC, "loginName", address LIMIT ?`);

  function* recordAll(records: readonly FailureRecord[]): Steps<void> {
    yield* lockTable(TABLE);
    const hour = hourOf(yield* clockMs());
    const stored = (yield* all(ofHour, hour)).map(failureKey);
    const added = summed(withinLimit(records, stored, failureKey, withoutNames), failureKey, 'failures');
    yield* runEach(
      record,
      added.map(({ loginName, address, failures }) => [hour, loginName, address, failures]),
    );
  }

  function* changed(sinceMs: number) {
    const atMs = yield* clockMs();
    return { counters: yield* all(changedSince, Math.floor(sinceMs)), atMs };
  }

  return {
    async key() {
      return Buffer.from((await key.get())?.value ?? '', 'hex');
    },
    exchange(changes, records, sinceMs) {
      // Nothing to write: no other process has to wait.
      if (changes.length === 0 && records.length === 0) return sql.snapshot(() => changed(sinceMs));
      return sql.transaction(function* () {
        yield* count(changes);
        if (records.length > 0) yield* recordAll(records);
        return yield* changed(sinceMs);
      });
    },
    async failures(limit) {
      return (await latest.all(limit)).map(({ hour, ...failed }) => ({
        ...failed,
        hour: dateTimeOfMs(hour),
      }));
    },
  };
}

/** What tells entries of one hour apart. */
function failureKey({ loginName, address }: Pick<FailureRecord, 'loginName' | 'address'>): string {
  return JSON.stringify([loginName, address]);
}

/** An entry for what has none of its own. */
function withoutNames(record: FailureRecord): FailureRecord {
  return { ...record, loginName: '', address: '' };
}
