import type { AccountCredential, Accounts } from '../../accounts/accounts.ts';
import { allowedAddressesOf, networksOf } from './allowed-addresses.ts';
import { EVERY_ROW, type Sql } from './sql.ts';
import { dateTimeOfSeconds } from './times.ts';

type CredentialRow = Omit<AccountCredential, 'disabled' | 'allowedAddresses'> & {
  readonly disabled: boolean | number;
  readonly allowedAddresses: string | null;
};

interface SummaryRow {
  readonly loginName: string;
  readonly disabled: boolean | number;
  /** Seconds since 1970. */
  readonly created: number;
  readonly orders: number;
  readonly allowedAddresses: string | null;
}

const NEXT_VERSION = '"credentialVersion" = "credentialVersion" + 1';

/** The accounts. */
export function accountsOn(sql: Sql): Accounts {
  const find = sql.query<CredentialRow>(`
    SELECT "accountID", "credentialVersion", disabled, "passwordHash", "secondPasswordHash", "allowedAddresses"
    FROM account WHERE "loginName" = ?`);
  const list = sql.query<SummaryRow>(`
    SELECT "loginName", disabled, created, "allowedAddresses",
      (SELECT count(*) FROM (
        SELECT 1 FROM "order" o WHERE o."accountID" = a."accountID" LIMIT ?3) counted) AS orders
    FROM account a WHERE "loginName" > ?1 ORDER BY "loginName" LIMIT ?2`);
  const add = sql.change(`
    INSERT INTO account ("loginName", "passwordHash", created) VALUES (?, ?, ${sql.dialect.nowSeconds})
    ON CONFLICT DO NOTHING`);
  const setPasswordHash = sql.change(`
    UPDATE account SET "passwordHash" = ?2, "secondPasswordHash" = NULL, ${NEXT_VERSION} WHERE "loginName" = ?1`);
  // A password that is new to the account takes nothing from those who have signed in with the other.
  const setSecond = sql.change(`
    UPDATE account SET "secondPasswordHash" = ?3,
      "credentialVersion" = "credentialVersion" + CASE WHEN "secondPasswordHash" IS NULL THEN 0 ELSE 1 END
    WHERE "loginName" = ?1 AND "passwordHash" = ?2`);
  const retireFirst = sql.change(`
    UPDATE account SET "passwordHash" = "secondPasswordHash", "secondPasswordHash" = NULL, ${NEXT_VERSION}
    WHERE "loginName" = ? AND "secondPasswordHash" IS NOT NULL`);
  const setDisabled = sql.change(`
    UPDATE account SET disabled = ?2, ${NEXT_VERSION} WHERE "loginName" = ?1 AND disabled <> ?2`);
  const setAllowed = sql.change(`
    UPDATE account SET "allowedAddresses" = ?2, ${NEXT_VERSION} WHERE "loginName" = ?1`);

  return {
    async find(loginName) {
      const row = await find.get(loginName);
      return (
        row && {
          ...row,
          disabled: Boolean(row.disabled),
          allowedAddresses: networksOf(row.allowedAddresses),
        }
      );
    },
    async list({ after = '', limit = EVERY_ROW, countUpTo = EVERY_ROW } = {}) {
      return (await list.all(after, limit, countUpTo)).map((row) => ({
        loginName: row.loginName,
        disabled: Boolean(row.disabled),
        created: dateTimeOfSeconds(row.created),
        orders: row.orders,
        allowedAddresses: networksOf(row.allowedAddresses),
      }));
    },
    async add(loginName, passwordHash) {
      return (await add.run(loginName, passwordHash)) === 1;
    },
    async setPasswordHash(loginName, passwordHash) {
      return (await setPasswordHash.run(loginName, passwordHash)) === 1;
    },
    async setSecondPasswordHash(loginName, passwordHash, secondPasswordHash) {
      return (await setSecond.run(loginName, passwordHash, secondPasswordHash)) === 1;
    },
    async retireFirstPassword(loginName) {
      return (await retireFirst.run(loginName)) === 1;
    },
    async setDisabled(loginName, disabled) {
      if ((await setDisabled.run(loginName, disabled)) === 1) return 'changed';
      return (await find.get(loginName)) === undefined ? 'unknown account' : 'unchanged';
    },
    async setAllowedAddresses(loginName, networks) {
      return (await setAllowed.run(loginName, allowedAddressesOf(networks))) === 1;
    },
  };
}
