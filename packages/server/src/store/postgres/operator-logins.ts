import { hoursOf, loginsWithinLimit, type OperatorLoginKey } from '../../accounts/operator-login-entries.ts';
import type { OperatorLogin, OperatorLogins } from '../../accounts/operator-logins.ts';
import type { Database } from './connections.ts';

/** So that the limit holds whichever nodes write at once. */
const LOCK = 'LOCK TABLE "operatorLogin" IN SHARE ROW EXCLUSIVE MODE';
const OF_HOUR = `
  SELECT at, surface, "tokenName", address, succeeded FROM "operatorLogin" WHERE at >= $1 AND at < $2`;
const ADD = `
  INSERT INTO "operatorLogin" AS o (at, surface, "tokenName", address, succeeded, times)
  SELECT at, surface, "tokenName", address, succeeded, sum(times)
  FROM jsonb_to_recordset($1::text::jsonb)
    AS row (at text, surface text, "tokenName" text, address text, succeeded boolean, times bigint)
  GROUP BY at, surface, "tokenName", address, succeeded
  ON CONFLICT (at, surface, "tokenName", address, succeeded) DO UPDATE SET times = o.times + excluded.times`;
const LIST = `
  SELECT at, surface, "tokenName", address, succeeded, times::float8 AS times
  FROM "operatorLogin" ORDER BY at DESC, surface, "tokenName", address, succeeded LIMIT $1::bigint`;

/** The record of operators' logins in PostgreSQL. */
export function postgresOperatorLogins(database: Database): OperatorLogins {
  return {
    async add(logins) {
      await database.transaction(async (transaction) => {
        await transaction.run(LOCK);
        for (const hour of hoursOf(logins)) {
          const stored = (await transaction.run(OF_HOUR, [hour.from, hour.until])) as unknown;
          const added = loginsWithinLimit(hour, stored as OperatorLoginKey[]);
          await transaction.run(ADD, [JSON.stringify(added)]);
        }
      });
    },
    async list(limit) {
      return (await database.run(LIST, [limit])) as unknown as OperatorLogin[];
    },
  };
}
