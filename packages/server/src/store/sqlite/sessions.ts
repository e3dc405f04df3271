import type { DatabaseSync } from 'node:sqlite';
import type { Sessions } from '../../accounts/sessions.ts';
import { foundSession, ownerColumns, SESSIONS_KEPT, type SessionRow } from '../queries/session-rows.ts';
import { EVERY_ROW } from './every-row.ts';
import { inTransaction } from './transaction.ts';
import { prepareWrite } from './write-statement.ts';

const NOW = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

/** The sessions in SQLite. */
export function sqliteSessions(database: DatabaseSync): Sessions {
  const find = database.prepare(`
    SELECT a.accountID, a.loginName, a.credentialVersion, a.allowedAddresses, t.name, t.scope
    FROM session s
    LEFT JOIN account a ON a.accountID = s.accountID AND a.credentialVersion = s.credentialVersion AND NOT a.disabled
    LEFT JOIN token t ON t.name = s.tokenName AND t.revoked IS NULL AND coalesce(t.expires > unixepoch(), TRUE)
    WHERE s.digest = ? AND s.expires > ${NOW}`);
  const forget = prepareWrite(database, `DELETE FROM session WHERE expires <= ${NOW}`);
  const add = prepareWrite(
    database,
    `INSERT INTO session (digest, accountID, credentialVersion, tokenName, created, expires)
     VALUES (?, ?, ?, ?, ${NOW}, ?)`,
  );
  const endOldest = prepareWrite(
    database,
    `DELETE FROM session WHERE digest IN (
       SELECT digest FROM session WHERE accountID IS ? AND tokenName IS ?
       ORDER BY digest = ? DESC, created DESC LIMIT ${EVERY_ROW} OFFSET ${SESSIONS_KEPT})`,
  );
  const remove = prepareWrite(database, 'DELETE FROM session WHERE digest = ?');

  return {
    async find(digest) {
      return foundSession(find.get(digest) as SessionRow | undefined);
    },
    async add(digest, owner, expires) {
      const { accountID, credentialVersion, tokenName } = ownerColumns(owner);
      return inTransaction(database, () => {
        forget();
        add(digest, accountID, credentialVersion, tokenName, expires);
        return endOldest(accountID, tokenName, digest);
      });
    },
    async remove(digest) {
      await inTransaction(database, () => remove(digest));
    },
  };
}
