import type { Sessions } from '../../accounts/sessions.ts';
import { foundSession, ownerColumns, SESSIONS_KEPT, type SessionRow } from '../queries/session-rows.ts';
import type { Database } from './connections.ts';

const NOW = 'floor(extract(epoch FROM now()) * 1000)::bigint';

const FIND = `
  SELECT a."accountID", a."loginName", a."credentialVersion", a."allowedAddresses", t.name, t.scope
  FROM session s
  LEFT JOIN account a
    ON a."accountID" = s."accountID" AND a."credentialVersion" = s."credentialVersion" AND NOT a.disabled
  LEFT JOIN token t ON t.name = s."tokenName" AND t.revoked IS NULL AND coalesce(t.expires * 1000 > ${NOW}, TRUE)
  WHERE s.digest = $1 AND s.expires > ${NOW}`;
const FORGET = `DELETE FROM session WHERE expires <= ${NOW}`;
const ADD = `
  INSERT INTO session (digest, "accountID", "credentialVersion", "tokenName", created, expires)
  VALUES ($1, $2::integer, $3::integer, $4, ${NOW}, $5::bigint)`;
const END_OLDEST = `
  DELETE FROM session WHERE digest IN (
    SELECT digest FROM session
    WHERE "accountID" IS NOT DISTINCT FROM $1::integer AND "tokenName" IS NOT DISTINCT FROM $2::text
    ORDER BY digest = $3 DESC, created DESC OFFSET ${SESSIONS_KEPT})`;
const REMOVE = 'DELETE FROM session WHERE digest = $1';

/** The sessions in PostgreSQL. */
export function postgresSessions(database: Database): Sessions {
  return {
    async find(digest) {
      const [row] = await database.run(FIND, [digest]);
      return foundSession(row as SessionRow | undefined);
    },
    async add(digest, owner, expires) {
      await database.change(FORGET);
      const { accountID, credentialVersion, tokenName } = ownerColumns(owner);
      await database.change(ADD, [digest, accountID, credentialVersion, tokenName, expires]);
      return database.change(END_OLDEST, [accountID, tokenName, digest]);
    },
    async remove(digest) {
      await database.change(REMOVE, [digest]);
    },
  };
}
