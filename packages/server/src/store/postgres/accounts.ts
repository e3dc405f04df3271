import { formatDateTime } from '@cert-order-status/protocol';
import type { AccountCredential, Accounts } from '../../accounts/accounts.ts';
import { networksOf } from '../../accounts/allowed-addresses.ts';
import type { Database } from './connections.ts';

const FIND = `
  SELECT "accountID", "credentialVersion", disabled, "passwordHash", "secondPasswordHash", "allowedAddresses"
  FROM account WHERE "loginName" = $1`;
const LIST = `
  SELECT "loginName", disabled, created, "allowedAddresses",
    (SELECT count(*)::integer FROM (
      SELECT 1 FROM "order" o WHERE o."accountID" = a."accountID" LIMIT $3::bigint) counted) AS orders
  FROM account a WHERE "loginName" > $1 ORDER BY "loginName" LIMIT $2::bigint`;
const ADD = `
  INSERT INTO account ("loginName", "passwordHash", created)
  VALUES ($1, $2, floor(extract(epoch FROM now()))::bigint) ON CONFLICT DO NOTHING`;
const SET_PASSWORD_HASH = `
  UPDATE account SET "passwordHash" = $2, "secondPasswordHash" = NULL, "credentialVersion" = "credentialVersion" + 1
  WHERE "loginName" = $1`;
/** A password that is new to the account takes nothing from those who have signed in with the other. */
const SET_SECOND = `
  UPDATE account SET "secondPasswordHash" = $3,
    "credentialVersion" = "credentialVersion" + ("secondPasswordHash" IS NOT NULL)::integer
  WHERE "loginName" = $1 AND "passwordHash" = $2`;
const RETIRE_FIRST = `
  UPDATE account SET "passwordHash" = "secondPasswordHash", "secondPasswordHash" = NULL,
    "credentialVersion" = "credentialVersion" + 1
  WHERE "loginName" = $1 AND "secondPasswordHash" IS NOT NULL`;
const SET_DISABLED = `
  UPDATE account SET disabled = $2, "credentialVersion" = "credentialVersion" + 1
  WHERE "loginName" = $1 AND disabled <> $2`;

const SET_ALLOWED = `
  UPDATE account SET "allowedAddresses" = $2, "credentialVersion" = "credentialVersion" + 1 WHERE "loginName" = $1`;

/** The accounts in PostgreSQL. */
export function postgresAccounts(database: Database): Accounts {
  async function find(loginName: string): Promise<AccountCredential | undefined> {
    const [row] = await database.run(FIND, [loginName]);
    return row as AccountCredential | undefined;
  }

  return {
    find,
    async list({ after = '', limit, countUpTo } = {}) {
      const rows = await database.run(LIST, [after, limit ?? null, countUpTo ?? null]);
      return rows.map((row) => ({
        loginName: row['loginName'] as string,
        disabled: row['disabled'] as boolean,
        created: formatDateTime(Number(row['created'])),
        orders: row['orders'] as number,
        allowedAddresses: networksOf(row['allowedAddresses'] as string | null),
      }));
    },
    async add(loginName, passwordHash) {
      return (await database.change(ADD, [loginName, passwordHash])) === 1;
    },
    async setPasswordHash(loginName, passwordHash) {
      return (await database.change(SET_PASSWORD_HASH, [loginName, passwordHash])) === 1;
    },
    async setSecondPasswordHash(loginName, passwordHash, secondPasswordHash) {
      return (await database.change(SET_SECOND, [loginName, passwordHash, secondPasswordHash])) === 1;
    },
    async retireFirstPassword(loginName) {
      return (await database.change(RETIRE_FIRST, [loginName])) === 1;
    },
    async setDisabled(loginName, disabled) {
      if ((await database.change(SET_DISABLED, [loginName, disabled])) === 1) return 'changed';
      return (await find(loginName)) === undefined ? 'unknown account' : 'unchanged';
    },
    async setAllowedAddresses(loginName, networks) {
      return (await database.change(SET_ALLOWED, [loginName, networks.join(',') || null])) === 1;
    },
  };
}
