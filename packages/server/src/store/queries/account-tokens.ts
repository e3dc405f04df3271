import {
  ACCOUNT_TOKEN_SCOPE,
  ACCOUNT_TOKENS_LIMIT,
  type AccountTokens,
  type FoundAccountToken,
} from '../../accounts/account-tokens.ts';
import { networksOf } from './allowed-addresses.ts';
import { EVERY_ROW, get, run, type Sql } from './sql.ts';
import { dateTimeOfSeconds, secondsOfDateTime } from './times.ts';
import { TOKEN_COLUMNS, type TokenRow, tokenSummary } from './tokens.ts';

/** How many tokens that have ended an account keeps, the latest. */
const ENDED_TOKENS_KEPT = 100;

type FoundRow = Pick<FoundAccountToken, 'tokenID' | 'accountID' | 'loginName' | 'name'> & {
  readonly expires: number | null;
  readonly allowedAddresses: string | null;
};

/** The tokens of accounts. */
export function accountTokensOn(sql: Sql): AccountTokens {
  const { nowSeconds, lockRows } = sql.dialect;
  const isValid = `revoked IS NULL AND coalesce(expires > ${nowSeconds}, TRUE)`;
  const find = sql.query<FoundRow>(`
    SELECT t."tokenID", t.name, t.expires, a."accountID", a."loginName", a."allowedAddresses"
    FROM "accountToken" t JOIN account a USING ("accountID")
    WHERE t.digest = ? AND t.revoked IS NULL AND NOT a.disabled`);
  const ofAccount = sql.query<TokenRow>(`
    SELECT ${TOKEN_COLUMNS} FROM "accountToken" WHERE "accountID" = ?
    ORDER BY revoked IS NOT NULL, name, "tokenID"`);
  // So that the limit holds whichever nodes add tokens at once.
  const lockAccount = sql.query(`SELECT 1 FROM account WHERE "accountID" = ? ${lockRows}`);
  const withName = sql.query(
    'SELECT 1 FROM "accountToken" WHERE "accountID" = ? AND name = ? AND revoked IS NULL',
  );
  const isFull = sql.query(`
    SELECT 1 FROM "accountToken" WHERE "accountID" = ? AND ${isValid}
    LIMIT 1 OFFSET ${ACCOUNT_TOKENS_LIMIT - 1}`);
  const removeEnded = sql.change(`
    DELETE FROM "accountToken" WHERE "tokenID" IN (
      SELECT "tokenID" FROM "accountToken" WHERE "accountID" = ? AND NOT (${isValid})
      ORDER BY "tokenID" DESC LIMIT ${EVERY_ROW} OFFSET ${ENDED_TOKENS_KEPT})`);
  const add = sql.change(`
    INSERT INTO "accountToken" ("accountID", name, scope, digest, created, expires)
    VALUES (?, ?, '${ACCOUNT_TOKEN_SCOPE}', ?, ${nowSeconds}, ?)`);
  const revoke = sql.change(`
    UPDATE "accountToken" SET revoked = ${nowSeconds} WHERE "accountID" = ? AND name = ? AND revoked IS NULL`);
  const named = sql.query('SELECT 1 FROM "accountToken" WHERE "accountID" = ? AND name = ? LIMIT 1');
  const use = sql.change(`UPDATE "accountToken" SET "lastUsed" = ${nowSeconds} WHERE "tokenID" = ?`);

  return {
    async find(digest) {
      const row = await find.get(digest);
      return (
        row && {
          ...row,
          scope: ACCOUNT_TOKEN_SCOPE,
          expires: dateTimeOfSeconds(row.expires),
          allowedAddresses: networksOf(row.allowedAddresses),
        }
      );
    },
    async ofAccount(accountID) {
      const rows = await ofAccount.all(accountID);
      return rows.map((row) => ({ ...tokenSummary(row), scope: ACCOUNT_TOKEN_SCOPE }));
    },
    add(accountID, { name, digest, expires }) {
      const until = expires === undefined ? null : secondsOfDateTime(expires);
      return sql.transaction(function* () {
        yield* get(lockAccount, accountID);
        if ((yield* get(withName, accountID, name)) !== undefined) return 'name is taken';
        if ((yield* get(isFull, accountID)) !== undefined) return 'account is full';
        yield* run(removeEnded, accountID);
        yield* run(add, accountID, name, digest, until);
        return 'added';
      });
    },
    async revoke(accountID, name) {
      if ((await revoke.run(accountID, name)) === 1) return 'revoked';
      return (await named.get(accountID, name)) === undefined ? 'unknown token' : 'was revoked';
    },
    async use(tokenID) {
      await use.run(tokenID);
    },
  };
}
