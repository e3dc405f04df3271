import type { FoundSession, SessionOwner, Sessions } from '../../accounts/sessions.ts';
import type { TokenScope } from '../../accounts/tokens.ts';
import { networksOf } from './allowed-addresses.ts';
import { EVERY_ROW, run, type Sql } from './sql.ts';

/** How many sessions one account, or one token, has: a new one beyond that ends the oldest. */
const SESSIONS_KEPT = 50;

/** A session with its account or its token; with neither, it is over. */
interface SessionRow {
  readonly accountID: number | null;
  readonly loginName: string;
  readonly credentialVersion: number;
  readonly allowedAddresses: string | null;
  readonly name: string | null;
  readonly scope: TokenScope;
}

/** The sessions. */
export function sessionsOn(sql: Sql): Sessions {
  const { nowMs, nowSeconds } = sql.dialect;
  const find = sql.query<SessionRow>(`
    SELECT a."accountID", a."loginName", a."credentialVersion", a."allowedAddresses", t.name, t.scope
    FROM session s
    LEFT JOIN account a
      ON a."accountID" = s."accountID" AND a."credentialVersion" = s."credentialVersion" AND NOT a.disabled
    LEFT JOIN token t ON t.name = s."tokenName" AND t.revoked IS NULL AND coalesce(t.expires > ${nowSeconds}, TRUE)
    WHERE s.digest = ? AND s.expires > ${nowMs}`);
  const removeExpired = sql.change(`DELETE FROM session WHERE expires <= ${nowMs}`);
  const add = sql.change(`
    INSERT INTO session (digest, "accountID", "credentialVersion", "tokenName", created, expires)
    VALUES (?, ?, ?, ?, ${nowMs}, ?)`);
  const endOldest = sql.change(`
    DELETE FROM session WHERE digest IN (
      SELECT digest FROM session
      WHERE "accountID" IS NOT DISTINCT FROM ? AND "tokenName" IS NOT DISTINCT FROM ?
      ORDER BY digest = ? DESC, created DESC LIMIT ${EVERY_ROW} OFFSET ${SESSIONS_KEPT})`);
  const remove = sql.change('DELETE FROM session WHERE digest = ?');

  return {
    async find(digest) {
      return foundSession(await find.get(digest));
    },
    add(digest, owner, expiresMs) {
      const { accountID, credentialVersion, tokenName } = ownerColumns(owner);
      return sql.transaction(function* () {
        yield* run(removeExpired);
        yield* run(add, digest, accountID, credentialVersion, tokenName, expiresMs);
        return yield* run(endOldest, accountID, tokenName, digest);
      });
    },
    async remove(digest) {
      await remove.run(digest);
    },
  };
}

function foundSession(row: SessionRow | undefined): FoundSession | undefined {
  if (row === undefined) return undefined;
  const { accountID, loginName, credentialVersion, name, scope } = row;
  const allowedAddresses = networksOf(row.allowedAddresses);
  if (accountID !== null) {
    return { owner: { kind: 'account', accountID, loginName, credentialVersion }, allowedAddresses };
  }
  return name === null ? undefined : { owner: { kind: 'token', name, scope }, allowedAddresses };
}

function ownerColumns(owner: SessionOwner) {
  return owner.kind === 'account'
    ? { accountID: owner.accountID, credentialVersion: owner.credentialVersion, tokenName: null }
    : { accountID: null, credentialVersion: null, tokenName: owner.name };
}
