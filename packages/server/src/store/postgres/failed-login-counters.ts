import { hourOf, MOST_COUNTERS_TOLD, withinLimit } from '../../accounts/audit-limit.ts';
import type { CounterChange, FailedLogins, FailureRecord } from '../../accounts/failed-logins.ts';
import { failureKey, withoutNames } from '../queries/failure-rows.ts';
import type { Connection, Database } from './connections.ts';

const NOW = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

/** In the order of the buckets, so that two who write the same ones hardly ever wait for each other. */
const COUNT = `
  INSERT INTO "guessCounter" AS c (bucket, failures, updated, succeeded)
  SELECT bucket, failures, ${NOW}, succeeded
  FROM jsonb_to_recordset($1::text::jsonb) AS row (bucket integer, failures double precision, succeeded bigint)
  ORDER BY bucket
  ON CONFLICT (bucket) DO UPDATE SET
    failures = excluded.failures + CASE WHEN $3::boolean THEN 0
      ELSE c.failures * power(0.5::float8, greatest(0, excluded.updated - c.updated) / $2::float8) END,
    updated = excluded.updated,
    succeeded = greatest(c.succeeded, excluded.succeeded)`;
/** So that the limit of the record holds whichever nodes write at once. */
const LOCK = 'LOCK TABLE "loginFailure" IN SHARE ROW EXCLUSIVE MODE';
const RECORDED = 'SELECT "loginName", address FROM "loginFailure" WHERE hour = $1::bigint';
const RECORD = `
  INSERT INTO "loginFailure" AS f (hour, "loginName", address, failures)
  SELECT $2::bigint, "loginName", address, sum(failures)
  FROM jsonb_to_recordset($1::text::jsonb) AS row ("loginName" text, address text, failures bigint)
  GROUP BY "loginName", address
  ON CONFLICT (hour, "loginName", address) DO UPDATE SET failures = f.failures + excluded.failures`;
const SINCE = `
  SELECT bucket, failures, updated::float8 AS updated, succeeded::float8 AS succeeded
  FROM "guessCounter" WHERE updated > $1::bigint ORDER BY updated DESC LIMIT ${MOST_COUNTERS_TOLD}`;
const LATEST = `
  SELECT hour::float8 AS hour, "loginName", address, failures::float8 AS failures
  FROM "loginFailure" ORDER BY hour DESC, failures DESC, "loginName", address LIMIT $1::bigint`;

/** The counters of failed logins in PostgreSQL. */
export function postgresFailedLogins(database: Database): FailedLogins {
  async function clockOf(connection: Connection): Promise<number> {
    const [row] = await connection.run(`SELECT ${NOW}::float8 AS now`);
    return row?.['now'] as number;
  }

  async function changedSince(connection: Connection, since: number) {
    const at = await clockOf(connection);
    const counters = await connection.run(SINCE, [Math.floor(since)]);
    return { counters: counters as never, at };
  }

  async function record(transaction: Connection, records: readonly FailureRecord[]): Promise<void> {
    await transaction.run(LOCK);
    const hour = hourOf(await clockOf(transaction));
    const stored = ((await transaction.run(RECORDED, [hour])) as unknown as FailureRecord[]).map(failureKey);
    const added = withinLimit(records, stored, failureKey, withoutNames);
    await transaction.run(RECORD, [JSON.stringify(added), hour]);
  }

  return {
    async key() {
      const [row] = await database.run('SELECT value FROM "guessKey"');
      return Buffer.from(row?.['value'] as string, 'hex');
    },
    async exchange(changes, records, since) {
      if (changes.length === 0 && records.length === 0) return changedSince(database, since);
      return database.transaction(async (transaction) => {
        for (const alike of groupsOf(changes)) {
          const { halfLifeMs, reset } = alike[0];
          await transaction.run(COUNT, [JSON.stringify(alike), halfLifeMs, reset]);
        }
        if (records.length > 0) await record(transaction, records);
        return changedSince(transaction, since);
      });
    },
    async failures(limit) {
      const rows = await database.run(LATEST, [limit]);
      return rows.map((row) => ({
        hour: new Date(row['hour'] as number).toISOString(),
        loginName: row['loginName'] as string,
        address: row['address'] as string,
        failures: row['failures'] as number,
      }));
    },
  };
}

/** Changes that one statement can make, the groups in the same order for all. */
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
