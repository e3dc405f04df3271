import { formatDateTime, parseDateTime } from '@cert-order-status/protocol';
import type { TokenSummary, Tokens } from '../../accounts/tokens.ts';
import type { Database, Row } from './connections.ts';

const COLUMNS = 'name, scope, created, expires, revoked, "lastUsed"';
const NOW = 'floor(extract(epoch FROM now()))::bigint';

const FIND = `SELECT ${COLUMNS} FROM token WHERE digest = $1 AND revoked IS NULL`;
const LIST = `SELECT ${COLUMNS} FROM token WHERE name > $1 ORDER BY name LIMIT $2::bigint`;
const ADD = `
  INSERT INTO token (name, scope, digest, created, expires) VALUES ($1, $2, $3, ${NOW}, $4::bigint)
  ON CONFLICT (name) DO NOTHING`;
const REVOKE = `UPDATE token SET revoked = ${NOW} WHERE name = $1 AND revoked IS NULL`;
const NAMED = 'SELECT 1 FROM token WHERE name = $1';
const USE = `UPDATE token SET "lastUsed" = ${NOW} WHERE name = $1`;

/** The tokens in PostgreSQL. */
export function postgresTokens(database: Database): Tokens {
  return {
    async find(digest) {
      const [row] = await database.run(FIND, [digest]);
      return row && tokenSummary(row);
    },
    async list({ after = '', limit } = {}) {
      return (await database.run(LIST, [after, limit ?? null])).map(tokenSummary);
    },
    async add({ name, scope, digest, expires }) {
      const until = expires === undefined ? null : (parseDateTime(expires) as number);
      return (await database.change(ADD, [name, scope, digest, until])) === 1;
    },
    async revoke(name) {
      if ((await database.change(REVOKE, [name])) === 1) return 'revoked';
      return (await database.run(NAMED, [name])).length === 0 ? 'unknown token' : 'was revoked';
    },
    async use(name) {
      await database.change(USE, [name]);
    },
  };
}

function tokenSummary(row: Row): TokenSummary {
  return {
    name: row['name'] as string,
    scope: row['scope'] as TokenSummary['scope'],
    created: formatDateTime(Number(row['created'])),
    ...moment('expires', row['expires']),
    ...moment('revoked', row['revoked']),
    ...moment('lastUsed', row['lastUsed']),
  };
}

function moment<Name extends string>(name: Name, second: unknown) {
  return (second === null ? {} : { [name]: formatDateTime(Number(second)) }) as { [N in Name]?: string };
}
