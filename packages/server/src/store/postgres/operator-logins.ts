import type { OperatorLogin, OperatorLogins } from '../store.ts';
import type { Database } from './connections.ts';

const ADD = `
  INSERT INTO "operatorLogin" AS o (at, surface, "tokenName", address, succeeded, times)
  SELECT at, surface, "tokenName", address, succeeded, times
  FROM jsonb_to_recordset($1::text::jsonb)
    AS row (at text, surface text, "tokenName" text, address text, succeeded boolean, times bigint)
  ORDER BY at, surface, "tokenName", address, succeeded
  ON CONFLICT (at, surface, "tokenName", address, succeeded) DO UPDATE SET times = o.times + excluded.times`;
const LIST = `
  SELECT at, surface, "tokenName", address, succeeded, times::float8 AS times
  FROM "operatorLogin" ORDER BY at DESC, surface, "tokenName", address, succeeded LIMIT $1::bigint`;

/** The record of operators' logins in PostgreSQL. */
export function postgresOperatorLogins(database: Database): OperatorLogins {
  return {
    async add(logins) {
      await database.run(ADD, [JSON.stringify(logins)]);
    },
    async list(limit) {
      return (await database.run(LIST, [limit])) as unknown as OperatorLogin[];
    },
  };
}
