import type { TokenSummary, Tokens } from '../../accounts/tokens.ts';
import { EVERY_ROW, type Sql } from './sql.ts';
import { dateTimeOfSeconds, secondsOfDateTime } from './times.ts';

/** Times are seconds since 1970. */
export interface TokenRow extends Pick<TokenSummary, 'name' | 'scope'> {
  readonly created: number;
  readonly expires: number | null;
  readonly revoked: number | null;
  readonly lastUsed: number | null;
}

/** Of {@link TokenRow}. */
export const TOKEN_COLUMNS = 'name, scope, created, expires, revoked, "lastUsed"';

/** The tokens of the management API. */
export function tokensOn(sql: Sql): Tokens {
  const { nowSeconds } = sql.dialect;
  const find = sql.query<TokenRow>(`SELECT ${TOKEN_COLUMNS} FROM token WHERE digest = ? AND revoked IS NULL`);
  const list = sql.query<TokenRow>(`SELECT ${TOKEN_COLUMNS} FROM token WHERE name > ? ORDER BY name LIMIT ?`);
  const add = sql.change(`
    INSERT INTO token (name, scope, digest, created, expires) VALUES (?, ?, ?, ${nowSeconds}, ?)
    ON CONFLICT (name) DO NOTHING`);
  const revoke = sql.change(`UPDATE token SET revoked = ${nowSeconds} WHERE name = ? AND revoked IS NULL`);
  const named = sql.query('SELECT 1 FROM token WHERE name = ?');
  const use = sql.change(`UPDATE token SET "lastUsed" = ${nowSeconds} WHERE name = ?`);

  return {
    async find(digest) {
      const row = await find.get(digest);
      return row && tokenSummary(row);
    },
    async list({ after = '', limit = EVERY_ROW } = {}) {
      return (await list.all(after, limit)).map(tokenSummary);
    },
    async add({ name, scope, digest, expires }) {
      const until = expires === undefined ? null : secondsOfDateTime(expires);
      return (await add.run(name, scope, digest, until)) === 1;
    },
    async revoke(name) {
      if ((await revoke.run(name)) === 1) return 'revoked';
      return (await named.get(name)) === undefined ? 'unknown token' : 'was revoked';
    },
    async use(name) {
      await use.run(name);
    },
  };
}

/** A token as lists have it. */
export function tokenSummary({ name, scope, created, expires, revoked, lastUsed }: TokenRow): TokenSummary {
  return {
    name,
    scope,
    created: dateTimeOfSeconds(created),
    expires: dateTimeOfSeconds(expires),
    revoked: dateTimeOfSeconds(revoked),
    lastUsed: dateTimeOfSeconds(lastUsed),
  };
}
