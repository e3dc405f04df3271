import type { GuessCounters } from '../store.ts';
import type { Connection, Database } from './connections.ts';

const HOUR = 3_600_000;
const NOW = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

/** In the order of the buckets, so that two who write the same ones never wait for each other. */
const COUNT = `
  INSERT INTO "guessCounter" AS c (bucket, failures, updated, succeeded)
  SELECT bucket, failures, ${NOW}, coalesce(succeeded, 0)
  FROM jsonb_to_recordset($1::text::jsonb)
    AS row (bucket integer, failures double precision, reset boolean, succeeded bigint)
  ORDER BY bucket
  ON CONFLICT (bucket) DO UPDATE SET
    failures = excluded.failures + c.failures * power(0.5::float8, greatest(0, excluded.updated - c.updated) / $2::float8),
    updated = excluded.updated,
    succeeded = greatest(c.succeeded, excluded.succeeded)`;
/** Those that start anew, before the others are counted. */
const RESET = `
  UPDATE "guessCounter" SET failures = 0 WHERE bucket IN (
    SELECT bucket FROM jsonb_to_recordset($1::text::jsonb) AS row (bucket integer, reset boolean) WHERE reset
  )`;
const RECORD = `
  INSERT INTO "loginFailure" AS f (hour, "loginName", address, failures)
  SELECT ${NOW} / ${HOUR} * ${HOUR}, "loginName", address, failures
  FROM jsonb_to_recordset($1::text::jsonb) AS row ("loginName" text, address text, failures bigint)
  ORDER BY "loginName", address
  ON CONFLICT (hour, "loginName", address) DO UPDATE SET failures = f.failures + excluded.failures`;
const SINCE = `
  SELECT bucket, failures, updated::float8 AS updated, succeeded::float8 AS succeeded
  FROM "guessCounter" WHERE updated > $1::bigint`;
const LATEST = `
  SELECT hour::float8 AS hour, "loginName", address, failures::float8 AS failures
  FROM "loginFailure" ORDER BY hour DESC, failures DESC, "loginName", address LIMIT $1::bigint`;

/** The counters of failed logins in PostgreSQL. */
export function postgresGuessCounters(database: Database): GuessCounters {
  async function changedSince(connection: Connection, since: number) {
    const [row] = await connection.run(`SELECT ${NOW}::float8 AS now`);
    const counters = await connection.run(SINCE, [Math.floor(since)]);
    return { counters: counters as never, at: row?.['now'] as number };
  }

  return {
    async key() {
      const [row] = await database.run('SELECT value FROM "guessKey"');
      return Buffer.from(row?.['value'] as string, 'hex');
    },
    async exchange(changes, records, { since, halfLife }) {
      if (changes.length === 0 && records.length === 0) return changedSince(database, since);
      return database.transaction(async (transaction) => {
        const list = JSON.stringify(changes);
        if (changes.some(({ reset }) => reset)) await transaction.run(RESET, [list]);
        await transaction.run(COUNT, [list, halfLife]);
        await transaction.run(RECORD, [JSON.stringify(records)]);
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
