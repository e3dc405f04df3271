import type { DatabaseSync } from 'node:sqlite';
import { formatDateTime } from '@cert-order-status/protocol';
import type { AccountCredential, Accounts } from '../../accounts/accounts.ts';
import { networksOf } from '../../accounts/allowed-addresses.ts';
import { EVERY_ROW } from './every-row.ts';
import { inTransaction } from './transaction.ts';
import { prepareWrite } from './write-statement.ts';

/** The accounts in SQLite. */
export function sqliteAccounts(database: DatabaseSync): Accounts {
  const find = database.prepare(
    `SELECT accountID, credentialVersion, disabled, passwordHash, secondPasswordHash, allowedAddresses
     FROM account WHERE loginName = ?`,
  );
  const list = database.prepare(`
    SELECT loginName, disabled, created, allowedAddresses,
      (SELECT count(*) FROM (SELECT 1 FROM "order" o WHERE o.accountID = a.accountID LIMIT ?3)) AS orders
    FROM account a WHERE loginName > ?1 ORDER BY loginName LIMIT ?2`);
  const add = prepareWrite(
    database,
    'INSERT INTO account (loginName, passwordHash, created) VALUES (?, ?, unixepoch()) ON CONFLICT DO NOTHING',
  );
  const setPasswordHash = prepareWrite(
    database,
    `UPDATE account SET passwordHash = ?, secondPasswordHash = NULL, credentialVersion = credentialVersion + 1
     WHERE loginName = ?`,
  );
  // A password that is new to the account takes nothing from those who have signed in with the other.
  const setSecond = prepareWrite(
    database,
    `UPDATE account SET secondPasswordHash = ?, credentialVersion = credentialVersion + (secondPasswordHash IS NOT NULL)
     WHERE loginName = ? AND passwordHash = ?`,
  );
  const retireFirst = prepareWrite(
    database,
    `UPDATE account SET passwordHash = secondPasswordHash, secondPasswordHash = NULL,
       credentialVersion = credentialVersion + 1
     WHERE loginName = ? AND secondPasswordHash IS NOT NULL`,
  );
  const setDisabled = prepareWrite(
    database,
    'UPDATE account SET disabled = ?, credentialVersion = credentialVersion + 1 WHERE accountID = ?',
  );

  const setAllowed = prepareWrite(
    database,
    'UPDATE account SET allowedAddresses = ?, credentialVersion = credentialVersion + 1 WHERE loginName = ?',
  );

  function findNow(loginName: string): AccountCredential | undefined {
    const row = find.get(loginName);
    return row && ({ ...row, disabled: row['disabled'] === 1 } as unknown as AccountCredential);
  }

  return {
    async find(loginName) {
      return findNow(loginName);
    },
    async list({ after = '', limit = EVERY_ROW, countUpTo = EVERY_ROW } = {}) {
      return list.all(after, limit, countUpTo).map((row) => ({
        loginName: row['loginName'] as string,
        disabled: row['disabled'] === 1,
        created: formatDateTime(row['created'] as number),
        orders: row['orders'] as number,
        allowedAddresses: networksOf(row['allowedAddresses'] as string | null),
      }));
    },
    async add(loginName, passwordHash) {
      return inTransaction(database, () => add(loginName, passwordHash) === 1);
    },
    async setPasswordHash(loginName, passwordHash) {
      return inTransaction(database, () => setPasswordHash(passwordHash, loginName) === 1);
    },
    async setSecondPasswordHash(loginName, passwordHash, secondPasswordHash) {
      return inTransaction(database, () => setSecond(secondPasswordHash, loginName, passwordHash) === 1);
    },
    async retireFirstPassword(loginName) {
      return inTransaction(database, () => retireFirst(loginName) === 1);
    },
    async setDisabled(loginName, disabled) {
      return inTransaction(database, () => {
        const account = findNow(loginName);
        if (account === undefined) return 'unknown account';
        if (account.disabled === disabled) return 'unchanged';
        setDisabled(disabled ? 1 : 0, account.accountID);
        return 'changed';
      });
    },
    async setAllowedAddresses(loginName, networks) {
      return inTransaction(database, () => setAllowed(networks.join(',') || null, loginName) === 1);
    },
  };
}
